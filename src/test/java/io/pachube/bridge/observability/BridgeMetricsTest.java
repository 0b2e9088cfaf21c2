package io.pachube.bridge.observability;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pachube.bridge.log.SecretMasker;

import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Labels whose values come and go. */
class BridgeMetricsTest {

    private static final String LABEL = DeliveryRecorder.NAME;

    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final CamelContext context = new DefaultCamelContext();
    private final Map<String, Long> values = new ConcurrentHashMap<>();
    private final BridgeMetrics metrics = new BridgeMetrics();

    @BeforeEach
    void bind() {
        context.getRegistry().bind("meters", registry);
        metrics.counters("things", LABEL, "Things", () -> Map.copyOf(values));
        metrics.bindTo(context);
    }

    @AfterEach
    void close() throws Exception {
        metrics.remove();
        assertEquals(List.of(), registry.getMeters());
        context.close();
    }

    private List<String> members(String meter) {
        return registry.getMeters().stream()
                .map(Meter::getId)
                .filter(id -> id.getName().equals("pachube.bridge." + meter))
                .map(id -> id.getTag(LABEL))
                .sorted()
                .toList();
    }

    private void awaitMembers(Supplier<Object> actual, Object expected) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> {
                            metrics.update();
                            assertEquals(expected, actual.get());
                        });
    }

    @Test
    void theMetersOfAMemberThatIsGoneAreRemoved() {
        values.put("a", 3L);
        values.put("b", 4L);
        awaitMembers(() -> members("things"), List.of("a", "b"));
        metrics.onAttempt("a", 5);
        metrics.onRequest("a", 503, 1);
        assertEquals(List.of("a"), members("batch.size"));
        assertEquals(
                1, registry.get("pachube.bridge.requests").tag("outcome", "5xx").timer().count());

        values.remove("a");
        awaitMembers(() -> members("things"), List.of("b"));
        assertEquals(List.of(), members("batch.size"));
        assertEquals(List.of(), members("requests"));
        metrics.onAttempt("a", 5); // the last one of a name
        awaitMembers(() -> members("batch.size"), List.of());

        values.put("a", 1L);
        awaitMembers(() -> members("things"), List.of("a", "b"));
        assertEquals(
                4, registry.get("pachube.bridge.things").tag(LABEL, "b").functionCounter().count());
    }

    @Test
    void namesThatAreComputedFromMessagesAreBounded() {
        for (int i = 0; i < 1_000; i++) {
            values.put("name" + i, 1L);
        }
        awaitMembers(() -> members("things").size(), 100);
        for (int i = 0; i < 1_000; i++) {
            metrics.onAttempt("name" + i, 1);
            metrics.onRequest("name" + i, 200, 1);
        }
        assertEquals(100, members("batch.size").size());
        assertEquals(100, members("requests").size());
    }

    @Test
    void aNameThatIsAKeyIsNotMeasured() {
        SecretMasker.add("k3yOfSomebody");
        values.put("k3yOfSomebody", 1L);
        values.put("house", 1L);
        awaitMembers(() -> members("things"), List.of("house"));
        metrics.onAttempt("k3yOfSomebody", 1);
        metrics.onRequest("k3yOfSomebody", 200, 1);
        assertEquals(List.of(), members("requests"));
    }
}
