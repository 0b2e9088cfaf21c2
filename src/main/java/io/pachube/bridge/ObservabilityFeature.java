package io.pachube.bridge;

import io.pachube.bridge.callback.CallbackFeature;
import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.mqtt.MqttClientManager;
import io.pachube.bridge.observability.BridgeHealth;
import io.pachube.bridge.observability.BridgeMetrics;
import io.pachube.bridge.report.DeliveryErrorPolicy;
import io.pachube.bridge.report.ErrorReporter;
import io.pachube.bridge.routes.RouteFileWatcher;

import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheckRegistry;

/** Adds the health checks, and the sources of the metrics. */
final class ObservabilityFeature {

    private ObservabilityFeature() {}

    static void register(
            ContextRegistrar registrar,
            BridgeMetrics metrics,
            MqttClientManager mqtt,
            DeliveryComponent delivery,
            DeliveryErrorPolicy errors,
            ErrorReporter reporter,
            CallbackFeature callbacks,
            Cluster cluster) {
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
                .counters("callbacks", "status", "Callbacks by answer", callbacks::responses);
        CamelContext context = registrar.context();
        if (HealthCheckRegistry.get(context) != null) {
            registrar.onCleanup(
                    BridgeHealth.register(context, mqtt, delivery, cluster.healthCheck())::run);
        }
    }

    static void register(BridgeMetrics metrics, RouteFileWatcher watcher) {
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
    }
}
