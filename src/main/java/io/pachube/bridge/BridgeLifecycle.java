package io.pachube.bridge;

import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.mqtt.MqttClientManager;
import io.pachube.bridge.observability.BridgeMetrics;
import io.pachube.bridge.routes.RouteFileWatcher;

import org.apache.camel.CamelContext;
import org.apache.camel.support.LifecycleStrategySupport;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Starts and stops the bridge with its context. On a stop, no more messages are accepted, retries
 * end, requests in flight have a few seconds, and the messages that are unfinished then stay
 * unacknowledged at the broker.
 */
final class BridgeLifecycle extends LifecycleStrategySupport {

    private static final long OPEN_MILLIS = 50;
    private static final long METRICS_SECONDS = 1;
    private static final long RESIGN_MILLIS = 20;

    private final ContextRegistrar registrar;
    private final CleanupStack resources;
    private final BridgeMetrics metrics;
    private final EmbeddedServices embedded;
    private final MqttClientManager mqtt;
    private final DeliveryComponent delivery;
    private final Cluster cluster;
    private RouteFileWatcher watcher;
    private ConsoleService console;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

    /**
     * @param registrar its registrations end with the context by themselves
     * @param resources are closed when the bridge or the context has stopped
     */
    BridgeLifecycle(
            ContextRegistrar registrar,
            CleanupStack resources,
            BridgeMetrics metrics,
            EmbeddedServices embedded,
            MqttClientManager mqtt,
            DeliveryComponent delivery,
            Cluster cluster) {
        this.registrar = registrar;
        this.resources = resources;
        this.metrics = metrics;
        this.embedded = embedded;
        this.mqtt = mqtt;
        this.delivery = delivery;
        this.cluster = cluster;
        resources.push(metrics::remove);
        resources.push(timer::shutdownNow);
    }

    /** Sets the watcher that is started with the context. */
    void watchRoutes(RouteFileWatcher watcher) {
        this.watcher = watcher;
    }

    /** Sets the console that is served while the context runs. */
    void serve(ConsoleService console) {
        this.console = console;
        resources.push(console::close);
    }

    @Override
    public void onContextStarted(CamelContext context) {
        if (watcher != null) {
            watcher.start();
        }
        metrics.bindTo(context);
        if (!timer.isShutdown()) {
            timer.scheduleWithFixedDelay(
                    metrics::update, METRICS_SECONDS, METRICS_SECONDS, TimeUnit.SECONDS);
        }
        if (console != null) {
            console.start(timer);
        }
        cluster.start();
        admitClients();
    }

    /** Once all clients are connected and subscribed, however long that takes. */
    private void admitClients() {
        if (mqtt.disconnected().isEmpty()) {
            embedded.admitClients();
        } else {
            timer.schedule(this::admitClients, OPEN_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void onContextStopping(CamelContext context) {
        beginShutdown();
    }

    @Override
    public void onContextStopped(CamelContext context) {
        registrar.clear();
        resources.runAll();
    }

    /**
     * Accepts no more messages, and limits the time of the last requests; before the routes stop.
     */
    void beginShutdown() {
        if (watcher != null) {
            watcher.close();
        }
        mqtt.revokeAll();
        delivery.beginShutdown();
        // a context that is stopped again stops this again
        if (!timer.isShutdown() && cluster.hasMembers()) {
            timer.execute(this::resign);
        }
    }

    /** Lets another bridge lead as soon as nothing is in flight here, before all has stopped. */
    private void resign() {
        if (cluster.isIdle()) {
            mqtt.pauseConsumers();
            mqtt.disconnectConsumers();
            cluster.close();
        } else {
            timer.schedule(this::resign, RESIGN_MILLIS, TimeUnit.MILLISECONDS);
        }
    }
}
