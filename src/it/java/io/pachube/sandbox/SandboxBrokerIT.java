package io.pachube.sandbox;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pachube.bridge.Mosquitto;

import org.awaitility.Awaitility;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

@Timeout(30)
class SandboxBrokerIT {
    private static final int REFUSED = 0x80;
    private static final Map<String, String> USERS = Map.of("mine", "one", "other", "two");

    private final List<MqttClient> clients = new ArrayList<>();
    private SandboxBroker broker = new SandboxBroker("127.0.0.1", 0, "pb", Map.of());

    @BeforeAll
    static void pollAtOnce() {
        Awaitility.setDefaultPollDelay(Duration.ZERO);
        Awaitility.setDefaultPollInterval(Duration.ofMillis(10));
    }

    @AfterEach
    void stop() throws MqttException {
        broker.stop();
        for (MqttClient client : clients) {
            await().until(() -> !client.isConnected());
            client.close(true);
        }
    }

    @Test
    void carriesAllQualitiesOfService() throws Exception {
        broker.start();
        MqttClient reader = anyone("reader");
        Received received = listen(reader);
        reader.subscribe("pb/demo-key/#", 2);
        MqttClient writer = anyone("writer");
        for (int qos = 0; qos <= 2; qos++) {
            writer.publish("pb/demo-key/1/a.b", bytes("" + qos), qos, false);
        }
        received.awaitAll("pb/demo-key/1/a.b=0", "pb/demo-key/1/a.b=1", "pb/demo-key/1/a.b=2");
    }

    @Test
    void refusesAFilterAcrossKeysAndKeepsTheConnection() throws Exception {
        broker.start();
        MqttClient writer = anyone("writer");
        writer.publish("pb/secret-key/1/temperature", bytes("kept"), 1, true);
        MqttClient reader = anyone("reader");
        Received received = listen(reader);
        List<String> filters =
                List.of(
                        "#",
                        "+",
                        "+/#",
                        "+/secret-key/#",
                        "pb/#",
                        "pb/+/#",
                        "pb/+/1/temperature",
                        "$share/g/pb/#",
                        "$share/g/pb/+/1/temperature",
                        "$SYS/#",
                        "$sys.mqtt.retain.pb/#");
        for (String filter : filters) {
            MqttException refused =
                    assertThrows(MqttException.class, () -> reader.subscribe(filter, 1), filter);
            assertEquals(REFUSED, refused.getReasonCode(), filter);
            assertEquals(0x87, subscribe5(filter), filter);
        }
        // These match nothing under the prefix, in the eyes of Artemis too.
        for (String filter : List.of("/pb/#", "pb", "PB/#", "pbx/+/+/+", "house/#")) {
            reader.subscribe(filter, 1);
        }
        writer.publish("pb/secret-key/1/temperature", bytes("live"), 1, false);
        writer.publish("house/kitchen", bytes("20"), 1, false);
        received.awaitAll("house/kitchen=20");
    }

    @Test
    void aRefusedFilterDoesNotSpoilTheOthersOfItsPacket() throws Exception {
        broker.start();
        MqttClient reader = anyone("reader");
        int[] granted =
                reader.subscribeWithResponse(
                                new String[] {"pb/#", "pb/demo-key/#"}, new int[] {1, 1})
                        .getGrantedQos();
        assertEquals(REFUSED, granted[0]);
        assertEquals(1, granted[1]);
    }

    @Test
    void retainedMessagesDoNotLeakThroughTheNameOfAQueue() throws Exception {
        broker.start();
        anyone("writer").publish("pb/secret-key/1/temperature", bytes("kept"), 1, true);
        MqttClient reader = anyone("reader");
        Received received = listen(reader);
        // Artemis calls the queue of both "c.house.pb/#".
        reader.subscribe("$share/c/house.pb/#", 1);
        MqttClient other = anyone("other");
        assertThrows(MqttException.class, () -> other.subscribe("$share/c.house/pb/#", 1));
        anyone("writer2").publish("house.pb/kitchen", bytes("20"), 1, false);
        received.awaitAll("house.pb/kitchen=20");
    }

    @Test
    void theBridgeMayEverything() throws Exception {
        broker.start();
        MqttClient bridge = bridge("bridge");
        Received received = listen(bridge);
        bridge.subscribe("pb/+/+/+", 1);
        anyone("writer").publish("pb/k1/1/a", bytes("1"), 1, false);
        bridge("bridge2").publish("pb/k2/1/b", bytes("2"), 1, false);
        received.awaitAll("pb/k1/1/a=1", "pb/k2/1/b=2");
        assertThrows(
                MqttException.class,
                () -> connect("x", true, broker.userName(), "not " + broker.password()));
    }

    @Test
    void nobodyTakesTheBridgesSessionByItsClientId() throws Exception {
        broker.start();
        MqttClient bridge = connect("bridge", false, broker.userName(), broker.password());
        Received received = listen(bridge);
        bridge.subscribe("pb/+/+/+", 1);
        MqttClient impostor = connect("bridge", false, null, null);
        Received stolen = listen(impostor);
        assertThrows(MqttException.class, () -> impostor.subscribe("pb/+/+/+", 1));
        assertThrows(MqttException.class, () -> impostor.subscribe("$share/bridge/pb/+/+/+", 1));
        impostor.publish("pb/k1/1/a", bytes("1"), 1, false);
        received.awaitAll("pb/k1/1/a=1");
        assertTrue(bridge.isConnected());
        assertEquals(0, stolen.all.size());
    }

    @Test
    void sharesASubscription() throws Exception {
        broker.start();
        List<Received> received = new ArrayList<>();
        for (String id : List.of("first", "second")) {
            MqttClient reader = anyone(id);
            received.add(listen(reader));
            reader.subscribe("$share/g/pb/demo-key/#", 1);
        }
        MqttClient writer = anyone("writer");
        for (int i = 0; i < 20; i++) {
            writer.publish("pb/demo-key/1/a", bytes("" + i), 1, false);
        }
        await().until(() -> received.stream().mapToInt(one -> one.all.size()).sum() == 20);
        assertTrue(received.stream().noneMatch(one -> one.all.isEmpty()));
    }

    @Test
    void keepsARetainedMessageUntilItIsCleared() throws Exception {
        broker.start();
        MqttClient writer = anyone("writer");
        writer.publish("pb/demo-key/1/a", bytes("1"), 1, true);
        writer.publish("pb/demo-key/1/a", bytes("2"), 1, true);
        MqttClient reader = anyone("reader");
        Received received = listen(reader);
        reader.subscribe("pb/demo-key/+/a", 1);
        received.awaitAll("pb/demo-key/1/a=2");
        writer.publish("pb/demo-key/1/a", new byte[0], 1, true);
        MqttClient later = anyone("later");
        Received nothingKept = listen(later);
        later.subscribe("pb/demo-key/#", 1);
        writer.publish("pb/demo-key/1/b", bytes("3"), 1, false);
        nothingKept.awaitAll("pb/demo-key/1/b=3");
    }

    @Tag("slow")
    @Test
    void keepsTheNewestForAClientThatIsAwayAndAllForTheBridge() throws Exception {
        broker.start();
        MqttClient away = connect("away", false, null, null);
        away.subscribe("pb/demo-key/#", 1);
        away.disconnect();
        MqttClient bridge = connect("away", false, broker.userName(), broker.password());
        bridge.subscribe("pb/+/#", 1);
        bridge.disconnect();
        MqttClient writer = anyone("writer");
        int sent = 1_500;
        for (int i = 0; i < sent; i++) {
            writer.publish("pb/demo-key/1/a", bytes("" + i), 1, false);
        }
        Received bridged = listen(bridge);
        reconnect(bridge, broker.userName(), broker.password());
        bridged.awaitAll(values(0, sent));
        Received received = listen(away);
        reconnect(away, null, null);
        received.awaitAll(values(sent - 1_000, sent));
    }

    @Tag("slow")
    @Test
    void withUsersAClientReachesItsOwnKey() throws Exception {
        broker = new SandboxBroker("127.0.0.1", 0, "a/pb", USERS);
        broker.start();
        assertThrows(MqttException.class, () -> anyone("nobody"));
        assertThrows(MqttException.class, () -> connect("x", true, "mine", "two"));

        MqttClient mine = connect("x", true, "mine", "one");
        Received received = listen(mine);
        MqttClient other = connect("x", true, "other", "two");
        mine.subscribe("a/pb/mine/#", 1);
        mine.subscribe("a/pb/public/#", 1);
        for (String filter :
                List.of("a/pb/other/#", "a/#", "a/pb/+/1/a", "$share/g/a/pb/other/#")) {
            assertThrows(MqttException.class, () -> mine.subscribe(filter, 1), filter);
        }
        mine.publish("a/pb/mine/1/a", bytes("1"), 1, false);
        bridge("bridge").publish("a/pb/public/lt15", bytes("2"), 1, false);
        other.publish("a/pb/other/1/a", bytes("3"), 1, false);
        received.awaitAll("a/pb/mine/1/a=1", "a/pb/public/lt15=2");

        for (String topic : List.of("a/pb/mine/1/a", "a/pb/public/lt15")) {
            MqttClient writer = connect("w", true, "other", "two");
            assertThrows(
                    MqttException.class, () -> writer.publish(topic, bytes("4"), 1, false), topic);
            await().until(() -> !writer.isConnected());
        }
        MqttConnectOptions options = options(true, "other", "two");
        options.setWill("a/pb/mine/1/a", bytes("5"), 1, false);
        assertThrows(MqttException.class, () -> client("will").connect(options));
        assertEquals(2, received.all.size());
    }

    @Tag("slow")
    @Test
    void endsTheConnectionOfAPacketThatIsTooLarge() throws Exception {
        broker.start();
        MqttClient reader = anyone("reader");
        Received received = listen(reader);
        reader.subscribe("house/kitchen", 0);
        MqttClient writer = anyone("writer");
        writer.publish("house/kitchen", new byte[SandboxBroker.MAX_PACKET_BYTES - 100], 1, false);
        await().until(() -> received.all.size() == 1);
        assertThrows(
                MqttException.class,
                () ->
                        writer.publish(
                                "house/kitchen",
                                new byte[SandboxBroker.MAX_PACKET_BYTES + 1],
                                1,
                                false));
        assertTrue(reader.isConnected());
    }

    @Test
    void saysWhichPortIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            int port = taken.getLocalPort();
            broker = new SandboxBroker("127.0.0.1", port, "pb", Map.of());
            String message = assertThrows(IllegalStateException.class, broker::start).getMessage();
            assertTrue(message.contains("127.0.0.1:" + port), message);
            assertTrue(message.contains("sandbox.mqtt.port"), message);
        }
        broker.start();
        anyone("x");
    }

    @Test
    void stopsFastLeavesNothingAndStartsAgain() throws Exception {
        Set<Path> files = files();
        Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
        broker.start();
        int port = URI.create(broker.url()).getPort();
        String password = broker.password();
        broker.stop();

        broker = new SandboxBroker("127.0.0.1", port, "pb", Map.of());
        for (int i = 0; i < 2; i++) {
            broker.start();
            broker.start();
            MqttClient client = anyone("client" + i);
            client.subscribe("pb/demo-key/#", 1);
            client.publish("pb/demo-key/1/a", bytes("1"), 1, true);
            long started = System.nanoTime();
            broker.stop();
            broker.stop();
            assertTrue(Duration.ofNanos(System.nanoTime() - started).toMillis() < 2_000);
            await().until(() -> !client.isConnected());
            assertNotEquals(password, broker.password());
        }
        assertEquals(files, files());
        await().pollInSameThread()
                .untilAsserted(
                        () ->
                                assertEquals(
                                        List.of(),
                                        Thread.getAllStackTraces().keySet().stream()
                                                .filter(thread -> !threads.contains(thread))
                                                .map(Thread::getName)
                                                .filter(name -> !name.startsWith("MQTT "))
                                                .toList()));
    }

    @Test
    void readsUsers() {
        assertEquals(Map.of(), SandboxBroker.parseUsers(" "));
        assertEquals(Map.of("k1", "p:1", "k2", "p2"), SandboxBroker.parseUsers("k1:p:1, k2:p2"));
        for (String wrong : List.of("secret", "secret:", "secret:a,", "secret:a,secret:b")) {
            String message =
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> SandboxBroker.parseUsers(wrong))
                            .getMessage();
            assertFalse(message.contains("secret"), message);
        }
        for (String key : List.of("public", "", "a/b", "$bridge", "a.b")) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new SandboxBroker("127.0.0.1", 0, "pb", Map.of(key, "p")));
        }
    }

    private static Set<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(""))) {
            return new HashSet<>(files.toList());
        }
    }

    private static String[] values(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> "pb/demo-key/1/a=" + i)
                .toArray(String[]::new);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private MqttClient anyone(String id) throws MqttException {
        return connect(id, true, null, null);
    }

    private MqttClient bridge(String id) throws MqttException {
        return connect(id, true, broker.userName(), broker.password());
    }

    private MqttClient connect(String id, boolean clean, String user, String password)
            throws MqttException {
        MqttClient client = client(id);
        client.connect(options(clean, user, password));
        return client;
    }

    private static void reconnect(MqttClient client, String user, String password)
            throws MqttException {
        client.connect(options(false, user, password));
    }

    private MqttClient client(String id) throws MqttException {
        MqttClient client = new MqttClient(broker.url(), id, new MemoryPersistence());
        client.setTimeToWait(5_000);
        clients.add(client);
        return client;
    }

    private static MqttConnectOptions options(boolean clean, String user, String password) {
        MqttConnectOptions options = new MqttConnectOptions();
        options.setCleanSession(clean);
        options.setMaxInflight(100);
        if (user != null) {
            options.setUserName(user);
            options.setPassword(password.toCharArray());
        }
        return options;
    }

    private static Received listen(MqttClient client) {
        Received received = new Received();
        client.setCallback(received);
        return received;
    }

    /** Subscribes as an MQTT 5 client, and gives the reason code of the SUBACK. */
    private int subscribe5(String filter) throws IOException {
        URI url = URI.create(broker.url());
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            byte[] connect = {0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 60, 0, 0, 1, '5'};
            ByteArrayOutputStream subscribe = new ByteArrayOutputStream();
            subscribe.writeBytes(new byte[] {0, 1, 0, 0, (byte) filter.length()});
            subscribe.writeBytes(bytes(filter));
            subscribe.write(1);
            // Both at once: the second must not slip in before the first was looked at.
            ByteArrayOutputStream both = new ByteArrayOutputStream();
            both.writeBytes(new byte[] {0x10, (byte) connect.length});
            both.writeBytes(connect);
            both.writeBytes(new byte[] {(byte) 0x82, (byte) subscribe.size()});
            both.writeBytes(subscribe.toByteArray());
            socket.getOutputStream().write(both.toByteArray());
            while (true) {
                int type = socket.getInputStream().read();
                byte[] rest = socket.getInputStream().readNBytes(socket.getInputStream().read());
                if (type == 0x90) {
                    return rest[rest.length - 1] & 0xff;
                }
            }
        }
    }

    private byte[] connack(int level) throws IOException {
        URI url = URI.create(broker.url());
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            socket.setSoTimeout(10_000);
            byte[] connect = {
                0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', (byte) level, 2, 0, 60, 0, 1, 'x'
            };
            socket.getOutputStream().write(connect);
            byte[] answer = socket.getInputStream().readNBytes(4);
            if (answer[3] != 0) {
                assertEquals(-1, socket.getInputStream().read(), "closed");
            }
            return answer;
        }
    }

    @Test
    void anUnknownProtocolLevelIsAnsweredWithCode1() throws Exception {
        broker.start();
        assertArrayEquals(new byte[] {0x20, 2, 0, 0}, connack(4));
        for (int level : new int[] {0x84, 0, 1, 3, 6, 255}) {
            assertArrayEquals(new byte[] {0x20, 2, 0, 1}, connack(level), "level " + level);
        }
    }

    /** It asks for a level of its own first, and takes another one when that is refused. */
    @Tag("slow")
    @Test
    void aMosquittoBridgeConnects(@TempDir Path folder) throws Exception {
        broker.start();
        Received received = listen(anyone("reader"));
        clients.get(0).subscribe("pb/demo-key/#", 1);
        try (Mosquitto mosquitto =
                new Mosquitto(
                                folder,
                                "connection sandbox",
                                "address " + broker.url().substring("tcp://".length()),
                                "restart_timeout 1",
                                "notifications false",
                                "topic pb/# out 1")
                        .start()) {
            MqttClient device = new MqttClient(mosquitto.url(), "device", new MemoryPersistence());
            clients.add(device);
            device.connect();
            device.publish("pb/demo-key/1/t", bytes("21.5"), 1, false);
            received.awaitAll("pb/demo-key/1/t=21.5");
            device.disconnect();
        }
    }

    @Test
    void clientsAreUnavailableUntilTheyAreAdmitted() throws Exception {
        broker.setAdmitsClients(false);
        broker.start();
        bridge("bridge");
        MqttException refused = assertThrows(MqttException.class, () -> anyone("early"));
        assertEquals(MqttException.REASON_CODE_BROKER_UNAVAILABLE, refused.getReasonCode());
        broker.setAdmitsClients(true);
        anyone("late");
    }
}
