package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pachube.sandbox.SandboxPachube;
import io.pachube.sandbox.TestPachube;

import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;

/** Bridges of one JVM, whose contexts share a registry of meters. */
class TwoBridgesMetricsIT {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir Path folder;

    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final TestPachube pachube = new TestPachube("127.0.0.1", 0);
    private final List<CamelContext> contexts = new ArrayList<>();
    private Mosquitto mosquitto;

    @BeforeEach
    void start() throws Exception {
        mosquitto = new Mosquitto(folder).start();
        pachube.start();
    }

    @AfterEach
    void stop() throws Exception {
        for (CamelContext context : contexts) {
            context.close();
        }
        pachube.close();
        mosquitto.close();
    }

    private PachubeBridge bridge(String context, String prefix) throws Exception {
        Properties settings = new Properties();
        settings.putAll(
                new TestBridge(mosquitto.url(), pachube.url())
                        .with("mqtt.client-id", prefix)
                        .with("mqtt.topic-prefix", prefix)
                        .settings());
        CamelContext host = new DefaultCamelContext();
        contexts.add(host);
        host.getCamelContextExtension().setName(context);
        host.getRegistry().bind("meters", meters);
        host.getPropertiesComponent().setInitialProperties(settings);
        PachubeBridge bridge = new PachubeBridge();
        host.addRoutes(bridge);
        host.start();
        return bridge;
    }

    private Set<Meter.Id> of(String context) {
        return meters.getMeters().stream()
                .map(Meter::getId)
                .filter(id -> context.equals(id.getTag("context")))
                .collect(Collectors.toSet());
    }

    private double delivered(String context) {
        return meters.get("pachube.bridge.messages.delivered")
                .tag("context", context)
                .tag("name", "pachube")
                .functionCounter()
                .count();
    }

    private void deliver(String context, String prefix) throws Exception {
        double before = delivered(context);
        try (MqttPeer peer = new MqttPeer(mosquitto.url())) {
            await().atMost(LIMIT)
                    .until(
                            () -> {
                                peer.publish(
                                        prefix + "/" + SandboxPachube.DEMO_KEY + "/1/temperature",
                                        "1");
                                return delivered(context) > before;
                            });
        }
    }

    @Test
    void aClosedBridgeTakesItsOwnMetersAndNoOthers() throws Exception {
        PachubeBridge one = bridge("one", "first");
        bridge("two", "second");
        deliver("one", "first");
        assertEquals(0, delivered("two"));
        deliver("two", "second");
        Set<Meter.Id> two = of("two");
        assertFalse(of("one").isEmpty());

        PachubeBridge namesake = bridge("two", "third");
        deliver("two", "second");
        one.close();
        namesake.close();
        assertEquals(Set.of(), of("one"));
        assertTrue(of("two").containsAll(two));
        deliver("two", "second");
    }

    /** The fault: the keys of the bridge that was started last were masked, and no others. */
    @Test
    void theKeysOfEachBridgeAreMaskedAndAClosedOneDisturbsNoOther() throws Exception {
        TraceLog log = new TraceLog(folder, "trace", "%masked{%m%n%xEx}");
        try (log) {
            bridge("one", "first");
            PachubeBridge other = bridge("two", "second");
            for (String prefix : List.of("first", "second")) {
                refuse(prefix, "k1");
            }
            other.close();
            refuse("first", "k2");
            deliver("one", "first");
        }
        String everywhere = log.text();
        assertTrue(everywhere.contains("first/***/1/temperature"));
        assertTrue(everywhere.contains("second/***/1/temperature"));
        for (String secret : List.of("first/k1", "second/k1", "first/k2")) {
            assertFalse(everywhere.contains(secret), secret);
        }
    }

    /** Publishes with a key that Pachube does not know, too short to be found by its text. */
    private void refuse(String prefix, String key) throws Exception {
        String topic = prefix + "/" + key + "/1/temperature";
        try (MqttPeer peer = new MqttPeer(mosquitto.url()).listen(topic + "/error")) {
            await().atMost(LIMIT)
                    .until(
                            () -> {
                                peer.publish(topic, "1");
                                return !peer.payloads(topic + "/error").isEmpty();
                            });
        }
    }

    @Test
    void aStoppedContextLeavesNoMeters() throws Exception {
        bridge("one", "first");
        deliver("one", "first");
        contexts.get(0).stop();
        assertEquals(List.of(), meters.getMeters());
    }
}
