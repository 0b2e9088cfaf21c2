package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.sandbox.SandboxPachube;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Health and metrics, as an operator reads them. */
class ObservabilityTest {

    @TempDir Path folder;

    private final JsonMapper json = new JsonMapper();
    private final int port = Ports.free();

    private JsonNode health() throws Exception {
        String body = Http.get("http://127.0.0.1:" + port + "/observe/health?data=true", "");
        for (JsonNode check : json.readTree(body).path("checks")) {
            if (check.path("name").asText().equals("pachube-bridge")) {
                return check;
            }
        }
        throw new AssertionError("no check of the bridge in " + body);
    }

    private double counter(String name) throws Exception {
        String all = Http.get("http://127.0.0.1:" + port + "/observe/metrics", "");
        return all.lines()
                .filter(line -> line.startsWith("pachube_bridge_" + name + "_total "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not among the metrics"));
    }

    @Test
    void healthAndMetricsTellHowTheBridgeIs() throws Exception {
        SandboxPachube pachube = new SandboxPachube("127.0.0.1", 0);
        pachube.start();
        try (pachube;
                Mosquitto mosquitto = new Mosquitto(folder).start();
                TestBridge bridge =
                        new TestBridge(mosquitto.url(), pachube.url())
                                .with("management.enabled", "true")
                                .with("management.port", String.valueOf(port))) {
            bridge.start();
            await().until(() -> health().path("status").asText().equals("UP"));
            assertPageFits();
            try (MqttPeer peer = new MqttPeer(mosquitto.url())) {
                String temperature = "pb/" + SandboxPachube.DEMO_KEY + "/1/temperature";
                await().until(
                                () -> {
                                    peer.publish(temperature, "1");
                                    return counter("stored") > 0;
                                });
                peer.publish("pb/wrong/1/temperature", "1");
                await().until(() -> counter("refused") == 1 && counter("reports") == 1);
                assertTrue(counter("received") >= counter("stored") + 1);
                assertEquals(0, counter("dropped"));
                assertEquals(0, counter("given_up"));
                assertEquals(0, counter("notified"));

                pachube.stop();
                peer.publish(temperature, "2");
                await().until(() -> counter("held") == 1);
                // a target that answered in the last second is not down yet
                await().until(() -> health().path("status").asText().equals("DOWN"));
                JsonNode away = health();
                assertEquals(false, away.path("data").path("pachube.reachable").asBoolean());
                assertEquals(1, away.path("data").path("held.values").asInt());
                pachube.start();
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> health().path("status").asText().equals("UP"));
                await().until(() -> health().path("data").path("held.values").asInt() == 0);
            }
            mosquitto.stop();
            await().until(() -> health().path("status").asText().equals("DOWN"));
            assertEquals(false, health().path("data").path("broker.connected").asBoolean());
        }
    }

    /** The tables of the page name the counters, and the details of the check. */
    private void assertPageFits() throws Exception {
        String page = Documents.read(Path.of("docs", "operations.md"));
        String metrics = Http.get("http://127.0.0.1:" + port + "/observe/metrics", "");
        assertEquals(
                names(metrics, "(?m)^(pachube_bridge_\\w+)"),
                names(page, "(?m)^\\| `(pachube_bridge_\\w+)` \\|"));
        Set<String> details = names(page, "(?m)^\\| `(\\w+\\.\\w+(?:\\.\\w+)*)` \\|");
        assertTrue(details.size() > 3);
        details.forEach(name -> assertTrue(health(name), name));
    }

    private boolean health(String detail) {
        try {
            return health().path("data").has(detail);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static Set<String> names(String text, String pattern) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
