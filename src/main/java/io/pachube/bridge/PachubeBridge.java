package io.pachube.bridge;

import io.pachube.bridge.datapoint.Datapoint;
import io.pachube.bridge.datapoint.DatastreamDocument;
import io.pachube.bridge.datapoint.DeviceMessage;
import io.pachube.bridge.datapoint.MissingDatastream;
import io.pachube.bridge.datapoint.StampedRow;
import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.delivery.DeliveryConfiguration;
import io.pachube.bridge.delivery.DeliveryHttpClient;
import io.pachube.bridge.delivery.DeliveryListener;
import io.pachube.bridge.delivery.DeliveryStatistics;
import io.pachube.bridge.delivery.StatusList;
import io.pachube.bridge.history.Failures;
import io.pachube.bridge.history.HistorySteps;
import io.pachube.bridge.history.Watches;
import io.pachube.bridge.log.Secrets;
import io.pachube.bridge.mqtt.MqttClients;
import io.pachube.bridge.mqtt.PublishRefusedException;
import io.pachube.bridge.mqtt.ReceivedMessage;
import io.pachube.bridge.report.DeliveryErrorPolicy;
import io.pachube.bridge.report.OversizedReports;
import io.pachube.bridge.report.ReportRoute;
import io.pachube.bridge.report.Reporter;
import io.pachube.bridge.sandbox.Sandbox;
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
import org.apache.camel.component.http.HttpActivityListener;
import org.apache.camel.component.http.HttpComponent;
import org.apache.camel.component.jetty12.JettyHttpComponent12;
import org.apache.camel.component.paho.PahoComponent;
import org.apache.camel.component.timer.TimerComponent;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.model.Model;
import org.apache.camel.spi.Registry;
import org.apache.camel.support.DefaultComponent;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.eclipse.paho.client.mqttv3.MqttException;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

import javax.net.ssl.SSLContext;

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
    private static final int ROUTES_STOP_SECONDS = 6;

    private static final String MQTT = "pachube-paho";

    /** The client with which a route makes requests to Pachube. */
    private static final String HTTP = "pachubeHttp";

    private final boolean connects;
    private RouteFiles routes;
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

    /** What is wrong with the route files, a line each. */
    List<String> problems() {
        return routes.problems();
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
        if (context.hasComponent(MQTT) != null) {
            throw new IllegalStateException("This context has a PachubeBridge: close that first");
        }
        try {
            configure(context);
        } catch (Exception | LinkageError e) {
            close();
            throw e;
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
        BridgeProperties settings = new BridgeProperties(context);
        footprint.add(settings::remove);
        Sandbox sandbox = sandbox(settings);
        footprint.add(sandbox::close);
        if (connects) {
            sandbox.start();
        }
        // of its own: a host's have options that are not for the bridge
        add(context, MQTT, new PahoComponent());
        add(context, "pachube-jetty", new JettyHttpComponent12());
        add(context, "pachube-timer", new TimerComponent());
        String pachube = sandbox.pachubeUrl(settings.text("pachube.url"));
        settings.derive("pachube.base", "pachube-http:" + pachube);
        String prefix = settings.text("topic.prefix");
        Secrets.topicPrefix(prefix);
        Secrets.keyHeader(settings.text("pachube.key-header"));

        bindCallbackTls(context, settings);
        MqttClients mqtt = mqtt(context, settings, sandbox);
        Reporter reporter = new Reporter();
        DeliveryComponent delivery = delivery(settings, mqtt, reporter);
        add(context, "delivery", delivery);
        Duration connectTimeout = settings.duration("pachube.connect-timeout");
        SSLContext tls =
                Tls.read(
                                context,
                                settings,
                                "pachube.tls",
                                pachube.startsWith("https://"),
                                "an https:// in pachube.url")
                        .context();
        DeliveryHttpClient http =
                delivery.newHttpClient(() -> PachubeClient.create(connectTimeout, tls));
        HttpComponent requests = new HttpComponent();
        requests.setHttpActivityListener(new ExchangeInHttpContext());
        add(context, "pachube-http", requests);
        bind(HTTP, http);
        // checked here, so that a wrong value is named with its setting
        settings.number("delivery.batch-size", 1, StampedRow.MOST);
        settings.duration("pachube.min-interval");
        bind("pachubeRows", new StampedRow());
        MissingDatastream missing = new MissingDatastream(settings.flag("pachube.create-missing"));
        bind("pachubeIsMissing", (Predicate) missing::matches);
        bind("pachubeMissingDatastream", missing::process);
        bind("pachubeRetained", (Predicate) mqtt::isRetained);
        Datapoint datapoint = new Datapoint(prefix, "publish", mqtt::isRetained);
        Datapoint trigger = new Datapoint(prefix, "trigger", exchange -> false);
        bind("pachubeDatapoint", datapoint);
        bind("pachubeDocument", new DatastreamDocument());
        bind("pachubeDevices", new DeviceMessage(prefix));
        bind("pachubeTrigger", trigger);
        OversizedReports oversized = new OversizedReports(context, prefix, datapoint, trigger);
        footprint.add(oversized::close);
        mqtt.whenOversized(oversized);

        Seal seal = seal(settings);
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
                        (int) settings.number("callback.max-concurrent", 1, 10_000),
                        settings.duration("callback.timeout"));
        bind("pachubeNotification", callbacks::read);
        bind("pachubePublished", callbacks::published);

        Watches watches = new Watches(prefix, seal, mqtt);
        Failures failures = new Failures();
        bindHistory(settings, prefix, watches, mqtt, failures, triggers);

        DeliveryErrorPolicy errors = new DeliveryErrorPolicy();
        BridgeMetrics metrics =
                new BridgeMetrics()
                        .counter("received", "messages taken from the broker", mqtt::received)
                        .counter("dropped", "messages of QoS 0 without room", mqtt::dropped)
                        .counter("oversized", "messages with too large a payload", mqtt::oversized)
                        .counter(
                                "stored",
                                "messages delivered",
                                of(delivery, DeliveryStatistics::delivered))
                        .counter(
                                "held",
                                "messages tried more than twice",
                                of(delivery, DeliveryStatistics::delayed))
                        .counter(
                                "refused",
                                "messages that cannot succeed",
                                () -> delivery.statistics().rejected() + errors.rejected())
                        .counter(
                                "given.up",
                                "messages tried too long",
                                of(delivery, DeliveryStatistics::abandoned))
                        .counter("notified", "notifications published", callbacks::notified)
                        .counter("reports", "reports made", reporter::reports);
        if (HealthCheckRegistry.get(context) != null) {
            footprint.add(BridgeHealth.register(context, mqtt, delivery));
        }

        BridgeLifecycle lifecycle =
                new BridgeLifecycle(footprint, settings, metrics, sandbox, mqtt, delivery, http);
        context.addLifecycleStrategy(lifecycle);
        footprint.add(() -> context.getLifecycleStrategies().remove(lifecycle));
        footprint.add(() -> metrics.removeFrom(context));
        footprint.add(lifecycle::stopped);
        bind("pachubePublisher", mqtt.publisher());
        if (connects) {
            // not before it is sure to be closed
            mqtt.start(watches.filter(), watches::received, watches::subscribed);
        }
        add(context, errors);
        add(context, new AttemptErrorPolicy());
        add(context, callbacks);
        add(context, failures);

        String folder = settings.optional("pachube.routes");
        routes = new RouteFiles(context, folder, mqtt, delivery);
        footprint.add(() -> removeRoutes(routes));
        footprint.add(lifecycle::stopping);
        context.addRoutes(new ReportRoute(reporter, mqtt.publisher()));
        boolean reload = settings.flag("routes.reload");
        if (!connects) {
            return;
        }
        SortedMap<String, String> files = routes.load();
        if (reload && !folder.isEmpty()) {
            lifecycle.follow(new RouteReload(routes, files, threads(context, "routes")));
        }
        if (context.isStarted()) {
            lifecycle.onContextStarted(context);
        }
    }

    private void bindHistory(
            BridgeProperties settings,
            String prefix,
            Watches watches,
            MqttClients mqtt,
            Failures failures,
            TriggerSteps triggers) {
        for (String period : List.of("history.sweep", "mirror.refresh")) {
            if (settings.duration(period).isZero()) {
                throw new IllegalArgumentException(period + " is '0', but it should be longer");
            }
        }
        HistorySteps history =
                new HistorySteps(
                        prefix,
                        watches,
                        mqtt,
                        settings.duration("history.reach"),
                        (int) settings.number("history.most", 1, 1_000_000),
                        failures,
                        triggers);
        bind("pachubeWatchesKnown", history::known);
        bind("pachubeWatches", history::declare);
        bind("pachubeTurn", history::turn);
        bind("pachubeHistoryBegin", history::begin);
        bind("pachubeHistoryPoints", history::points);
        bind("pachubeHistoryPoint", history::point);
        bind("pachubeHistoryPublished", history::published);
        bind("pachubeHistoryKeep", history::keep);
        bind("pachubeSweep", history::feeds);
        bind("pachubeSweepFeed", history::feed);
        bind("pachubeSweepBehind", history::behind);
        bind("pachubeRefresh", history::mirrors);
        bind("pachubeRefreshMirror", history::mirror);
    }

    private void add(CamelContext context, String name, DefaultComponent component) {
        component.setAutowiredEnabled(false);
        context.addComponent(name, component);
        footprint.add(() -> context.removeComponent(name));
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

    private static void removeRoutes(RouteFiles routes) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(ROUTES_STOP_SECONDS);
        // the route of reports last: the others end in it
        for (String id : Stream.concat(routes.ids().stream(), Stream.of(ReportRoute.ID)).toList()) {
            routes.end(id, Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
            routes.unbindClient(id);
        }
    }

    private void bind(String name, Object bean) {
        Registry registry = getContext().getRegistry();
        registry.bind(name, bean);
        footprint.add(() -> registry.unbind(name));
    }

    private void bind(String name, Processor step) {
        bind(name, (Object) step);
    }

    private static Sandbox sandbox(BridgeProperties settings) throws Exception {
        return Sandbox.of(
                settings.text("mqtt.url"),
                settings.text("pachube.url"),
                settings.text("sandbox.host"),
                settings.port("sandbox.mqtt.port"),
                settings.port("sandbox.pachube.port"),
                settings.text("topic.prefix"),
                settings.optional("sandbox.mqtt.users"));
    }

    /** What the route that listens for callbacks needs. */
    private void bindCallbackTls(CamelContext context, BridgeProperties settings) {
        String group = "callback.tls";
        String keyStore = group + ".key-store";
        boolean used = !settings.optional(keyStore).isEmpty();
        Tls tls = Tls.read(context, settings, group, used, keyStore);
        settings.derive("callback.scheme", used ? "https" : "http");
        if (used) {
            // an endpoint that has one speaks TLS, whatever its scheme
            settings.derive("callback.ssl-context", "#pachubeCallbackTls");
            bind("pachubeCallbackTls", tls.parameters());
        }
    }

    private static MqttClients mqtt(
            CamelContext context, BridgeProperties settings, Sandbox sandbox) {
        String url = sandbox.mqttUrl(settings.text("mqtt.url"));
        Tls tls =
                Tls.read(
                        context,
                        settings,
                        "mqtt.tls",
                        MqttClients.Settings.isSecure(url),
                        "an ssl:// in mqtt.url");
        Duration publishTimeout = settings.duration("mqtt.publish-timeout");
        if (publishTimeout.isZero()) {
            throw new IllegalArgumentException(
                    "mqtt.publish-timeout is '0', but it should be longer");
        }
        return new MqttClients(
                new MqttClients.Settings(
                        url,
                        settings.text("mqtt.client-id"),
                        settings.optional("mqtt.shared-group"),
                        sandbox.mqttUsername(settings.optional("mqtt.username")),
                        sandbox.mqttPassword(settings.optional("mqtt.password")),
                        tls.context().getSocketFactory(),
                        settings.text("topic.prefix"),
                        settings.optional("delivery.memory").isEmpty()
                                ? 0
                                : settings.number("delivery.memory", 1 << 20, Long.MAX_VALUE),
                        publishTimeout),
                threads(context, "mqtt"));
    }

    /** The component that delivers, with the settings as the defaults of its endpoints. */
    private static DeliveryComponent delivery(
            BridgeProperties settings, MqttClients mqtt, Reporter reporter) {
        String statuses = "statuses such as 429, 500-504 or 5xx, comma separated";
        settings.parse("delivery.retry-on", statuses, StatusList::parse);
        settings.parse("delivery.refuse-on", statuses, StatusList::parse);
        DeliveryConfiguration defaults = new DeliveryConfiguration();
        defaults.setMaxConcurrentRequests((int) settings.number("delivery.concurrency", 1, 10_000));
        defaults.setRetryOnStatus(settings.optional("delivery.retry-on"));
        defaults.setRetryExceptStatus(settings.optional("delivery.refuse-on"));
        defaults.setRetryMaxAttemptsForbidden(
                (int) settings.number("delivery.forbidden-attempts", 1, 1_000));
        defaults.setRetryInitialDelay(settings.duration("delivery.first-delay").toMillis());
        defaults.setRetryMaxDelay(settings.duration("delivery.longest-delay").toMillis());
        defaults.setRetryMaxRetryAfter(
                settings.duration("delivery.longest-retry-after").toMillis());
        defaults.setRetryTimeout(settings.duration("delivery.give-up-after").toMillis());
        defaults.setRequestTimeout(settings.duration("pachube.response-timeout").toMillis());
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
                        mqtt.offer(
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
                });
        return delivery;
    }

    private static LongSupplier of(
            DeliveryComponent delivery, ToLongFunction<DeliveryStatistics> counter) {
        return () -> counter.applyAsLong(delivery.statistics());
    }

    /** For routes from {@code delivery:}, see {@link RouteFiles}. */
    private static final class AttemptErrorPolicy extends RouteConfigurationBuilder {
        @Override
        public void configuration() {
            routeConfiguration(RouteFiles.ATTEMPT_CONFIGURATION).errorHandler(noErrorHandler());
        }
    }

    /** With a listener, camel-http puts the exchange into the context of the request. */
    private static final class ExchangeInHttpContext implements HttpActivityListener {
        @Override
        public void onRequestSubmitted(
                Object source,
                Exchange exchange,
                HttpHost host,
                HttpRequest request,
                HttpEntity entity) {}

        @Override
        public void onResponseReceived(
                Object source,
                Exchange exchange,
                HttpHost host,
                HttpResponse response,
                HttpEntity entity,
                long elapsed) {}
    }

    private Seal seal(BridgeProperties settings) throws IOException {
        String secrets = settings.optional("callback.secret");
        if (secrets.isEmpty()) {
            Path file = Path.of(settings.text("callback.secret-file"));
            secrets = connects || Files.exists(file) ? CallbackSecret.in(file) : Seal.newSecret();
        }
        return new Seal(secrets);
    }

    private static TriggerSteps triggers(
            BridgeProperties settings, CallbackToken tokens, String pachube) {
        String callback = settings.text("callback.url");
        TriggerPlan.checkBase(callback);
        String create = settings.text("pachube.trigger-create");
        if (!create.equals("POST") && !create.equals("PUT")) {
            throw new IllegalArgumentException(
                    "pachube.trigger-create is '" + create + "', but it should be POST or PUT");
        }
        boolean loopback = Loopback.is(URI.create(pachube).getHost());
        return new TriggerSteps(new TriggerPlan(tokens, callback, loopback), create);
    }

    private static ThreadFactory threads(CamelContext context, String name) {
        return task -> context.getExecutorServiceManager().newThread("pachube-" + name, task);
    }
}
