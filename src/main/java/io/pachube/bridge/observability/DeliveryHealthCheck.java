package io.pachube.bridge.observability;

import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.delivery.DeliveryStatistics;

import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;

/**
 * Describes one name of {@code delivery:}. It is DOWN if messages wait for a consumer route, or if
 * the name is in an outage and no other service answers: one dead target must not take the bridge
 * out of service.
 */
final class DeliveryHealthCheck extends AbstractHealthCheck {

    private final DeliveryComponent delivery;
    private final String name;

    DeliveryHealthCheck(CamelContext context, DeliveryComponent delivery, String name) {
        super(BridgeHealth.GROUP, "pachube-delivery-" + name);
        setCamelContext(context);
        this.delivery = delivery;
        this.name = name;
    }

    /** An outage is no reason to restart the bridge. */
    @Override
    public boolean isLiveness() {
        return false;
    }

    @Override
    protected void doCall(HealthCheckResultBuilder result, Map<String, Object> options) {
        DeliveryStatistics state = delivery.statistics(name);
        if (state == null) { // its routes were removed
            result.up();
            return;
        }
        result.detail("delivery.name", name)
                .detail("target.available", !state.isOutage())
                .detail("consumer.route", state.isConsumed())
                .detail("messages.in.flight", state.inFlight())
                .detail("messages.waiting", state.waiting())
                .detail("messages.oldest.seconds", state.oldest().toSeconds())
                .detail("messages.delayed", state.delayedNow())
                .detail("messages.delayed.oldest.seconds", state.oldestDelayed().toSeconds());
        if (state.isOutage()) {
            result.detail(
                    "outage.since",
                    Instant.now().minus(state.outage()).truncatedTo(ChronoUnit.SECONDS).toString());
        }
        if (state.isUnconsumed()) {
            result.message("No route consumes delivery:" + name + ". Add a route from it.").down();
        } else if (state.isOutage() && delivery.isDown()) {
            result.message("delivery:" + name + " is in an outage, and no other target answers")
                    .down();
        } else {
            result.up();
        }
    }
}
