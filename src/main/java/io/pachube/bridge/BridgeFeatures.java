package io.pachube.bridge;

import com.fasterxml.jackson.databind.JsonNode;

import io.pachube.bridge.callback.StateCipher;
import io.pachube.bridge.config.BridgeConfig;
import io.pachube.bridge.config.BridgeProperties;
import io.pachube.bridge.console.Samples;
import io.pachube.bridge.datapoint.InboundTopicProcessor;
import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.delivery.DeliveryHttpClient;
import io.pachube.bridge.feature.Feature;
import io.pachube.bridge.history.HistorySubscriptionStore;
import io.pachube.bridge.json.StrictJson;
import io.pachube.bridge.log.SecretMasker;
import io.pachube.bridge.mqtt.MqttClientManager;
import io.pachube.bridge.observability.BridgeMetrics;
import io.pachube.bridge.report.DeliveryErrorPolicy;
import io.pachube.bridge.report.ErrorReportRoute;
import io.pachube.bridge.report.ErrorReporter;
import io.pachube.bridge.routes.OwnRoutes;
import io.pachube.bridge.routes.RouteDirectory;
import io.pachube.bridge.routes.RouteFileManager;
import io.pachube.bridge.routes.RouteFileWatcher;

import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.component.jackson.JacksonDataFormat;
import org.apache.camel.component.jetty12.JettyHttpComponent12;
import org.apache.camel.component.timer.TimerComponent;
import org.apache.camel.spi.DataFormat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Registers the features of the bridge, each after those that it uses. */
final class BridgeFeatures {

    /** Unfinished messages then stay with the broker; with the rest of a stop, within 10 s. */
    private static final Duration ROUTES_STOP_TIMEOUT = Duration.ofSeconds(6);

    /** Stands for the address where no route uses Pachube; nothing is connected to it. */
    private static final String NO_PACHUBE = "http://localhost";

    private final ContextRegistrar registrar;
    private final BridgeConfig config;
    private final BridgeResources parts;
    private final CleanupStack resources;
    private final boolean validateOnly;
    private final boolean hasPachube;
    private final ErrorReporter reporter = new ErrorReporter();
    private final BridgeMetrics metrics = new BridgeMetrics();
    private final Samples samples = new Samples();
    private final DeliveryErrorPolicy errors = new DeliveryErrorPolicy();
    private MqttClientManager mqtt;
    private DeliveryComponent delivery;
    private TriggerFeatures triggers;
    private BridgeLifecycle lifecycle;

    /**
     * @param resources are closed when the bridge or its context has stopped
     */
    BridgeFeatures(
            ContextRegistrar registrar,
            BridgeConfig config,
            BridgeResources parts,
            CleanupStack resources,
            boolean validateOnly) {
        this.registrar = registrar;
        this.config = config;
        this.parts = parts;
        this.resources = resources;
        this.validateOnly = validateOnly;
        this.hasPachube = !parts.embedded().pachubeUrl().isEmpty();
    }

    /** Registers all features but the routes, and opens the ports of the sandbox. */
    void register(BridgeProperties properties, StateCipher cipher) {
        String prefix = config.mqtt().topicPrefix();
        resources.push(SecretMasker.addBridge(prefix, config.pachube().apiKeyHeader())::run);
        EmbeddedServices embedded = parts.embedded();
        Cluster cluster = parts.cluster();
        resources.push(embedded::close);
        resources.push(cluster::close); // after mqtt: the next leader uses the same sessions
        if (!validateOnly) {
            embedded.start();
            resources.push(parts.stores()::close);
            parts.stores().start();
        }
        // of its own: a host's have options that are not for the bridge
        registrar.addComponent(registrar.componentName("jetty"), new JettyHttpComponent12());
        registrar.addComponent(registrar.componentName("timer"), new TimerComponent());
        registrar.onCleanup(cluster.limitTimers(registrar.componentName("timer"))::run);
        String pachube = hasPachube ? embedded.pachubeUrl() : NO_PACHUBE;
        if (hasPachube || validateOnly) {
            properties.setDerived("pachube.base", pachube);
        }
        registerCallbackTls(properties);
        mqtt = MqttFeature.register(registrar, config.mqtt(), parts);
        resources.push(mqtt::close);
        delivery =
                DeliveryFeature.register(
                        registrar,
                        config.delivery(),
                        mqtt,
                        new DeliveryEvents(mqtt, reporter, metrics, samples));
        cluster.onChange(mqtt, delivery);
        DeliveryHttpClient http =
                DeliveryFeature.registerHttp(
                        registrar, config.pachube().connectTimeout(), parts, delivery);
        resources.push(http::shutdown);
        // not as an ObjectMapper: the host's own data formats would take that
        DataFormat json = new JacksonDataFormat(StrictJson.MAPPER, JsonNode.class);
        registrar.bind("pachubeJson", json);
        InboundTopicProcessor command =
                new InboundTopicProcessor(prefix, "trigger", exchange -> false);
        DatapointFeature.register(registrar, config, properties, mqtt, command);
        triggers =
                TriggerFeatures.register(
                        registrar, config, cipher, pachube, mqtt, cluster, command, json);
        ObservabilityFeature.register(
                registrar,
                metrics,
                mqtt,
                delivery,
                errors,
                reporter,
                triggers.callbacks(),
                cluster);
        registerLifecycle();
        if (!validateOnly) { // not before it is sure to be closed
            HistorySubscriptionStore state = triggers.subscriptions();
            mqtt.subscribeState(state.filter(), state::received, state::subscribed);
        }
    }

    /** The route that listens for callbacks refers to these placeholders. */
    private void registerCallbackTls(BridgeProperties properties) {
        boolean isUsed = config.callback().tls().hasKeyStore();
        properties.setDerived("callback.scheme", isUsed ? "https" : "http");
        if (isUsed) {
            // an endpoint that has one speaks TLS, whatever its scheme
            properties.setDerived("callback.ssl-context", "#pachubeCallbackTls");
            registrar.bind("pachubeCallbackTls", parts.callbackTls().parameters());
        }
    }

    private void registerLifecycle() {
        CamelContext context = registrar.context();
        lifecycle =
                new BridgeLifecycle(
                        registrar,
                        resources,
                        metrics,
                        parts.embedded(),
                        mqtt,
                        delivery,
                        parts.cluster());
        context.addLifecycleStrategy(lifecycle);
        registrar.onCleanup(() -> context.getLifecycleStrategies().remove(lifecycle));
    }

    /** Adds the route configurations and the route of reports; those of files are not loaded. */
    RouteFileManager addRoutes(RouteDirectory directory) throws Exception {
        registrar.addConfigurations(errors);
        registrar.addConfigurations(RouteFileManager.attemptConfiguration());
        List<RouteBuilder> ownRoutes = new ArrayList<>();
        for (Feature feature : triggers.all()) {
            for (RouteConfigurationBuilder configurations : feature.routeConfigurations()) {
                registrar.addConfigurations(configurations);
            }
            if (hasPachube || validateOnly) {
                ownRoutes.addAll(feature.routes());
            }
        }
        RouteFileManager routes =
                new RouteFileManager(
                        registrar.context(),
                        directory,
                        mqtt,
                        delivery,
                        new OwnRoutes(registrar.context(), ownRoutes, !registrar.ownsContext()),
                        !registrar.ownsContext());
        // the others end in the route of reports
        registrar.onCleanup(() -> routes.removeAll(ErrorReportRoute.ID, ROUTES_STOP_TIMEOUT));
        registrar.onCleanup(lifecycle::beginShutdown);
        registrar.context().addRoutes(new ErrorReportRoute(reporter, mqtt.publisher()));
        return routes;
    }

    /** Loads the routes of files, and starts the bridge if its context has been started. */
    void start(RouteFileManager routes, RouteDirectory directory) throws Exception {
        RouteDirectory.Contents files = routes.load();
        RouteFileWatcher watcher = null;
        if (config.routes().reload() && !directory.isBundled()) {
            watcher = new RouteFileWatcher(routes, files, registrar.threadFactory("routes"));
            ObservabilityFeature.register(metrics, watcher);
            lifecycle.watchRoutes(watcher);
        }
        if (config.management().hasConsole()) {
            lifecycle.serve(
                    ConsoleService.register(
                            registrar,
                            config.mqtt().topicPrefix(),
                            parts.embedded(),
                            mqtt,
                            delivery,
                            triggers,
                            routes,
                            watcher,
                            reporter,
                            samples));
        }
        CamelContext context = registrar.context();
        if (context.isStarted()) {
            lifecycle.onContextStarted(context);
        }
    }
}
