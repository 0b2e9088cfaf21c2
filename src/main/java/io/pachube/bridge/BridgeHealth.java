package io.pachube.bridge;

import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.delivery.DeliveryStatistics;
import io.pachube.bridge.mqtt.MqttClientManager;

import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/**
 * Whether the bridge is ready: connected to the broker, and a target answers. With it come how many
 * values are held, and for how long the oldest has been.
 */
final class BridgeHealth extends AbstractHealthCheck {

    private final MqttClientManager mqtt;
    private final DeliveryComponent delivery;

    private BridgeHealth(MqttClientManager mqtt, DeliveryComponent delivery) {
        super("pachube", "pachube-bridge");
        this.mqtt = mqtt;
        this.delivery = delivery;
    }

    /**
     * Only where the context has health checks: without them, this class cannot be loaded.
     *
     * @return removes it
     */
    static Footprint.Removal register(
            CamelContext context, MqttClientManager mqtt, DeliveryComponent delivery) {
        BridgeHealth check = new BridgeHealth(mqtt, delivery);
        check.setCamelContext(context);
        HealthCheckRegistry checks = HealthCheckRegistry.get(context);
        checks.register(check);
        return () -> checks.unregister(check);
    }

    /** An outage is no reason to restart the bridge. */
    @Override
    public boolean isLiveness() {
        return false;
    }

    @Override
    protected void doCall(HealthCheckResultBuilder result, Map<String, Object> options) {
        List<String> disconnected = mqtt.disconnected();
        SortedSet<String> outages = delivery.outages();
        SortedSet<String> unconsumed = delivery.unconsumed();
        DeliveryStatistics messages = delivery.statistics();
        result.detail("broker.connected", disconnected.isEmpty())
                .detail("pachube.reachable", outages.isEmpty())
                .detail("delivery.outages", String.join(",", outages))
                .detail("held.values", messages.delayedNow())
                .detail("held.oldest.seconds", messages.oldestDelayed().toSeconds());
        if (!disconnected.isEmpty()) {
            result.message("Not connected to the broker: " + disconnected).down();
        } else if (!unconsumed.isEmpty()) {
            result.message("No route consumes delivery:" + String.join(", delivery:", unconsumed))
                    .down();
        } else if (delivery.isDown()) {
            result.message("No target answers; values are held. In an outage: " + outages).down();
        } else {
            result.up();
        }
    }
}
