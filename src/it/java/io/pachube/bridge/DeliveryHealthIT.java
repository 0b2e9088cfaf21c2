package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckRegistry;
import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.util.Map;

/** Readiness with several targets. */
class DeliveryHealthIT extends DeliveryFaultsTestSupport {

    private static final String FAST_REPEAT = "maxConcurrentRequests: 4";

    private HealthCheck.Result check(String id) {
        return HealthCheckRegistry.get(bridge.context()).getCheck(id).orElseThrow().call();
    }

    private Map<String, Object> details(String name) {
        return check("pachube-delivery-" + name).getDetails();
    }

    @Test
    void oneTargetInAnOutageIsShownAndReadinessIsDownWhenNoneAnswers() throws Exception {
        route("house", pair("house", "house/+/+", FAST_REPEAT, "http://A"));
        route("garden", pair("garden", "garden/+/+", FAST_REPEAT, "http://B"));
        bridge(100);
        start();
        peer.publish("house/kitchen/power", "1");
        peer.publish("garden/pond/level", "1");
        await().atMost(LIMIT).until(() -> statistics().delivered() == 2);

        a.stop();
        peer.publish("house/kitchen/power", "2");
        await().atMost(LIMIT).until(() -> !(boolean) details("house").get("target.available"));
        assertTrue((boolean) details("garden").get("target.available"));
        assertTrue(isReady(), "the other target answers");
        b.stop();
        peer.publish("garden/pond/level", "2");
        await().atMost(LIMIT).until(() -> !isReady());
        assertEquals(HealthCheck.State.UP, check("pachube-broker").getState());
        b.start();
        await().atMost(LIMIT).until(this::isReady);
        a.start();
        await().atMost(LIMIT).until(() -> statistics().delivered() == 4);
    }

    @Test
    void messagesThatNoRouteConsumesKeepReadinessDown() throws Exception {
        route("house", pair("house", "house/+/+", FAST_REPEAT, "http://A"));
        bridge(100).with("routes.reload", "true");
        start();
        String both = Files.readString(routes.resolve("house.camel.yaml"));
        route("house", both.substring(0, both.indexOf("- route:\n    id: houseStore")));
        await().atMost(LIMIT).until(() -> !(boolean) details("house").get("consumer.route"));
        await().atMost(LIMIT).until(this::isReady); // nothing waits
        peer.publish("house/kitchen/power", "1");
        await().atMost(LIMIT).until(() -> !isReady());
        assertEquals(1, details("house").get("messages.waiting"));
        route("house", both);
        await().atMost(LIMIT).until(this::isReady);
        await().atMost(LIMIT).until(() -> statistics().delivered() == 1);
    }
}
