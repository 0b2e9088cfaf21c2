package io.pachube.bridge.routes;

import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.mqtt.MqttClientManager;

import org.apache.camel.CamelContext;
import org.apache.camel.model.Model;
import org.apache.camel.model.RouteDefinition;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Stops routes and removes them from the context. */
final class RouteRemoval {

    /** Exchanges in flight have this long to complete when their route is replaced. */
    private static final Duration DRAIN_TIMEOUT = Duration.ofMillis(500);

    /** The others then have this long to be revoked, and Camel to stop the route. */
    private static final Duration STOP_TIMEOUT = Duration.ofMillis(300);

    private final CamelContext context;
    private final MqttClientManager mqtt;
    private final DeliveryComponent delivery;

    RouteRemoval(CamelContext context, MqttClientManager mqtt, DeliveryComponent delivery) {
        this.context = context;
        this.mqtt = mqtt;
        this.delivery = delivery;
    }

    /** Removes routes; messages that do not complete in a moment stay with the broker. */
    void drain(List<String> ids) {
        ids.forEach(mqtt::stopAccepting);
        awaitIdle(ids, DRAIN_TIMEOUT);
        ids.forEach(mqtt::revoke);
        delivery.revokeFrom(ids);
        awaitIdle(ids, STOP_TIMEOUT);
        for (String id : ids) {
            try {
                removeRoute(id, STOP_TIMEOUT.toMillis());
            } catch (Exception e) {
                throw new IllegalStateException("The route " + id + " does not stop", e);
            }
        }
    }

    private void awaitIdle(List<String> ids, Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        while (ids.stream().anyMatch(id -> context.getInflightRepository().size(id) > 0)
                && System.nanoTime() < end) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    /** Removes routes that accept nothing more, one after the other, within this time. */
    void remove(List<String> ids, Duration timeout) throws Exception {
        long end = System.nanoTime() + timeout.toNanos();
        for (String id : ids) {
            removeRoute(id, Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
        }
    }

    private void removeRoute(String id, long millis) throws Exception {
        context.getRouteController().stopRoute(id, millis, TimeUnit.MILLISECONDS);
        Model model = context.getCamelContextExtension().getContextPlugin(Model.class);
        RouteDefinition route = model.getRouteDefinition(id);
        if (route != null) {
            model.removeRouteDefinition(route);
        }
    }
}
