package io.pachube.bridge.observability;

import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.mqtt.MqttClientManager;

import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.health.HealthCheckRepository;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The bridge's health checks: one for the broker, and one for each name of {@code delivery:}.
 * docs/metrics.md describes them. Thread safe.
 */
public final class BridgeHealth implements HealthCheckRepository {

    /** The group of all checks of the bridge. */
    static final String GROUP = "pachube-bridge";

    private final CamelContext context;
    private final DeliveryComponent delivery;
    private final List<HealthCheck> fixed = new ArrayList<>();
    private final Map<String, HealthCheck> names = new ConcurrentHashMap<>();
    private volatile boolean enabled = true;

    private BridgeHealth(
            CamelContext context,
            MqttClientManager mqtt,
            DeliveryComponent delivery,
            List<HealthCheck> others) {
        this.context = context;
        this.delivery = delivery;
        fixed.add(new BrokerHealthCheck(context, mqtt));
        fixed.addAll(others);
    }

    /**
     * Adds the checks to the context. Without camel-health this class cannot be loaded.
     *
     * @param others further checks of the bridge
     * @return removes them
     */
    public static Runnable register(
            CamelContext context,
            MqttClientManager mqtt,
            DeliveryComponent delivery,
            List<HealthCheck> others) {
        BridgeHealth health = new BridgeHealth(context, mqtt, delivery, others);
        HealthCheckRegistry checks = HealthCheckRegistry.get(context);
        checks.register(health);
        return () -> checks.unregister(health);
    }

    @Override
    public Stream<HealthCheck> stream() {
        if (!enabled) {
            return Stream.empty();
        }
        Set<String> current = delivery.names();
        names.keySet().retainAll(current);
        return Stream.concat(
                fixed.stream(),
                current.stream()
                        .map(
                                name ->
                                        names.computeIfAbsent(
                                                name,
                                                n ->
                                                        new DeliveryHealthCheck(
                                                                context, delivery, n))));
    }

    @Override
    public String getId() {
        return GROUP;
    }

    @Override
    public boolean isEnabled() {
        return enabled;
    }

    @Override
    public void setEnabled(boolean enabled) {
        this.enabled = enabled;
    }
}
