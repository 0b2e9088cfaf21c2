package io.pachube.bridge;

import io.pachube.bridge.delivery.Delivery;
import io.pachube.bridge.delivery.RetryPolicy;
import io.pachube.bridge.mqtt.MqttClients;

import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

import java.util.List;
import java.util.Map;

/**
 * Whether the bridge is ready: connected to the broker, and Pachube answers. With it come how many
 * values are held, and for how long the oldest has been.
 */
final class BridgeHealth extends AbstractHealthCheck {

    private final MqttClients mqtt;
    private final RetryPolicy policy;
    private final Delivery delivery;

    private BridgeHealth(MqttClients mqtt, RetryPolicy policy, Delivery delivery) {
        super("pachube", "pachube-bridge");
        this.mqtt = mqtt;
        this.policy = policy;
        this.delivery = delivery;
    }

    /**
     * Only where the context has health checks: without them, this class cannot be loaded.
     *
     * @return removes it
     */
    static Footprint.Removal register(
            CamelContext context, MqttClients mqtt, RetryPolicy policy, Delivery delivery) {
        BridgeHealth check = new BridgeHealth(mqtt, policy, delivery);
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
        boolean outage = policy.isOutage();
        result.detail("broker.connected", disconnected.isEmpty())
                .detail("pachube.reachable", !outage)
                .detail("held.values", delivery.held())
                .detail("held.oldest.seconds", delivery.oldestHeld().toSeconds());
        if (!disconnected.isEmpty()) {
            result.message("Not connected to the broker: " + disconnected).down();
        } else if (outage) {
            result.message("Pachube does not answer; values are held").down();
        } else {
            result.up();
        }
    }
}
