package io.pachube.bridge;

import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.delivery.DeliveryHttpClient;
import io.pachube.bridge.mqtt.MqttClientManager;
import io.pachube.bridge.observability.BridgeMetrics;
import io.pachube.bridge.routes.RouteFileWatcher;
import io.pachube.bridge.tls.StoreRenewal;

import org.apache.camel.CamelContext;
import org.apache.camel.support.LifecycleStrategySupport;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * How the bridge stops: it takes nothing more, ends what waits for a retry, lets what is on its way
 * come to an end for a few seconds, and leaves the rest, unacknowledged, to the broker.
 */
final class BridgeLifecycle extends LifecycleStrategySupport {

    /** With the rest of a stop, this keeps it within 10 s. */
    private static final long LAST_REQUESTS_SECONDS = 4;

    private static final long OPEN_MILLIS = 50;
    private static final long METRICS_SECONDS = 1;
    private static final long RESIGN_MILLIS = 20;

    private final Footprint footprint;
    private final BridgeMetrics metrics;
    private final EmbeddedServices embedded;
    private final MqttClientManager mqtt;
    private final DeliveryComponent delivery;
    private final DeliveryHttpClient http;
    private final Cluster cluster;
    private final StoreRenewal stores;
    private Runnable onStopped = () -> {};
    private RouteFileWatcher watcher;
    private ConsoleService console;
    private final ScheduledExecutorService deadline = Executors.newSingleThreadScheduledExecutor();

    BridgeLifecycle(
            Footprint footprint,
            BridgeMetrics metrics,
            EmbeddedServices embedded,
            MqttClientManager mqtt,
            DeliveryComponent delivery,
            DeliveryHttpClient http,
            Cluster cluster,
            StoreRenewal stores) {
        this.footprint = footprint;
        this.metrics = metrics;
        this.embedded = embedded;
        this.mqtt = mqtt;
        this.delivery = delivery;
        this.http = http;
        this.cluster = cluster;
        this.stores = stores;
    }

    /** Once started, route files are followed. */
    void watchRoutes(RouteFileWatcher watcher) {
        this.watcher = watcher;
    }

    /** Once started, the console is served. */
    void serve(ConsoleService console) {
        this.console = console;
    }

    @Override
    public void onContextStarted(CamelContext context) {
        if (watcher != null) {
            watcher.start();
        }
        metrics.bindTo(context);
        if (!deadline.isShutdown()) {
            deadline.scheduleWithFixedDelay(
                    metrics::update, METRICS_SECONDS, METRICS_SECONDS, TimeUnit.SECONDS);
        }
        if (console != null) {
            console.start(deadline);
        }
        cluster.start();
        admitClients();
    }

    /** Once all clients are connected and subscribed, however long that takes. */
    private void admitClients() {
        if (mqtt.disconnected().isEmpty()) {
            embedded.admitClients();
        } else {
            deadline.schedule(this::admitClients, OPEN_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void onContextStopping(CamelContext context) {
        stopping();
    }

    @Override
    public void onContextStopped(CamelContext context) {
        footprint.forget();
        stopped();
    }

    /** Sets what ends with the bridge. */
    void onStopped(Runnable action) {
        onStopped = action;
    }

    /** What comes before the routes are stopped. */
    void stopping() {
        if (watcher != null) {
            watcher.close();
        }
        mqtt.revokeAll();
        delivery.beginShutdown();
        // a context that is stopped again stops this again
        if (!deadline.isShutdown()) {
            deadline.schedule(delivery::cancelAttempts, LAST_REQUESTS_SECONDS, TimeUnit.SECONDS);
            if (cluster.hasMembers()) {
                deadline.execute(this::resign);
            }
        }
    }

    /** Lets another bridge lead as soon as nothing is in flight here, before all has stopped. */
    private void resign() {
        if (cluster.isIdle()) {
            mqtt.pauseConsumers();
            mqtt.disconnectConsumers();
            cluster.close();
        } else {
            deadline.schedule(this::resign, RESIGN_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** What comes after. */
    void stopped() {
        deadline.shutdownNow();
        metrics.remove();
        if (console != null) {
            console.close();
        }
        stores.close();
        http.shutdown();
        mqtt.close();
        cluster.close(); // not before: the next leader uses the same sessions
        embedded.close();
        onStopped.run();
    }
}
