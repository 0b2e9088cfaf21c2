package io.pachube.bridge;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.delivery.DeliveryStatistics;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * A bridge with route files of the test's own, a real mosquitto, and two services on real sockets.
 */
abstract class DeliveryFaultsTestSupport {

    /** Longer than anything here takes. */
    static final Duration LIMIT = Duration.ofSeconds(40);

    private static final JsonMapper JSON = new JsonMapper();

    @TempDir Path folder;

    final FaultyService a = new FaultyService();
    final FaultyService b = new FaultyService();
    final int observePort = Ports.free();
    final AtomicInteger down = new AtomicInteger();
    Path routes;
    Mosquitto mosquitto;
    MqttPeer peer;
    TestBridge bridge;
    private Thread watch;

    @BeforeEach
    void begin() throws IOException {
        routes = Files.createDirectories(folder.resolve("routes"));
        a.start();
        b.start();
    }

    @AfterEach
    void end() throws Exception {
        if (watch != null) {
            watch.interrupt();
            watch.join();
        }
        if (peer != null) {
            peer.close();
        }
        if (bridge != null) {
            bridge.close();
        }
        a.close();
        b.close();
        if (mosquitto != null) {
            mosquitto.close();
        }
    }

    /** Writes a route file; {@code A} and {@code B} in it become the addresses of the services. */
    void route(String name, String text) throws IOException {
        Files.writeString(
                routes.resolve(name + ".camel.yaml"),
                text.replace("http://A", a.url()).replace("http://B", b.url()));
    }

    /** A route from a topic to a delivery, and the one that delivers with a PUT. */
    static String pair(String name, String topic, String options, String target) {
        return """
        - route:
            id: %1$s
            routeConfigurationId: pachubeDelivery
            from:
              uri: "paho:%2$s"
              parameters: { qos: 1 }
              steps:
                - to: delivery:%1$s
        - route:
            id: %1$sStore
            from:
              uri: delivery:%1$s
              parameters: { %3$s }
              steps:
                - setHeader: { name: CamelHttpPath, simple: "/${header.CamelMqttTopic}" }
                # here
                - to: { uri: "%4$s", parameters: { httpMethod: PUT } }
                # behind
        """
                .formatted(name, topic, options, target);
    }

    TestBridge bridge(int window) throws Exception {
        mosquitto =
                new Mosquitto(folder, "max_queued_messages 0", "max_inflight_messages " + window)
                        .start();
        bridge =
                new TestBridge(mosquitto.url(), a.url())
                        .with("management.enabled", "true")
                        .with("management.port", String.valueOf(observePort))
                        .with("retry.timeout", "2s")
                        .with("pachube.response-timeout", "1s")
                        .routes(routes);
        return bridge;
    }

    /** Starts the bridge, and waits until it has subscribed to all topics. */
    void start() throws Exception {
        bridge.start();
        await("readiness is UP").atMost(LIMIT).until(this::isReady);
        peer = MqttPeer.kept(mosquitto.url(), "peer");
        peer.listen("#");
    }

    DeliveryStatistics statistics() {
        return bridge.context().getComponent("delivery", DeliveryComponent.class).statistics();
    }

    boolean isReady() {
        try {
            JsonNode health =
                    JSON.readTree(
                            Http.get(
                                    "http://127.0.0.1:" + observePort + "/observe/health?data=true",
                                    ""));
            boolean isUp = false;
            for (JsonNode check : health.path("checks")) {
                if (check.path("name").asText().startsWith("pachube-")) {
                    isUp = check.path("status").asText().equals("UP");
                    if (!isUp) {
                        return false;
                    }
                }
            }
            return isUp;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Counts in {@link #down} how often readiness is not UP, from now on. */
    void watchReadiness() {
        watch =
                new Thread(
                        () -> {
                            while (!Thread.currentThread().isInterrupted()) {
                                boolean ready = isReady();
                                if (Thread.currentThread().isInterrupted()) {
                                    return;
                                }
                                if (!ready) {
                                    down.incrementAndGet();
                                }
                                try {
                                    Thread.sleep(50);
                                } catch (InterruptedException e) {
                                    return;
                                }
                            }
                        });
        watch.setDaemon(true);
        watch.start();
    }

    void publish(String topic, int first, int last) throws Exception {
        for (int i = first; i <= last; i++) {
            peer.publish(topic, String.valueOf(i));
        }
    }

    static List<String> numbers(int first, int last) {
        return IntStream.rangeClosed(first, last).mapToObj(String::valueOf).toList();
    }

    /** The reports on a topic. */
    List<JsonNode> reports(String topic) throws IOException {
        List<JsonNode> reports = new ArrayList<>();
        for (String report : peer.payloads(topic + "/error")) {
            reports.add(JSON.readTree(report));
        }
        return reports;
    }

    /** The reports, on whatever topic, of messages that failed for good. */
    List<JsonNode> failed() throws IOException {
        List<JsonNode> reports = new ArrayList<>();
        for (MqttPeer.Received received : peer.received()) {
            if (received.topic().endsWith("/error")) {
                JsonNode report = JSON.readTree(received.payload());
                if (!report.path("retrying").asBoolean(true)) {
                    reports.add(report);
                }
            }
        }
        return reports;
    }

    static void pause(Duration duration) {
        await().atMost(duration.plus(LIMIT)).pollDelay(duration).until(() -> true);
    }
}
