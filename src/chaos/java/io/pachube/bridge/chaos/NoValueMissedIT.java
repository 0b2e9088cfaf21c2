package io.pachube.bridge.chaos;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pachube.bridge.Forwarder;
import io.pachube.bridge.Mosquitto;
import io.pachube.bridge.Ports;
import io.pachube.sandbox.SandboxPachube;

import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;

/**
 * Who writes knows nothing of MQTT, and is faster than Pachube's triggers; bridge, broker and
 * callback address are taken away in the middle. Whoever subscribes to a mirror gets every value,
 * in order.
 */
@Tag("slow")
class NoValueMissedIT {

    private static final String KEY = SandboxPachube.DEMO_KEY;
    private static final String TEMPERATURE = "pb/" + KEY + "/1/temperature";
    private static final int VALUES = 1_000;

    @TempDir Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private final int callbackPort = Ports.free();

    /** Closed in the opposite order. */
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    private final List<String> received = new CopyOnWriteArrayList<>();
    private SandboxPachube pachube;
    private Forwarder callback;
    private int written;

    @BeforeEach
    void start() throws Exception {
        pachube = new SandboxPachube("127.0.0.1", 0);
        open.push(pachube);
        pachube.start();
        callback = new Forwarder(callbackPort);
        open.push(callback);
        callback.open();
    }

    @AfterEach
    void stop() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    private BridgeProcess bridge(Map<String, String> broker) throws Exception {
        Map<String, String> settings = new HashMap<>(broker);
        settings.put("PACHUBE_URL", pachube.url());
        settings.put("CALLBACK_HOST", "127.0.0.1");
        settings.put("CALLBACK_PORT", String.valueOf(callbackPort));
        settings.put("CALLBACK_URL", "http://127.0.0.1:" + callback.port() + "/callback");
        settings.put("CALLBACK_SECRET", World.SECRET);
        settings.put("HISTORY_POLL_INTERVAL", "1s");
        settings.put("MANAGEMENT_ENABLED", "false");
        BridgeProcess bridge = new BridgeProcess(folder.resolve("bridge"), settings);
        open.push(bridge);
        return bridge;
    }

    /** A mirror, somebody who listens, and the value from before. */
    private void mirror(String url) throws Exception {
        put(0);
        // the embedded broker admits nobody before the bridge's sessions exist
        await("admitted")
                .atMost(Duration.ofMinutes(1))
                .ignoreExceptions()
                .until(
                        () -> {
                            open.push(
                                    new Subscriber(
                                            url,
                                            TEMPERATURE + "/value",
                                            (topic, value) -> received.add(value)));
                            return true;
                        });
        try (MqttClient client = new MqttClient(url, "declares", new MemoryPersistence())) {
            client.connect();
            client.publish(
                    TEMPERATURE + "/trigger",
                    "{\"mirror\":true}".getBytes(StandardCharsets.UTF_8),
                    1,
                    true);
            await("the value from before")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> received.contains("0"));
            client.disconnect();
        }
    }

    private void put(int value) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(
                                URI.create(pachube.url() + "/feeds/1/datastreams/temperature.csv"))
                        .header("X-PachubeApiKey", KEY)
                        .PUT(HttpRequest.BodyPublishers.ofString(String.valueOf(value)))
                        .build();
        assertEquals(200, http.send(request, BodyHandlers.discarding()).statusCode());
    }

    private void burst(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            put(++written);
        }
    }

    /** Less than Pachube's 5 seconds. */
    private static void pause() {
        await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
    }

    /** Duplicates do not count. */
    private void assertNothingIsMissed() {
        await("the last value")
                .atMost(Duration.ofSeconds(30))
                .until(() -> received.contains(String.valueOf(VALUES)));
        assertEquals(VALUES, written);
        assertEquals(
                IntStream.rangeClosed(0, VALUES).mapToObj(String::valueOf).toList(),
                received.stream().distinct().toList());
    }

    @Test
    void onMosquitto() throws Exception {
        Mosquitto broker = new Mosquitto(folder, "max_queued_messages 0").start();
        open.push(broker);
        BridgeProcess bridge = bridge(Map.of("MQTT_URL", broker.url()));
        bridge.start();
        mirror(broker.url());

        burst(100);
        pause();
        burst(100);

        callback.close();
        burst(100);
        pause();
        burst(100);
        callback.open();
        burst(100);

        bridge.kill();
        burst(100);
        bridge.start();
        burst(100);
        pause();

        burst(50);
        broker.stop();
        burst(50);
        pause();
        broker.start();
        burst(100);
        pause();
        burst(100);
        assertNothingIsMissed();
    }

    @Test
    void onTheEmbeddedBroker() throws Exception {
        int port = Ports.free();
        BridgeProcess bridge =
                bridge(Map.of("MQTT_URL", "embedded", "SANDBOX_MQTT_PORT", String.valueOf(port)));
        bridge.start();
        mirror("tcp://127.0.0.1:" + port);

        burst(300);
        pause();
        callback.close();
        burst(200);
        pause();
        burst(200);
        callback.open();
        pause();
        burst(300);
        assertNothingIsMissed();
    }
}
