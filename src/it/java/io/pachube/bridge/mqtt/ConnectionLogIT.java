package io.pachube.bridge.mqtt;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.LogLines;
import io.pachube.bridge.Mosquitto;

import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.EOFException;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

class ConnectionLogIT {

    private static final String URL = "tcp://broker.example.org:1883";
    private static final Exception REFUSED =
            new MqttException(new ConnectException("Connection refused"));

    @TempDir Path folder;

    private final LogLines lines = new LogLines(ConnectionLog.class);
    private long now;
    private final ConnectionLog log = new ConnectionLog(URL, () -> now);

    @AfterEach
    void close() {
        lines.close();
    }

    private long warnings() {
        return lines.count("is not connected");
    }

    @Test
    void anOutageIsOneLineAndThenOneAMinute() {
        List<String> clients = List.of("a", "b", "c");
        clients.forEach(log::connected);
        for (int second = 0; second < 300; second++) {
            now = TimeUnit.SECONDS.toNanos(second);
            clients.forEach(client -> log.unavailable(client, REFUSED, 0));
        }
        assertEquals(5, warnings());
        assertTrue(lines.lines().get(3).contains("Connection refused"), lines.lines().get(3));
        assertEquals(0, lines.count("java."));

        clients.forEach(log::connected);
        log.unavailable("b", REFUSED, 0);
        assertEquals(6, warnings(), "the next outage is logged at once");
    }

    @Test
    void aConnectionThatIsLostAgainAndAgainIsALineAMinuteToo() {
        for (int i = 0; i < 100; i++) {
            log.connected("a");
            log.unavailable("a", REFUSED, i);
        }
        assertEquals(1, warnings());
        assertEquals(1, lines.count("set mqtt.client-id"));
    }

    @Test
    void theReasonIsInWords() {
        assertEquals(
                "the broker closed the connection",
                ConnectionLog.reason(new MqttException(new EOFException())));
        assertEquals(
                "unknown host my-broker",
                ConnectionLog.reason(new MqttException(new UnknownHostException("my-broker"))));
        assertFalse(ConnectionLog.reason(new MqttException(4)).contains("Exception"));
        assertEquals("connection failed", ConnectionLog.reason(new IllegalStateException()));
    }

    private static MqttClientManager clients(Mosquitto mosquitto, String id) throws Exception {
        MqttClientManager clients =
                new MqttClientManager(
                        new MqttSettings(
                                mosquitto.url(),
                                id,
                                "",
                                "",
                                "",
                                null,
                                "x",
                                0,
                                Duration.ofSeconds(1)),
                        Thread::new);
        clients.subscribeState("x/.bridge/+", (topic, payload) -> {}, () -> {});
        for (String route : List.of("one", "two")) {
            clients.consumer(route).setCallback(nothing());
            clients.consumer(route).subscribe("x/" + route, 1);
        }
        return clients;
    }

    private static MqttCallback nothing() {
        return (MqttCallback)
                Proxy.newProxyInstance(
                        ConnectionLogIT.class.getClassLoader(),
                        new Class<?>[] {MqttCallback.class},
                        (proxy, method, args) -> null);
    }

    @Test
    void aSessionThatTheBrokerHasLostIsOneLine() throws Exception {
        try (Mosquitto mosquitto = new Mosquitto(folder).start();
                MqttClientManager clients = clients(mosquitto, "lost")) {
            await().until(() -> clients.disconnected().isEmpty());
            mosquitto.stop();
            mosquitto.start();
            await().atMost(Duration.ofSeconds(30)).until(() -> clients.disconnected().isEmpty());
            assertEquals(0, lines.count("session"), "it was kept");
            long outages = warnings();
            assertEquals(1, outages);

            mosquitto.stop();
            Files.delete(folder.resolve("mosquitto.db"));
            mosquitto.start();
            await().atMost(Duration.ofSeconds(30)).until(() -> clients.disconnected().isEmpty());
            assertEquals(1, lines.count("has lost the session"));
        }
    }

    @Test
    void twoBridgesWithOneClientIdAreToldSo() throws Exception {
        try (Mosquitto mosquitto = new Mosquitto(folder).start();
                MqttClientManager one = clients(mosquitto, "same");
                MqttClientManager other = clients(mosquitto, "same")) {
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> lines.count("set mqtt.client-id") == 2);
        }
    }

    /** They threw each other out, two to four times a second. */
    @Test
    void connectionsThatAreLostAtOnceAreMadeMoreAndMoreSeldom() throws Exception {
        List<Long> delays = new CopyOnWriteArrayList<>();
        ScheduledThreadPoolExecutor background =
                new ScheduledThreadPoolExecutor(1) {
                    @Override
                    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
                        if (delay == 15_000) { // for a broker that does not answer
                            return super.schedule(task, delay, unit);
                        }
                        delays.add(delay);
                        return super.schedule(task, 0, unit);
                    }
                };
        ScheduledThreadPoolExecutor others = new ScheduledThreadPoolExecutor(1);
        try (ServerSocket broker = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            MqttConnectOptions options = new MqttConnectOptions();
            options.setCleanSession(false);
            options.setAutomaticReconnect(false);
            DurableMqttClient client =
                    new DurableMqttClient(
                            "tcp://127.0.0.1:" + broker.getLocalPort(),
                            "thrown-out",
                            "",
                            options,
                            "x",
                            () -> 1 << 20,
                            () -> true,
                            log,
                            background,
                            others);
            client.start();
            for (int connected = 0; connected < 10; ) {
                try (Socket socket = broker.accept()) {
                    if (socket.getInputStream().read(new byte[1024]) < 0) {
                        continue; // Paho hung before its CONNECT, and was timed out
                    }
                    socket.getOutputStream().write(new byte[] {0x20, 2, 0, 0});
                    int expected = ++connected;
                    await().until(() -> lines.count("thrown-out is connected") == expected);
                }
            }
            await().until(() -> delays.size() > 10);
            client.stop();
        }
        background.shutdownNow();
        others.shutdownNow();
        for (int i = 2; i < 9; i++) {
            assertTrue(delays.get(i) > 1.5 * delays.get(i - 1), delays.toString());
        }
        assertTrue(delays.stream().allMatch(delay -> delay <= 60_000), delays.toString());
        assertEquals(1, lines.count("set mqtt.client-id"));
    }
}
