package io.pachube.bridge.observability;

import io.pachube.bridge.mqtt.MqttClientManager;

import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

import java.util.List;
import java.util.Map;

/** Is UP if all MQTT clients are connected and subscribed. */
final class BrokerHealthCheck extends AbstractHealthCheck {

    private final MqttClientManager mqtt;

    BrokerHealthCheck(CamelContext context, MqttClientManager mqtt) {
        super(BridgeHealth.GROUP, "pachube-broker");
        setCamelContext(context);
        this.mqtt = mqtt;
    }

    /** A restart of the bridge does not bring the broker back. */
    @Override
    public boolean isLiveness() {
        return false;
    }

    @Override
    protected void doCall(HealthCheckResultBuilder result, Map<String, Object> options) {
        List<String> disconnected = mqtt.disconnected();
        result.detail("broker.connected", disconnected.isEmpty())
                .detail("broker.disconnected.clients", String.join(",", disconnected));
        if (disconnected.isEmpty()) {
            result.up();
        } else {
            result.message("Not connected to the broker: " + disconnected + ". Check mqtt.url.")
                    .down();
        }
    }
}
