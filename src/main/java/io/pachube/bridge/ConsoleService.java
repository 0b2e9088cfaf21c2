package io.pachube.bridge;

import io.pachube.bridge.console.BridgeConsole;
import io.pachube.bridge.console.ConsolePage;
import io.pachube.bridge.console.ConsoleSource;
import io.pachube.bridge.console.LatestReports;
import io.pachube.bridge.console.RouteFileState;
import io.pachube.bridge.console.Samples;
import io.pachube.bridge.datapoint.DatastreamAddress;
import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.delivery.InvalidMessageException;
import io.pachube.bridge.mqtt.MqttClientManager;
import io.pachube.bridge.report.ErrorReporter;
import io.pachube.bridge.routes.RouteFileManager;
import io.pachube.bridge.routes.RouteFileWatcher;

import org.apache.camel.CamelContext;
import org.apache.camel.console.DevConsoleRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The console while the context runs: Camel's developer console, and the page. */
final class ConsoleService implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ConsoleService.class);

    private final CamelContext context;
    private final BridgeConsole console;
    private final ConsolePage.Publisher publisher;
    private Runnable page = () -> {};

    /**
     * @param publisher null without a sandbox
     */
    private ConsoleService(
            CamelContext context, BridgeConsole console, ConsolePage.Publisher publisher) {
        this.context = context;
        this.console = console;
        this.publisher = publisher;
    }

    /**
     * Registers the console.
     *
     * @param watcher null if changes of route files are not watched
     */
    static ConsoleService register(
            ContextRegistrar registrar,
            String topicPrefix,
            EmbeddedServices embedded,
            MqttClientManager mqtt,
            DeliveryComponent delivery,
            TriggerFeatures features,
            RouteFileManager routes,
            RouteFileWatcher watcher,
            ErrorReporter reporter,
            Samples samples) {
        CamelContext context = registrar.context();
        LatestReports reports = new LatestReports();
        reporter.onReport(reports::add);
        SandboxProvider.Services sandbox = embedded.sandbox();
        ConsoleSource source =
                new ConsoleSource(
                        embedded.mqttUrl(),
                        mqtt::statistics,
                        delivery,
                        () -> routeFiles(routes, watcher),
                        features.subscriptions()::subscriptions,
                        features.triggers().latest(),
                        sandbox == null ? null : sandbox::feeds);
        BridgeConsole console = new BridgeConsole(context, source, samples, reports);
        registrar.bind(BridgeConsole.ID, console);
        DevConsoleRegistry consoles = DevConsoleRegistry.get(context);
        if (consoles != null) {
            consoles.register(console);
            registrar.onCleanup(() -> consoles.unregister(console));
        }
        return new ConsoleService(
                context,
                console,
                sandbox == null ? null : publisher(mqtt, topicPrefix, sandbox.apiKey()));
    }

    /** Returns a publisher of values with the sandbox's API key. */
    private static ConsolePage.Publisher publisher(
            MqttClientManager mqtt, String prefix, String key) {
        return (environment, datastream, value) -> {
            String topic =
                    prefix
                            + "/"
                            + key
                            + "/"
                            + environment
                            + "/"
                            + DatastreamAddress.encode(datastream);
            checkTopic(prefix, topic, datastream);
            mqtt.publisher().publish(topic, value.getBytes(StandardCharsets.UTF_8), 1, false);
        };
    }

    private static void checkTopic(String prefix, String topic, String datastream) {
        if (!DatastreamAddress.isDatastream(datastream)) {
            throw new IllegalArgumentException(
                    "A datastream may hold letters, digits, _ - + and . only");
        }
        try {
            DatastreamAddress.parse(prefix, topic);
        } catch (InvalidMessageException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /**
     * Returns the files, with the errors of those whose latest change could not be applied.
     *
     * @param watcher null if changes are not followed
     */
    private static List<RouteFileState> routeFiles(
            RouteFileManager routes, RouteFileWatcher watcher) {
        Map<String, List<String>> running = routes.routeIdsByFile();
        Map<String, RouteFileWatcher.Failure> failures =
                watcher == null ? Map.of() : watcher.failures();
        Map<String, RouteFileState> files = new TreeMap<>();
        running.forEach((file, ids) -> files.put(file, new RouteFileState(file, ids, null, null)));
        failures.forEach(
                (file, failure) ->
                        files.put(
                                file,
                                new RouteFileState(
                                        file,
                                        running.getOrDefault(file, List.of()),
                                        failure.reason(),
                                        failure.at())));
        return new ArrayList<>(files.values());
    }

    void start(ScheduledExecutorService timer) {
        console.sample();
        if (!timer.isShutdown()) {
            int interval = BridgeConsole.interval();
            timer.scheduleWithFixedDelay(console::sample, interval, interval, TimeUnit.SECONDS);
        }
        try {
            page = ConsolePage.serve(context, console, publisher);
        } catch (NoClassDefFoundError e) {
            // as in Karaf, and in a host without camel-platform-http-main
            LOG.debug("Nothing serves the page of the console here", e);
        }
    }

    @Override
    public void close() {
        page.run();
    }
}
