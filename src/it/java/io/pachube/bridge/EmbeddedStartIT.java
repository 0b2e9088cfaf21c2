package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pachube.sandbox.Sandbox;
import io.pachube.sandbox.SandboxPachube;

import org.eclipse.paho.client.mqttv3.MqttException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** The first moments of a bridge that carries its own broker. */
class EmbeddedStartIT {

    private static final String KEY = SandboxPachube.DEMO_KEY;

    private final int mqttPort = Ports.free();
    private final int pachubePort = Ports.free();
    private final String url = "tcp://127.0.0.1:" + mqttPort;
    private final TestBridge bridge =
            new TestBridge("embedded", "embedded")
                    .with("sandbox.mqtt.port", String.valueOf(mqttPort))
                    .with("sandbox.pachube.port", String.valueOf(pachubePort));

    @AfterEach
    void stop() {
        bridge.close();
    }

    /** As soon as the broker takes it, however early that is. */
    private Void publish(String datastream) throws Exception {
        while (true) {
            try (MqttPeer peer = new MqttPeer(url)) {
                peer.publish("pb/" + KEY + "/1/" + datastream, "21.5");
                peer.publish("pb/" + KEY + "/1/" + datastream + "/trigger", "{\"mirror\":true}");
                return null;
            } catch (MqttException e) {
                // the port is not open yet
            }
        }
    }

    @RepeatedTest(3)
    void whatIsPublishedAsSoonAsThePortOpensIsNotLost() throws Exception {
        CompletableFuture<Void> early =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return publish("temperature");
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                        });
        bridge.start();
        early.get();
        String pachube = "http://127.0.0.1:" + pachubePort + "/v2";
        await().untilAsserted(() -> assertEquals("21.5", Http.stored(pachube, KEY, "temperature")));
        try (MqttPeer peer = new MqttPeer(url).listen("pb/" + KEY + "/1/temperature/value")) {
            assertEquals("21.5", peer.await("pb/" + KEY + "/1/temperature/value"));
        }
    }

    @Test
    void itSaysTryItWhenThatIsTrue(@TempDir Path folder) throws Exception {
        try (Mosquitto broker = new Mosquitto(folder)) {
            bridge.with("mqtt.url", broker.url()).start();
            try (LogLines log = new LogLines(Sandbox.class)) {
                broker.start(); // there was none before
                await().atMost(Duration.ofSeconds(60)).until(() -> log.count("Try it") == 1);
            }
            try (MqttPeer peer = new MqttPeer(broker.url())) {
                peer.publish("pb/" + KEY + "/1/temperature", "21.5");
            }
            String pachube = "http://127.0.0.1:" + pachubePort + "/v2";
            await().untilAsserted(
                            () -> assertEquals("21.5", Http.stored(pachube, KEY, "temperature")));
        }
    }
}
