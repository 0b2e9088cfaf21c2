package io.pachube.bridge;

import com.fasterxml.jackson.databind.JsonNode;

import io.pachube.bridge.config.Address;
import io.pachube.bridge.config.Settings;
import io.pachube.bridge.console.BridgeConsole;
import io.pachube.bridge.console.ConsoleSource;
import io.pachube.bridge.console.LatestReports;
import io.pachube.bridge.console.Samples;
import io.pachube.bridge.datapoint.Datapoint;
import io.pachube.bridge.datapoint.DatastreamDocument;
import io.pachube.bridge.datapoint.DeviceMessage;
import io.pachube.bridge.datapoint.FeedBatchFormat;
import io.pachube.bridge.datapoint.MissingDatastream;
import io.pachube.bridge.delivery.CallerThreadExecutor;
import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.delivery.DeliveryConfiguration;
import io.pachube.bridge.delivery.DeliveryHttpClient;
import io.pachube.bridge.delivery.DeliveryHttpComponent;
import io.pachube.bridge.delivery.DeliveryListener;
import io.pachube.bridge.delivery.JsonArrayBatchFormat;
import io.pachube.bridge.history.Failures;
import io.pachube.bridge.history.HistorySteps;
import io.pachube.bridge.history.Watches;
import io.pachube.bridge.json.StrictJson;
import io.pachube.bridge.log.ExceptionMessages;
import io.pachube.bridge.log.Secrets;
import io.pachube.bridge.mqtt.DurablePahoComponent;
import io.pachube.bridge.mqtt.MqttClientManager;
import io.pachube.bridge.mqtt.MqttSettings;
import io.pachube.bridge.mqtt.PublishRefusedException;
import io.pachube.bridge.mqtt.ReceivedMessage;
import io.pachube.bridge.observability.BridgeHealth;
import io.pachube.bridge.observability.BridgeMetrics;
import io.pachube.bridge.reading.Reading;
import io.pachube.bridge.report.DeliveryErrorPolicy;
import io.pachube.bridge.report.OversizedReports;
import io.pachube.bridge.report.ReportRoute;
import io.pachube.bridge.report.Reporter;
import io.pachube.bridge.routes.RouteDirectory;
import io.pachube.bridge.routes.RouteFileManager;
import io.pachube.bridge.routes.RouteFileWatcher;
import io.pachube.bridge.routes.RouteIsolation;
import io.pachube.bridge.tls.StoreRenewal;
import io.pachube.bridge.trigger.CallbackSecret;
import io.pachube.bridge.trigger.CallbackSteps;
import io.pachube.bridge.trigger.CallbackToken;
import io.pachube.bridge.trigger.Loopback;
import io.pachube.bridge.trigger.Seal;
import io.pachube.bridge.trigger.TriggerPlan;
import io.pachube.bridge.trigger.TriggerSteps;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Predicate;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.component.jackson.JacksonDataFormat;
import org.apache.camel.component.jetty12.JettyHttpComponent12;
import org.apache.camel.component.timer.TimerComponent;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.Model;
import org.apache.camel.spi.Registry;
import org.apache.camel.support.DefaultComponent;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ThreadFactory;

/**
 * The bridge between MQTT and Pachube, as Camel routes: {@code context.addRoutes(new
 * PachubeBridge())}.
 *
 * <p>Binds what the routes need (under names that start with {@code pachube}), adds the error
 * policy and the route of reports, and loads the YAML routes. The settings are the context's
 * property placeholders. It ends with the context, or when it is closed. One context has one at a
 * time; a closed one is not added again.
 */
public final class PachubeBridge extends RouteBuilder implements AutoCloseable {

    /** What is not done by then is left to the broker; with the rest of a stop, within 10 s. */
    private static final Duration ROUTES_STOP_TIMEOUT = Duration.ofSeconds(6);

    private static final String CALLBACK_KEY_STORE = "callback.tls.key-store";

    /** Stands for the address where no route uses Pachube; nothing is connected to it. */
    private static final String NO_PACHUBE = "http://localhost";

    private static final Logger LOG = LoggerFactory.getLogger(PachubeBridge.class);

    private final boolean connects;
    private boolean standalone;
    private boolean ownsContext;
    private BridgeProperties settings;
    private RouteFileManager routes;
    private final Footprint footprint = new Footprint();
    private volatile boolean closed;

    /** The bridge, not added yet. */
    public PachubeBridge() {
        this(true);
    }

    private PachubeBridge(boolean connects) {
        this.connects = connects;
    }

    /**
     * One that reads its settings, and starts nothing.
     *
     * @see #problems
     */
    static PachubeBridge toCheck() {
        return new PachubeBridge(false);
    }

    /** Says that nobody else's settings are in this context, and no other listeners. */
    PachubeBridge standalone() {
        standalone = true;
        return inOwnContext();
    }

    /**
     * Says that the context has no other routes than the bridge's. Its components then have their
     * plain names: {@code paho} is the bridge's in every route. In a host they have names of their
     * own, and the route files are rewritten.
     */
    public PachubeBridge inOwnContext() {
        ownsContext = true;
        return this;
    }

    /** Returns a line for each fault of the settings and the route files. */
    List<String> problems() {
        List<String> problems = new ArrayList<>(settings.problems());
        try {
            if (routes != null) {
                problems.addAll(routes.validate());
            }
        } catch (IllegalArgumentException e) {
            problems.add(e.getMessage());
        }
        return problems;
    }

    /**
     * Returns a line for each fault of these settings, and of the route files that they name;
     * connects nowhere.
     *
     * @param properties all of the bridge's, and none of others
     */
    public static List<String> problems(Properties properties) {
        PachubeBridge bridge = toCheck().inOwnContext();
        try (CamelContext context = new DefaultCamelContext()) {
            context.getPropertiesComponent().setOverrideProperties(properties);
            context.addRoutes(bridge);
            List<String> problems = bridge.problems();
            problems.addAll(Settings.unknown(properties.stringPropertyNames()));
            return problems;
        } catch (Exception e) {
            return List.of(ExceptionMessages.summarize(e));
        }
    }

    @Override
    public void addRoutesToCamelContext(CamelContext context) throws Exception {
        if (closed) {
            throw new IllegalStateException("This PachubeBridge was closed: make a new one");
        }
        super.addRoutesToCamelContext(context);
    }

    @Override
    public void configure() throws Exception {
        CamelContext context = getContext();
        if (context.hasComponent(componentName("paho")) instanceof DurablePahoComponent) {
            throw new IllegalStateException("This context has a PachubeBridge: close that first");
        }
        try {
            configure(context);
        } catch (Exception | LinkageError e) {
            close();
            routes = null;
            // a check may fail here because of a problem that it has named already
            if (connects || settings == null || settings.problems().isEmpty()) {
                throw e;
            }
        }
    }

    /**
     * Stops the bridge, as the context's stop does (nothing is given up, within 10 s), and takes
     * away all that it has put into the context. The context, and its other routes, go on.
     */
    @Override
    public void close() {
        closed = true;
        footprint.remove();
    }

    private void configure(CamelContext context) throws Exception {
        settings = new BridgeProperties(context);
        footprint.add(settings::remove);
        Set<String> components = Set.copyOf(context.getComponentNames());
        footprint.add(() -> removeUnused(context, components));
        RouteDirectory directory = new RouteDirectory(settings.get(Settings.ROUTES_DIRECTORY));
        if (!directory.mentions("{{pachube.base}}")) {
            settings.ignoreEmbeddedPachube();
        } else if (settings.get(Settings.PACHUBE_URL).isEmpty()) {
            settings.addProblems(List.of("pachube.url is not set"));
        }
        EmbeddedServices embedded =
                settings.collect(
                        () -> EmbeddedServices.of(settings), EmbeddedServices.none(settings));
        Tls noTls = Tls.standard(context);
        StoreRenewal stores = new StoreRenewal(threads(context, "tls"));
        Tls mqttTls = settings.collect(() -> mqttTls(context, settings, stores), noTls);
        Tls pachubeTls = settings.collect(() -> pachubeTls(context, settings, stores), noTls);
        Tls callbackTls = settings.collect(() -> callbackTls(context, settings, stores), noTls);
        Optional<Proxies> proxies =
                settings.collect(
                        () -> Proxies.of(settings.get(Settings.PROXY), System.getenv()),
                        Optional.empty());
        Cluster cluster =
                settings.collect(
                        () -> Cluster.of(context, settings, threads(context, "cluster")),
                        Cluster.none());
        SettingConflicts.addTo(settings, standalone);
        if (connects || standalone) {
            warnings(settings).forEach(LOG::warn);
        }
        if (standalone) {
            settings.addProblems(unknown(settings));
            List<String> taken = PortsInUse.of(settings, directory.mentions("{{callback.port}}"));
            if (connects) {
                settings.addProblems(taken);
            } else {
                // the bridge that is checked may run
                taken.forEach(LOG::warn);
            }
        }
        Seal seal = settings.collect(() -> seal(settings), new Seal(Seal.newSecret()));
        if (!settings.problems().isEmpty()) {
            if (connects) {
                throw new IllegalArgumentException(String.join("\n", settings.problems()));
            }
            settings.hideWrong();
        }
        footprint.add(embedded::close);
        if (connects) {
            embedded.start();
        }
        if (connects) {
            stores.start();
            footprint.add(stores::close);
        }
        // of its own: a host's have options that are not for the bridge
        add(context, componentName("jetty"), new JettyHttpComponent12());
        add(context, componentName("timer"), new TimerComponent());
        footprint.add(cluster.limitTimers(componentName("timer"))::run);
        boolean hasPachube = !embedded.pachubeUrl().isEmpty();
        String pachube = hasPachube ? embedded.pachubeUrl() : NO_PACHUBE;
        if (hasPachube || !connects) {
            settings.derive("pachube.base", pachube);
        }
        String prefix = settings.get(Settings.MQTT_TOPIC_PREFIX);
        Runnable masks = Secrets.addBridge(prefix, settings.get(Settings.API_KEY_HEADER));
        footprint.add(masks::run);

        bindCallbackTls(settings, callbackTls);
        MqttClientManager mqtt = mqtt(context, settings, embedded, mqttTls);
        cluster.restrict(mqtt);
        add(context, componentName("paho"), new DurablePahoComponent(mqtt));
        Reporter reporter = new Reporter();
        BridgeMetrics metrics = new BridgeMetrics();
        Samples samples = new Samples();
        DeliveryComponent delivery = delivery(settings, mqtt, reporter, metrics, samples);
        cluster.onChange(mqtt, delivery);
        mqtt.onBurst(delivery::cork, delivery::uncork);
        add(context, "delivery", delivery);
        Duration connectTimeout = settings.get(Settings.CONNECT_TIMEOUT);
        DeliveryHttpClient http =
                delivery.newHttpClient(
                        () -> PachubeClient.create(connectTimeout, pachubeTls.context(), proxies));
        add(context, componentName("http"), new DeliveryHttpComponent(http));
        if (ownsContext) {
            add(context, "https", new DeliveryHttpComponent(http));
        }
        // not as an ObjectMapper: the host's own data formats would take that
        bind("pachubeJson", new JacksonDataFormat(StrictJson.MAPPER, JsonNode.class));
        bind("pachubeFeedRows", new FeedBatchFormat());
        bind("pachubeJsonArray", new JsonArrayBatchFormat());
        boolean isFeedBatch = settings.get(Settings.BATCH).equals("feed");
        settings.derive(
                "pachube.batch-size", String.valueOf(isFeedBatch ? FeedBatchFormat.MAX_ROWS : 1));
        MissingDatastream missing =
                new MissingDatastream(
                        isFeedBatch || settings.get(Settings.CREATE_MISSING_DATASTREAMS));
        bind("pachubeIsMissing", (Predicate) missing::matches);
        bind("pachubeMissingDatastream", missing::process);
        bind("pachubeRetained", (Predicate) mqtt::isRetained);
        Datapoint datapoint = new Datapoint(prefix, "publish", mqtt::isRetained);
        Datapoint trigger = new Datapoint(prefix, "trigger", exchange -> false);
        bind("pachubeDatapoint", datapoint);
        bind("pachubeDocument", new DatastreamDocument());
        bind("pachubeDevices", new DeviceMessage(prefix));
        bind("pachubeCallerThread", new CallerThreadExecutor());
        bind("pachubeTrigger", trigger);
        Reading reading = new Reading();
        bind("pachubeReading", reading);
        bind("pachubeTime", reading::stamp);
        OversizedReports oversized = new OversizedReports(context, prefix, datapoint, trigger);
        footprint.add(oversized::close);
        mqtt.onOversized(oversized);

        CallbackToken tokens = new CallbackToken(seal);
        TriggerSteps triggers = triggers(settings, tokens, pachube);
        bind("pachubeTriggerCommands", triggers::commands);
        bind("pachubeTriggerFeed", triggers::feed);
        bind("pachubeTriggerPlan", triggers::plan);
        bind("pachubeTriggerCall", triggers::call);
        bind("pachubeTriggerCalled", triggers::called);
        bind("pachubeTriggerStatuses", triggers::statuses);
        CallbackSteps callbacks =
                new CallbackSteps(
                        prefix,
                        tokens,
                        settings.get(Settings.CALLBACK_MAX_CONCURRENT),
                        settings.get(Settings.CALLBACK_READ_TIMEOUT));
        bind(
                "pachubeNotification",
                exchange -> {
                    callbacks.read(exchange);
                    cluster.admit(exchange);
                });
        bind("pachubePublished", callbacks::published);

        Watches watches = new Watches(prefix, seal, mqtt);
        Failures failures = new Failures();
        bindHistory(settings, prefix, watches, mqtt, failures, triggers);

        DeliveryErrorPolicy errors = new DeliveryErrorPolicy();
        metrics.deliveries(delivery::statisticsByName)
                .clients(mqtt::statistics)
                .counter(
                        "messages.invalid",
                        "Messages that failed before they were handed over",
                        errors::rejected)
                .gauge(
                        "leader",
                        null,
                        "1 if this bridge consumes: always, without cluster.service",
                        () -> cluster.isLeader() ? 1 : 0)
                .counter("error.reports.published", "Error reports published", reporter::reports)
                .counters("callbacks", "status", "Callbacks by answer", callbacks::answers);
        if (HealthCheckRegistry.get(context) != null) {
            footprint.add(
                    BridgeHealth.register(context, mqtt, delivery, cluster.healthCheck())::run);
        }

        BridgeLifecycle lifecycle =
                new BridgeLifecycle(
                        footprint, metrics, embedded, mqtt, delivery, http, cluster, stores);
        context.addLifecycleStrategy(lifecycle);
        footprint.add(() -> context.getLifecycleStrategies().remove(lifecycle));
        lifecycle.onStopped(masks);
        footprint.add(lifecycle::stopped);
        if (connects) {
            // not before it is sure to be closed
            mqtt.subscribeState(watches.filter(), watches::received, watches::subscribed);
        }
        add(context, errors);
        add(context, RouteFileManager.attemptConfiguration());
        add(context, callbacks);
        add(context, failures);

        routes = new RouteFileManager(context, directory, mqtt, delivery, !ownsContext);
        // the others end in the route of reports
        footprint.add(() -> routes.removeAll(ReportRoute.ID, ROUTES_STOP_TIMEOUT));
        footprint.add(lifecycle::stopping);
        context.addRoutes(new ReportRoute(reporter, mqtt.publisher()));
        boolean reload = settings.get(Settings.ROUTES_RELOAD);
        if (!connects) {
            return;
        }
        RouteDirectory.Contents files = routes.load();
        RouteFileWatcher watcher = null;
        if (reload && !directory.isBundled()) {
            watcher = new RouteFileWatcher(routes, files, threads(context, "routes"));
            metrics.counters("route.reloads", "result", "Changes of route files", watcher::reloads)
                    .gauges(
                            "route.reload.timestamp",
                            "seconds",
                            "result",
                            "Time of the latest change of a route file, 0 without",
                            watcher::latest)
                    .gauge(
                            "route.files.broken",
                            null,
                            "Route files whose latest change could not be applied",
                            watcher::broken);
            lifecycle.watchRoutes(watcher);
        }
        if (settings.get(Settings.MANAGEMENT_CONSOLE)) {
            RouteFileWatcher reloads = watcher;
            LatestReports reports = new LatestReports();
            reporter.onReport(reports::add);
            SandboxProvider.Services sandbox = embedded.sandbox();
            ConsoleSource source =
                    new ConsoleSource(
                            embedded.mqttUrl(),
                            mqtt::statistics,
                            delivery,
                            () -> ConsoleService.routeFiles(routes, reloads),
                            watches::subscriptions,
                            triggers.latest(),
                            sandbox == null ? null : sandbox::feeds);
            BridgeConsole console = new BridgeConsole(context, source, samples, reports);
            bind(BridgeConsole.ID, console);
            ConsoleService service =
                    new ConsoleService(
                            context,
                            console,
                            sandbox == null
                                    ? null
                                    : ConsoleService.publisher(mqtt, prefix, sandbox.apiKey()));
            service.register();
            footprint.add(service::unregister);
            lifecycle.serve(service);
        }
        if (context.isStarted()) {
            lifecycle.onContextStarted(context);
        }
    }

    private void bindHistory(
            BridgeProperties settings,
            String prefix,
            Watches watches,
            MqttClientManager mqtt,
            Failures failures,
            TriggerSteps triggers) {
        HistorySteps history =
                new HistorySteps(
                        prefix,
                        watches,
                        mqtt,
                        settings.get(Settings.HISTORY_MAX_AGE),
                        settings.get(Settings.HISTORY_MAX_DATAPOINTS),
                        failures,
                        triggers);
        bind("pachubeWatchesKnown", history::known);
        bind("pachubeWatches", history::declare);
        bind("pachubeTurn", history::turn);
        bind("pachubeHistoryBegin", history::begin);
        bind("pachubeHistoryPoints", history::points);
        bind("pachubeHistoryPoint", history::point);
        bind("pachubeHistoryDropped", HistorySteps::dropped);
        bind("pachubeHistoryPublished", history::published);
        bind("pachubeHistoryKeep", history::keep);
        bind("pachubeSweep", history::feeds);
        bind("pachubeSweepFeed", history::feed);
        bind("pachubeSweepBehind", history::behind);
        bind("pachubeRefresh", history::mirrors);
        bind("pachubeRefreshMirror", history::mirror);
    }

    private String componentName(String scheme) {
        return ownsContext ? scheme : RouteIsolation.PREFIX + scheme;
    }

    private void add(CamelContext context, String name, DefaultComponent component) {
        component.setAutowiredEnabled(false);
        context.addComponent(name, component);
        footprint.add(() -> context.removeComponent(name));
    }

    /** Removes what Camel has made for the bridge's routes, and nobody else uses. */
    private static void removeUnused(CamelContext context, Set<String> before) {
        Set<String> unused = new HashSet<>(context.getComponentNames());
        unused.removeAll(before);
        context.getEndpoints()
                .forEach(
                        endpoint ->
                                unused.removeIf(
                                        name ->
                                                context.hasComponent(name)
                                                        == endpoint.getComponent()));
        unused.forEach(context::removeComponent);
    }

    private void add(CamelContext context, RouteConfigurationBuilder configurations)
            throws Exception {
        Model model = context.getCamelContextExtension().getContextPlugin(Model.class);
        // its remove method gives an id to those of the host that have none, so that they end to
        // apply
        footprint.add(
                () ->
                        model.getRouteConfigurationDefinitions()
                                .removeAll(
                                        configurations
                                                .getRouteConfigurationCollection()
                                                .getRouteConfigurations()));
        configurations.addRouteConfigurationsToCamelContext(context);
    }

    private void bind(String name, Object bean) {
        Registry registry = getContext().getRegistry();
        registry.bind(name, bean);
        footprint.add(() -> registry.unbind(name));
    }

    private void bind(String name, Processor step) {
        bind(name, (Object) step);
    }

    private static Tls mqttTls(
            CamelContext context, BridgeProperties settings, StoreRenewal stores) {
        boolean used =
                !settings.isRight(Settings.MQTT_URL)
                        || MqttSettings.isSecure(settings.get(Settings.MQTT_URL));
        return Tls.read(
                context, settings, "mqtt.tls", used, "an ssl:// or wss:// in mqtt.url", stores);
    }

    private static Tls pachubeTls(
            CamelContext context, BridgeProperties settings, StoreRenewal stores) {
        boolean used =
                !settings.isRight(Settings.PACHUBE_URL)
                        || settings.get(Settings.PACHUBE_URL).startsWith("https://");
        return Tls.read(
                context, settings, "pachube.tls", used, "an https:// in pachube.url", stores);
    }

    private static Tls callbackTls(
            CamelContext context, BridgeProperties settings, StoreRenewal stores) {
        return Tls.read(
                context,
                settings,
                "callback.tls",
                isCallbackTls(settings),
                CALLBACK_KEY_STORE,
                stores);
    }

    private static boolean isCallbackTls(BridgeProperties settings) {
        return !settings.text(CALLBACK_KEY_STORE).isEmpty();
    }

    /** What the route that listens for callbacks needs. */
    private void bindCallbackTls(BridgeProperties settings, Tls tls) {
        boolean used = isCallbackTls(settings);
        settings.derive("callback.scheme", used ? "https" : "http");
        if (used) {
            // an endpoint that has one speaks TLS, whatever its scheme
            settings.derive("callback.ssl-context", "#pachubeCallbackTls");
            bind("pachubeCallbackTls", tls.parameters());
        }
    }

    private static MqttClientManager mqtt(
            CamelContext context, BridgeProperties settings, EmbeddedServices embedded, Tls tls) {
        return new MqttClientManager(
                new MqttSettings(
                        embedded.mqttUrl(),
                        settings.get(Settings.MQTT_CLIENT_ID),
                        settings.get(Settings.MQTT_SHARED_GROUP),
                        embedded.mqttUsername(),
                        embedded.mqttPassword(),
                        tls.context().getSocketFactory(),
                        settings.get(Settings.MQTT_TOPIC_PREFIX),
                        settings.get(Settings.MAX_IN_FLIGHT_BYTES),
                        settings.get(Settings.PUBLISH_TIMEOUT)),
                threads(context, "mqtt"));
    }

    /** The component that delivers, with the settings as the defaults of its endpoints. */
    private static DeliveryComponent delivery(
            BridgeProperties settings,
            MqttClientManager mqtt,
            Reporter reporter,
            DeliveryListener metrics,
            DeliveryListener samples) {
        DeliveryConfiguration defaults = new DeliveryConfiguration();
        defaults.setMaxConcurrentRequests(settings.get(Settings.MAX_CONCURRENT_REQUESTS));
        // as text: the component parses it, too
        defaults.setRetryOnStatus(settings.getProperty("retry.on-status"));
        defaults.setRetryExceptStatus(settings.getProperty("retry.except-status"));
        defaults.setRetryMaxAttemptsForbidden(settings.get(Settings.MAX_ATTEMPTS_FORBIDDEN));
        defaults.setRetryInitialDelay(settings.get(Settings.RETRY_INITIAL_DELAY).toMillis());
        defaults.setRetryMaxDelay(settings.get(Settings.RETRY_MAX_DELAY).toMillis());
        defaults.setRetryMaxRetryAfter(settings.get(Settings.RETRY_MAX_RETRY_AFTER).toMillis());
        defaults.setRetryTimeout(settings.get(Settings.RETRY_TIMEOUT).toMillis());
        defaults.setRequestTimeout(settings.get(Settings.RESPONSE_TIMEOUT).toMillis());
        DeliveryComponent delivery = new DeliveryComponent();
        delivery.setConfiguration(defaults);
        delivery.setLocalFailure(
                failure ->
                        failure instanceof MqttException
                                && !(failure instanceof PublishRefusedException));
        delivery.setDefaultOrderingKey(
                exchange -> {
                    ReceivedMessage received = ReceivedMessage.of(exchange);
                    return received == null ? null : received.topic();
                });
        delivery.setListener(
                new DeliveryListener() {
                    @Override
                    public void onDelayed(
                            Exchange exchange, Throwable failure, String host, int attempts) {
                        mqtt.publishIfConnected(
                                Reporter.topic(exchange),
                                reporter.delayed(exchange, failure, host, attempts).toJson());
                    }

                    @Override
                    public void onRevoked(Exchange exchange) {
                        ReceivedMessage received = ReceivedMessage.of(exchange);
                        if (received != null) {
                            received.revoke();
                        }
                    }

                    @Override
                    public void onAttempt(String name, int messages) {
                        metrics.onAttempt(name, messages);
                    }

                    @Override
                    public void onRequest(String name, int status, long nanos) {
                        metrics.onRequest(name, status, nanos);
                        samples.onRequest(name, status, nanos);
                    }

                    @Override
                    public void onRateLimited(String name, long nanos) {
                        metrics.onRateLimited(name, nanos);
                    }
                });
        return delivery;
    }

    /** Returns a line for each doubtful setting. */
    private List<String> warnings(BridgeProperties settings) {
        List<String> warnings = new ArrayList<>();
        int port = settings.get(Settings.CALLBACK_PORT);
        Address callback =
                Address.parse(settings.get(Settings.CALLBACK_URL), List.of("http", "https"), "");
        if (settings.isRight(Settings.CALLBACK_URL)
                && Loopback.is(callback.host())
                && callback.port() != port) {
            warnings.add(
                    "callback.url is '%s', but callbacks are listened for on port %d (callback.port)"
                            .formatted(callback, port));
        }
        Path secret = Path.of(settings.get(Settings.CALLBACK_SECRET_FILE));
        if (settings.get(Settings.CALLBACK_SECRET).isEmpty() && CallbackSecret.isOpen(secret)) {
            warnings.add(
                    "callback.secret-file is '%s', which others may read, too: chmod 600 it"
                            .formatted(secret));
        }
        if (!standalone) {
            Settings.unknown(settings.names()).forEach(warnings::add);
        }
        return warnings;
    }

    private static List<String> unknown(BridgeProperties settings) {
        List<String> unknown = new ArrayList<>(Settings.unknown(settings.names()));
        unknown.addAll(Settings.unknown(System.getProperties().stringPropertyNames()));
        unknown.addAll(Settings.unknownVariables(System.getenv().keySet()));
        return unknown;
    }

    private Seal seal(BridgeProperties settings) {
        String secrets = settings.get(Settings.CALLBACK_SECRET);
        if (!secrets.isEmpty() || !settings.problems().isEmpty() && connects) {
            return new Seal(secrets.isEmpty() ? Seal.newSecret() : secrets);
        }
        Path file = Path.of(settings.get(Settings.CALLBACK_SECRET_FILE));
        String is = "callback.secret-file is '" + file + "', but ";
        try {
            if (!connects && !Files.exists(file)) {
                CallbackSecret.checkFolder(file);
                return new Seal(Seal.newSecret());
            }
            return new Seal(Settings.CALLBACK_SECRET.parse(CallbackSecret.in(file)));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    is + "that file can neither be read nor made: " + ExceptionMessages.ofFile(e));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    is + "it should hold " + Settings.CALLBACK_SECRET.expected());
        }
    }

    private static TriggerSteps triggers(
            BridgeProperties settings, CallbackToken tokens, String pachube) {
        boolean loopback = Loopback.is(URI.create(pachube).getHost());
        return new TriggerSteps(
                new TriggerPlan(tokens, settings.get(Settings.CALLBACK_URL), loopback),
                settings.get(Settings.TRIGGER_CREATE_METHOD));
    }

    private static ThreadFactory threads(CamelContext context, String name) {
        return task -> context.getExecutorServiceManager().newThread("pachube-" + name, task);
    }
}
