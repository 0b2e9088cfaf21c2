package io.pachube.bridge.chaos;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.Mosquitto;
import io.pachube.bridge.Ports;

import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** With the default settings no input exhausts a small heap. */
@Tag("slow")
class SmallHeapIT {

    private static final int FEED = 1;
    private static final int STREAMS = 100;

    @TempDir Path folder;

    /** As after an outage that was longer than the memory for it; more in full. */
    @ParameterizedTest
    @CsvSource({"96m, 40000, 1000", "96m, 1000, 60000"})
    void aBacklogIsDrained(String heap, int values, int size) throws Exception {
        int all = Integer.getInteger("chaos.small-heap", values);
        try (SinkProcess sink = new SinkProcess(folder);
                Mosquitto mosquitto = broker();
                BridgeProcess bridge = bridge(mosquitto, sink, heap)) {
            bridge.start();
            bridge.awaitConnected();
            bridge.kill();
            try (Load load =
                    new Load(
                            mosquitto.url(),
                            World.topics(FEED, STREAMS),
                            (size < 10_000 ? all : values) / STREAMS,
                            0,
                            size)) {
                load.join();
                sink.behave(Behaviour.AWAY);
                bridge.start();
                bridge.awaitConnected();
                // it fills its memory
                await().pollDelay(Duration.ofSeconds(8)).until(() -> true);
                sink.behave(Behaviour.GOOD);
                await("all are stored")
                        .atMost(Duration.ofMinutes(3))
                        .until(() -> sink.count(FEED) == load.total());
            }
            assertTrue(bridge.isRunning());
            bridge.terminate();
        }
    }

    /** It is sent again at each connection, so that a restart is no remedy. */
    @Test
    void onePayloadThatIsLargerThanTheHeapStopsNothing() throws Exception {
        try (SinkProcess sink = new SinkProcess(folder);
                Mosquitto mosquitto = broker();
                BridgeProcess bridge = bridge(mosquitto, sink, "96m")) {
            sink.behave(Behaviour.GOOD);
            bridge.start();
            bridge.awaitConnected();
            try (MqttClient client =
                    new MqttClient(mosquitto.url(), "poison", new MemoryPersistence())) {
                client.connect();
                client.publish("pb/whoever/1/x", new byte[100 << 20], 1, false);
                client.publish("pb/key0/1/stream0", "1".getBytes(), 1, false);
                await().atMost(Duration.ofMinutes(1)).until(() -> sink.count(FEED) == 1);
                bridge.kill();
                bridge.start();
                client.publish("pb/key0/1/stream0", "2".getBytes(), 1, false);
                await().atMost(Duration.ofMinutes(1)).until(() -> sink.count(FEED) == 2);
                client.disconnect();
            }
        }
    }

    private Mosquitto broker() throws Exception {
        return new Mosquitto(folder, "max_queued_messages 0", "max_inflight_messages 0").start();
    }

    private BridgeProcess bridge(Mosquitto mosquitto, SinkProcess sink, String heap)
            throws Exception {
        return new BridgeProcess(
                folder.resolve("bridge"),
                Map.of(
                        "MQTT_URL",
                        mosquitto.url(),
                        "PACHUBE_URL",
                        sink.url(),
                        "MANAGEMENT_ENABLED",
                        "false",
                        "CALLBACK_HOST",
                        "127.0.0.1",
                        "CALLBACK_PORT",
                        String.valueOf(Ports.free()),
                        "CALLBACK_SECRET",
                        World.SECRET),
                heap);
    }
}
