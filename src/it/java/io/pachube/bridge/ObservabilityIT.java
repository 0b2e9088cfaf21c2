package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.sandbox.SandboxPachube;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Health and metrics, as an operator reads them. */
class ObservabilityIT {

    private static final String TEMPERATURE = "pb/" + SandboxPachube.DEMO_KEY + "/1/temperature";
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** The text format of Prometheus, version 0.0.4. */
    private static final Pattern EXPOSITION =
            Pattern.compile(
                    "# (HELP|TYPE) [a-z_0-9]+ .+|[a-z_0-9]+(\\{([a-z]+=\"[^\"\\\\]*\",?)+\\})?"
                            + " (-?[0-9.]+(E-?[0-9]+)?|\\+Inf|NaN)");

    @TempDir Path folder;

    private final JsonMapper json = new JsonMapper();
    private final int port = Ports.free();
    private final SandboxPachube pachube = new SandboxPachube("127.0.0.1", 0);
    private Mosquitto mosquitto;
    private TestBridge bridge;
    private MqttPeer peer;

    @BeforeEach
    void start() throws Exception {
        pachube.start();
        mosquitto = new Mosquitto(folder).start();
        bridge =
                new TestBridge(mosquitto.url(), pachube.url())
                        .with("management.enabled", "true")
                        .with("management.port", String.valueOf(port))
                        .with("camel.metrics.binders", binders())
                        .start();
        peer = new MqttPeer(mosquitto.url());
        await().atMost(LIMIT).until(() -> isUp("pachube-broker"));
    }

    @AfterEach
    void stop() throws Exception {
        peer.close();
        bridge.close();
        mosquitto.close();
        pachube.close();
    }

    /** As the page and the shipped settings have it. */
    private static String binders() throws IOException {
        String line = "camel.metrics.binders=";
        String page = Files.readString(Path.of("docs/metrics.md"));
        String binders = page.lines().filter(l -> l.startsWith(line)).findFirst().orElseThrow();
        assertTrue(Files.readString(Path.of("application.properties")).contains("#" + binders));
        return binders.substring(line.length());
    }

    private JsonNode check(String name) throws Exception {
        String body = Http.get("http://127.0.0.1:" + port + "/observe/health?data=true", "");
        for (JsonNode check : json.readTree(body).path("checks")) {
            if (check.path("name").asText().equals(name)) {
                return check;
            }
        }
        throw new AssertionError("no check " + name + " in " + body);
    }

    private boolean isUp(String check) throws Exception {
        return check(check).path("status").asText().equals("UP");
    }

    private JsonNode target() throws Exception {
        return check("pachube-delivery-pachube").path("data");
    }

    private boolean isReady() throws Exception {
        return Http.send("GET", "http://127.0.0.1:" + port + "/observe/health/ready", null, "")
                        .statusCode()
                == 200;
    }

    /** The lines of the bridge's own meters. */
    private String metrics() throws Exception {
        return Http.get("http://127.0.0.1:" + port + "/observe/metrics", "")
                .lines()
                .filter(line -> line.matches("(# (HELP|TYPE) )?pachube_bridge_.*"))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    /** The sum over the labels that are not named. */
    private double value(String meter, String... labels) throws Exception {
        return metrics()
                .lines()
                .filter(line -> line.matches("pachube_bridge_" + meter + "\\{.*"))
                .filter(line -> Stream.of(labels).allMatch(line::contains))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .reduce(Double::sum)
                .orElse(Double.NaN); // equal to nothing
    }

    private double delivered() throws Exception {
        return value("messages_delivered_total", "name=\"pachube\"");
    }

    private void deliver() {
        await().atMost(LIMIT)
                .until(
                        () -> {
                            peer.publish(TEMPERATURE, "1");
                            return delivered() > 0;
                        });
    }

    @Test
    void healthAndMetricsTellHowTheBridgeIs() throws Exception {
        deliver();
        peer.publish("pb/wrong/1/temperature", "1");
        await().atMost(LIMIT)
                .until(
                        () ->
                                value("messages_rejected_total", "name=\"pachube\"") == 1
                                        && value("error_reports_published_total") == 1);
        assertTrue(value("mqtt_received_total") >= delivered() + 1);
        assertTrue(value("messages_received_total", "name=\"pachube\"") >= delivered() + 1);
        assertEquals(0, value("mqtt_dropped_total"));
        assertEquals(0, value("messages_abandoned_total", "name=\"pachube\""));
        assertEquals(0, value("callbacks_total", "status=\"200\""));
        assertEquals(0, value("outage", "name=\"pachube\""));
        assertEquals(delivered(), value("requests_seconds_count", "outcome=\"2xx\""));
        assertEquals(1, value("requests_seconds_count", "outcome=\"4xx\""));
        assertEquals(
                delivered(), value("requests_seconds_bucket", "outcome=\"2xx\"", "le=\"+Inf\""));
        assertEquals(delivered() + 1, value("batch_size_sum", "name=\"pachube\""));
        assertTrue(value("mqtt_publishes_total") >= 1);

        Instant before = Instant.now().minusSeconds(1);
        pachube.stop();
        peer.publish(TEMPERATURE, "2");
        await().atMost(LIMIT).until(() -> value("messages_delayed_total") == 1);
        // a target that answered in the last second is not down yet
        await().atMost(LIMIT).until(() -> !isUp("pachube-delivery-pachube"));
        assertFalse(isReady());
        assertTrue(isUp("pachube-broker"));
        JsonNode away = target();
        assertFalse(away.path("target.available").asBoolean());
        assertTrue(away.path("consumer.route").asBoolean());
        assertEquals(1, away.path("messages.delayed").asInt());
        assertFalse(before.isAfter(Instant.parse(away.path("outage.since").asText())));
        assertEquals(1, value("outage", "name=\"pachube\""));
        assertEquals(1, value("messages_retrying", "name=\"pachube\""));
        await().atMost(LIMIT).until(() -> value("messages_oldest_age_seconds") > 1);
        await().atMost(LIMIT).until(() -> value("requests_seconds_count", "\"none\"") > 0);
        pachube.start();
        await().atMost(LIMIT).until(this::isReady);
        await().atMost(LIMIT).until(() -> target().path("messages.delayed").asInt() == 0);
        assertEquals(0, value("messages_oldest_age_seconds"));

        mosquitto.stop();
        await().atMost(LIMIT).until(() -> !isUp("pachube-broker"));
        assertFalse(check("pachube-broker").path("data").path("broker.connected").asBoolean());
        await().atMost(LIMIT).until(() -> value("mqtt_connected") == 0);
    }

    @Test
    void theMetricsAreWhatPrometheusReads() throws Exception {
        deliver();
        Http.postForm(bridge.callbackUrl() + "/forged", "{}");
        await().atMost(LIMIT).until(() -> value("callbacks_total", "status=\"404\"") == 1);
        String metrics = metrics();
        assertFalse(metrics.contains(SandboxPachube.DEMO_KEY), metrics);
        metrics.lines().forEach(line -> assertTrue(EXPOSITION.matcher(line).matches(), line));
        Optional<Promtool> promtool = Promtool.find();
        if (promtool.isPresent()) {
            assertEquals("", promtool.get().run(metrics, "check", "metrics"));
        }
    }

    @Test
    void theMetersOfTheJvmAreThereIfTheSettingNamesThem() throws Exception {
        String all = Http.get("http://127.0.0.1:" + port + "/observe/metrics", "");
        for (String meter :
                List.of(
                        "jvm_memory_used_bytes",
                        "jvm_gc_memory_allocated_bytes_total",
                        "jvm_threads_live_threads",
                        "process_cpu_usage",
                        "process_uptime_seconds")) {
            assertTrue(all.contains("\n" + meter), meter);
        }
    }

    @Test
    void thePageListsEachMeterAndEachDetailOfHealth() throws Exception {
        deliver();
        Set<String> meters = find("(?m)^# TYPE (pachube_bridge_\\w+)", metrics());
        meters.removeIf(meter -> meter.endsWith("_max"));
        String page = Files.readString(Path.of("docs/metrics.md"));
        Set<String> listed =
                find("`(pachube_bridge_\\w+)`", page.substring(0, page.indexOf("## Health")));
        assertEquals(meters, listed);

        pachube.stop();
        peer.publish(TEMPERATURE, "2");
        await().atMost(LIMIT).until(() -> target().has("outage.since"));
        Set<String> details = new TreeSet<>();
        target().fieldNames().forEachRemaining(details::add);
        check("pachube-broker").path("data").fieldNames().forEachRemaining(details::add);
        details.removeIf(detail -> !detail.matches("[a-z]+(\\.[a-z]+)+") || isCamels(detail));
        assertEquals(
                details,
                find("(?m)^\\| `([a-z.]+)` \\|", page.substring(page.indexOf("## Health"))));
    }

    private static boolean isCamels(String detail) {
        return Stream.of("check.", "invocation.", "failure.", "success.")
                .anyMatch(detail::startsWith);
    }

    private static Set<String> find(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map((MatchResult match) -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
