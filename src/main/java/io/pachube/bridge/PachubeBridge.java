package io.pachube.bridge;

import io.pachube.bridge.datapoint.Datapoint;
import io.pachube.bridge.datapoint.StampedRow;
import io.pachube.bridge.delivery.Batching;
import io.pachube.bridge.delivery.Delivery;
import io.pachube.bridge.delivery.Lanes;
import io.pachube.bridge.delivery.Pace;
import io.pachube.bridge.delivery.PacedRequest;
import io.pachube.bridge.delivery.RetryPolicy;
import io.pachube.bridge.delivery.StatusList;
import io.pachube.bridge.delivery.Workers;
import io.pachube.bridge.log.Secrets;
import io.pachube.bridge.mqtt.MqttClients;
import io.pachube.bridge.report.ReportRoute;
import io.pachube.bridge.report.Reporter;
import io.pachube.bridge.sandbox.Sandbox;
import io.pachube.bridge.trigger.CallbackSecret;
import io.pachube.bridge.trigger.CallbackSteps;
import io.pachube.bridge.trigger.CallbackToken;
import io.pachube.bridge.trigger.Loopback;
import io.pachube.bridge.trigger.TriggerPlan;
import io.pachube.bridge.trigger.TriggerSteps;

import org.apache.camel.CamelContext;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.model.ToDefinition;
import org.apache.camel.spi.Registry;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.ThreadFactory;

/**
 * The bridge between MQTT and Pachube, as Camel routes: {@code context.addRoutes(new
 * PachubeBridge())}.
 *
 * <p>Binds what the routes need (under names that start with {@code pachube}), adds the error
 * policy and the route of reports, and loads the YAML routes. The settings are the context's
 * property placeholders. It ends with the context.
 */
public final class PachubeBridge extends RouteBuilder {

    /** The client with which a route makes requests to Pachube. */
    private static final String HTTP = "pachubeHttp";

    @Override
    public void configure() throws Exception {
        CamelContext context = getContext();
        BridgeProperties settings = new BridgeProperties(context);
        Sandbox sandbox = sandbox(settings);
        try {
            configure(context, settings, sandbox);
        } catch (Exception | LinkageError e) {
            sandbox.close();
            throw e;
        }
    }

    private static void configure(CamelContext context, BridgeProperties settings, Sandbox sandbox)
            throws Exception {
        Registry registry = context.getRegistry();
        String pachube = sandbox.pachubeUrl(settings.text("pachube.url"));
        settings.derive("pachube.base", pachube);
        String prefix = settings.text("topic.prefix");
        Secrets.topicPrefix(prefix);

        bindCallbackTls(context, settings);
        MqttClients mqtt = mqtt(context, settings, sandbox);
        RetryPolicy policy = policy(settings);
        Reporter reporter = new Reporter(Delivery::failures);
        int concurrency = (int) settings.number("delivery.concurrency", 1, 10_000);
        Workers workers =
                new Workers(concurrency, "pachube-delivery", threads(context, "delivery"));
        Pace pace = new Pace(workers, settings.duration("pachube.min-interval"));
        Batching batching =
                new Batching(
                        (int) settings.number("delivery.batch-size", 1, StampedRow.MOST),
                        new StampedRow());
        Lanes lanes = new Lanes(workers, policy, pace, batching);
        Delivery delivery =
                new Delivery(
                        policy,
                        lanes,
                        exchange ->
                                mqtt.offer(
                                        Reporter.topic(exchange), reporter.report(exchange, true)));
        PachubeClient http =
                new PachubeClient(
                        concurrency,
                        settings.duration("pachube.connect-timeout"),
                        settings.duration("pachube.response-timeout"),
                        Tls.read(
                                        context,
                                        settings,
                                        "pachube.tls",
                                        pachube.startsWith("https://"),
                                        "an https:// in pachube.url")
                                .context());
        registry.bind("pachubeExecutor", workers.executor());
        registry.bind(HTTP, http.http());
        if (pace.isKept()) {
            context.getCamelContextExtension()
                    .addInterceptStrategy(
                            (camel, node, step, next) ->
                                    isRequest(node) ? new PacedRequest(step, pace, policy) : step);
        }
        registry.bind("pachubeLanes", lanes);
        registry.bind("pachubeDatapoint", new Datapoint(prefix, "publish", true, mqtt::isRetained));
        registry.bind("pachubeTrigger", new Datapoint(prefix, "trigger", false, exchange -> false));

        CallbackToken tokens = tokens(settings);
        TriggerSteps triggers = triggers(settings, tokens, pachube);
        bind(registry, "pachubeTriggerCommands", triggers::commands);
        bind(registry, "pachubeTriggerPlan", triggers::plan);
        bind(registry, "pachubeTriggerCall", triggers::call);
        bind(registry, "pachubeTriggerCalled", triggers::called);
        bind(registry, "pachubeTriggerStatuses", triggers::statuses);
        CallbackSteps callbacks =
                new CallbackSteps(
                        prefix,
                        tokens,
                        (int) settings.number("callback.max-concurrent", 1, 10_000),
                        settings.duration("callback.timeout"));
        bind(registry, "pachubeNotification", callbacks::read);
        bind(registry, "pachubePublished", callbacks::published);

        BridgeMetrics metrics =
                new BridgeMetrics()
                        .counter("received", "messages taken from the broker", mqtt::received)
                        .counter("dropped", "messages of QoS 0 without room", mqtt::dropped)
                        .counter("stored", "messages that Pachube has", lanes::stored)
                        .counter("held", "messages tried more than twice", delivery::heldEver)
                        .counter("refused", "messages that cannot succeed", delivery::refused)
                        .counter("given.up", "messages tried too long", delivery::givenUp)
                        .counter("notified", "notifications published", callbacks::notified)
                        .counter("reports", "reports made", reporter::reports);
        if (HealthCheckRegistry.get(context) != null) {
            BridgeHealth.register(context, mqtt, policy, delivery);
        }

        context.addLifecycleStrategy(
                new BridgeLifecycle(settings, metrics, sandbox, mqtt, pace, workers, http));
        // connects: not before it is sure to be closed
        registry.bind("pachubePublisher", mqtt.publisher());
        delivery.addRouteConfigurationsToCamelContext(context);
        callbacks.addRouteConfigurationsToCamelContext(context);
        context.addRoutes(new ReportRoute(Delivery.REPORT, reporter));
        RouteFiles.load(context, settings.optional("pachube.routes"), mqtt);
    }

    private static boolean isRequest(NamedNode node) {
        return node instanceof ToDefinition to
                && to.getEndpointUri().contains("httpClient=#" + HTTP);
    }

    private static void bind(Registry registry, String name, Processor step) {
        registry.bind(name, step);
    }

    private static Sandbox sandbox(BridgeProperties settings) throws Exception {
        return Sandbox.start(
                settings.text("mqtt.url"),
                settings.text("pachube.url"),
                settings.text("sandbox.host"),
                settings.port("sandbox.mqtt.port"),
                settings.port("sandbox.pachube.port"),
                settings.text("topic.prefix"),
                settings.optional("sandbox.mqtt.users"));
    }

    /** What the route that listens for callbacks needs. */
    private static void bindCallbackTls(CamelContext context, BridgeProperties settings) {
        String group = "callback.tls";
        String keyStore = group + ".key-store";
        boolean used = !settings.optional(keyStore).isEmpty();
        Tls tls = Tls.read(context, settings, group, used, keyStore);
        settings.derive("callback.scheme", used ? "https" : "http");
        if (used) {
            // an endpoint that has one speaks TLS, whatever its scheme
            settings.derive("callback.ssl-context", "#pachubeCallbackTls");
            context.getRegistry().bind("pachubeCallbackTls", tls.parameters());
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
        return new MqttClients(
                new MqttClients.Settings(
                        url,
                        settings.text("mqtt.client-id"),
                        settings.optional("mqtt.shared-group"),
                        sandbox.mqttUsername(settings.optional("mqtt.username")),
                        sandbox.mqttPassword(settings.optional("mqtt.password")),
                        tls.context().getSocketFactory(),
                        settings.number("delivery.memory", 1 << 20, Long.MAX_VALUE)),
                threads(context, "mqtt"));
    }

    private static RetryPolicy policy(BridgeProperties settings) {
        String statuses = "statuses such as 429, 500-504 or 5xx, comma separated";
        return new RetryPolicy(
                new RetryPolicy.Limits(
                        settings.parse("delivery.retry-on", statuses, StatusList::parse),
                        settings.parse("delivery.refuse-on", statuses, StatusList::parse),
                        (int) settings.number("delivery.forbidden-attempts", 1, 1_000),
                        settings.duration("delivery.first-delay"),
                        settings.duration("delivery.longest-delay"),
                        settings.duration("delivery.longest-retry-after"),
                        settings.duration("delivery.give-up-after")),
                System::nanoTime);
    }

    private static CallbackToken tokens(BridgeProperties settings) throws IOException {
        String secrets = settings.optional("callback.secret");
        return new CallbackToken(
                secrets.isEmpty()
                        ? CallbackSecret.in(Path.of(settings.text("callback.secret-file")))
                        : secrets);
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
