package io.pachube.bridge.chaos;

import io.pachube.bridge.Ports;

import org.awaitility.Awaitility;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Scenes of inputs that are larger, more or slower than they should be. */
final class AbuseScenes {

    private static final int STREAMS = 100;
    private static final int WINDOW = 100;

    /** mosquitto resends a resumed session beyond its window. */
    private static final int HELD = 1_000;

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path folder;
    private final Sizes sizes;
    private final SinkProcess sink;

    AbuseScenes(Path folder, Sizes sizes, SinkProcess sink) {
        this.folder = folder;
        this.sizes = sizes;
        this.sink = sink;
    }

    /** The broker sends it again at each connection, so a restart is no remedy. */
    Row poisonPayload() throws Exception {
        int mebibytes = sizes.timed() ? 200 : 40;
        String heap = sizes.timed() ? "512m" : "128m";
        sink.behave(Behaviour.GOOD);
        try (World poisoned = new World(folder.resolve("poison"), sink, WINDOW, Map.of());
                BridgeProcess bridge = poisoned.bridge("tight", Map.of(), heap);
                MqttClient client =
                        new MqttClient(poisoned.broker.url(), "poison", new MemoryPersistence())) {
            bridge.start();
            bridge.awaitConnected();
            client.connect();
            client.setTimeToWait(PATIENCE.toMillis());
            client.publish("pb/whoever/30/x", new byte[mebibytes << 20], 1, false);
            try (Load load = new Load(poisoned.broker.url(), World.topics(30, STREAMS), 5, 0)) {
                load.join();
                bridge.kill();
                bridge.start();
                Row row =
                        poisoned.row(
                                "23 a payload of %d MiB, heap %s".formatted(mebibytes, heap),
                                30,
                                load,
                                HELD);
                client.disconnect();
                return exact(row, bridge);
            }
        }
    }

    /** As after an outage that was longer than the memory for it. */
    Row smallHeap(int number, int feed, String heap) throws Exception {
        int values = sizes.timed() ? 100_000 : sizes.away();
        sink.behave(Behaviour.GOOD);
        try (World small = new World(folder.resolve("heap" + heap), sink, WINDOW, Map.of());
                BridgeProcess bridge = small.bridge("small", Map.of(), heap)) {
            bridge.start();
            bridge.awaitConnected();
            bridge.kill();
            try (Load load =
                    new Load(
                            small.broker.url(),
                            World.topics(feed, STREAMS),
                            values / STREAMS,
                            0,
                            1_000)) {
                load.join();
                sink.behave(Behaviour.AWAY);
                bridge.start();
                bridge.awaitConnected();
                pause(Duration.ofSeconds(sizes.outageSeconds())); // it fills its memory
                sink.behave(Behaviour.GOOD);
                Row row =
                        small.row(
                                "%d %d queued values, heap %s".formatted(number, values, heap),
                                feed,
                                load,
                                HELD);
                return exact(row, bridge);
            }
        }
    }

    Row silentSenders() throws Exception {
        sink.behave(Behaviour.GOOD);
        List<Socket> silent = new ArrayList<>();
        int port = Ports.free();
        Map<String, String> settings =
                Map.of("CALLBACK_READ_TIMEOUT", "3s", "CALLBACK_PORT", String.valueOf(port));
        try (World world = new World(folder.resolve("silent"), sink, WINDOW, settings)) {
            world.bridge.start();
            world.bridge.awaitConnected();
            try (Callbacks first = new Callbacks(port, "key0", "alarm")) {
                Awaitility.await().atMost(PATIENCE).until(() -> first.count(200) > 0);
            }
            for (int i = 0; i < 100; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                silent.add(socket);
                socket.setSoTimeout((int) PATIENCE.toMillis());
                socket.getOutputStream()
                        .write(
                                ("POST "
                                                + Callbacks.path("key0", "alarm")
                                                + " HTTP/1.1\r\nHost: bridge\r\nContent-Type:"
                                                + " application/x-www-form-urlencoded\r\n"
                                                + "Content-Length: 100\r\n\r\nbody=")
                                        .getBytes(StandardCharsets.US_ASCII));
            }
            try (Callbacks good = new Callbacks(port, "key0", "alarm");
                    Load load = new Load(world.broker.url(), World.topics(33, STREAMS), 5, 0)) {
                int refused = 0;
                for (Socket socket : silent) {
                    byte[] status = socket.getInputStream().readNBytes("HTTP/1.1 408".length());
                    refused +=
                            new String(status, StandardCharsets.US_ASCII).endsWith("408") ? 1 : 0;
                }
                int before = good.count(200);
                Awaitility.await().atMost(PATIENCE).until(() -> good.count(200) > before + 100);
                good.close();
                Row row = world.row("26 100 silent callback senders", 33, load.join(), 0);
                if (refused < silent.size()) {
                    row.failures().add("silent senders that got no 408");
                }
                if (good.answers.keySet().stream().anyMatch(status -> status != 200)) {
                    row.failures().add("good callbacks were refused: " + good.answers);
                }
                return row;
            }
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    private static Row exact(Row row, BridgeProcess bridge) throws InterruptedException {
        if (row.givenUp() > 0) {
            row.failures().add("given up");
        }
        if (!bridge.isRunning()) {
            row.failures().add("the bridge has ended");
        } else {
            bridge.terminate(); // throws if it does not stop
        }
        return row;
    }

    private static void pause(Duration duration) {
        Awaitility.await().atMost(duration.plus(PATIENCE)).pollDelay(duration).until(() -> true);
    }
}
