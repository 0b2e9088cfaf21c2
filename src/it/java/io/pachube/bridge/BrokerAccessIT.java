package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pachube.sandbox.SandboxPachube;

import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import javax.net.ssl.SSLContext;

/** Who may do what on a broker whose clients log in with their API keys; once for each broker. */
abstract class BrokerAccessIT {

    static final String BRIDGE_ID = "unguessable";

    /** Of Alice, who is to be left alone. */
    static final String ALICE = SandboxPachube.DEMO_KEY;

    private static final String TEMPERATURE = "pb/" + ALICE + "/1/temperature";
    private static final String HOT = "{\"topic\":\"hot\",\"trigger_type\":\"change\"}";

    private static final List<String> GREEDY =
            List.of(
                    "#",
                    "+/#",
                    "+/+",
                    "+/+/hot",
                    "+/+/+/+",
                    "pb/#",
                    "pb/+",
                    "pb/+/#",
                    "pb/+/hot",
                    "pb/+/+/+",
                    "pb/+/+/+/trigger",
                    "pb/+/+/+/error",
                    "pb/.bridge/#",
                    "pb/.bridge/+",
                    "pb/" + ALICE + "/#",
                    TEMPERATURE,
                    "+/+/feeds/#",
                    "+/v2/feeds/+",
                    ALICE + "/v2/feeds/#",
                    "$share/g/#",
                    "$share/g/+/#",
                    "$share/g/pb/#",
                    "$share/g/pb/" + ALICE + "/#",
                    "$SYS/#",
                    "$SYS/broker/log/#",
                    "other/#");

    @TempDir Path routes;

    /** Closed in the opposite order. */
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    private SandboxPachube pachube;
    private TestBridge bridge;

    /** Of Mallory, who has a key too. */
    private String mallory;

    private Map<String, String> users;

    /**
     * Starts the broker, or has the bridge start it.
     *
     * @param users passwords by API key
     */
    abstract TestBridge configure(TestBridge bridge, Map<String, String> users) throws Exception;

    abstract String url();

    /** What clients trust; null where the broker does not speak TLS. */
    SSLContext tls() throws Exception {
        return null;
    }

    abstract void stopBroker() throws Exception;

    @BeforeEach
    void start() throws Exception {
        pachube = new SandboxPachube("127.0.0.1", 0);
        pachube.start();
        mallory = anotherKey();
        users = Map.of(ALICE, "alices secret", mallory, "mallorys-secret");
        RouteFolder.add("devices.camel.yaml", RouteFolder.copy(routes));
        bridge =
                configure(
                                new TestBridge("embedded", pachube.url())
                                        .routes(routes)
                                        .with("mqtt.client-id", BRIDGE_ID),
                                users)
                        .start();
        client(ALICE).awaitAnswers("pb/" + ALICE + "/0/x", TEMPERATURE + "/trigger");
    }

    @AfterEach
    void stop() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
        if (bridge != null) {
            bridge.close();
        }
        stopBroker();
        pachube.close();
    }

    private String anotherKey() throws Exception {
        String location =
                Http.send(
                                "POST",
                                pachube.url() + "/keys.json?key=" + ALICE,
                                "application/json",
                                "{\"key\":{\"label\":\"m\",\"permissions\":[{\"access_methods\":"
                                        + "[\"get\",\"put\",\"post\",\"delete\"]}]}}")
                        .headers()
                        .firstValue("Location")
                        .orElseThrow();
        return location.substring(location.lastIndexOf('/') + 1);
    }

    private String stored(String datastream) throws Exception {
        return Http.stored(pachube.url(), ALICE, datastream);
    }

    private MqttPeer client(String key) throws Exception {
        return client(key, users.get(key), "client-" + UUID.randomUUID());
    }

    MqttPeer client(String user, String password, String id) throws Exception {
        MqttPeer peer = new MqttPeer(url(), id, MqttPeer.options(tls(), user, password));
        open.push(peer);
        return peer;
    }

    /** Subscribes to all that it can: the broker may refuse, or just send nothing. */
    private MqttPeer greedy(MqttPeer peer) {
        for (String filter : GREEDY) {
            attempt(() -> peer.listen(filter));
        }
        return peer;
    }

    interface Attempt {
        void run() throws MqttException;
    }

    /** A forbidden publish may end the connection, or have no effect. */
    static void attempt(Attempt attempt) {
        try {
            attempt.run();
        } catch (MqttException e) {
            // refused
        }
    }

    /** What another client sends reaches it only after all that was sent to it before. */
    private void assertNothingOfOthers(MqttPeer peer, String key) throws Exception {
        String last = "pb/" + key + "/last-" + UUID.randomUUID();
        peer.listen("pb/" + key + "/#");
        client(key).publish(last, "x");
        peer.await(last);
        assertEquals(
                List.of(),
                peer.received().stream()
                        .filter(r -> !r.topic().startsWith("pb/" + key + "/"))
                        .toList());
    }

    @Test
    void eachClientHasTheWholeExchangeUnderItsKey() throws Exception {
        for (String key : List.of(ALICE, mallory)) {
            String datastream = key.equals(ALICE) ? "temperature" : "humidity";
            String topic = "pb/" + key + "/1/" + datastream;
            MqttPeer peer = client(key).listen("pb/" + key + "/#", "pb/public/#");
            peer.publish(topic, "21.5");
            await().until(() -> stored(datastream).equals("21.5"));
            peer.publish(
                    topic + "/trigger",
                    "[%s,%s]"
                            .formatted(
                                    HOT,
                                    HOT.replace("hot", "warm").replace("}", ",\"public\":true}")));
            assertTrue(peer.await(topic + "/trigger/status", 2).contains("created"));
            peer.publish(topic, "31.2");
            assertEquals("31.2", peer.await("pb/" + key + "/hot"));
            assertEquals("31.2", peer.await("pb/public/warm"));
            peer.publish(topic, "no,value,at,all");
            assertTrue(peer.await(topic + "/error").contains("400"));
        }
    }

    @Test
    void eachClientsDevicesPublishUnderItsKey() throws Exception {
        for (String key : List.of(ALICE, mallory)) {
            String value = key.equals(ALICE) ? "22.5" : "23.5";
            MqttPeer peer = client(key);
            peer.publish(key + "/v2/feeds/1.csv", "temperature," + value);
            peer.publish(
                    key + "/v2/feeds/1/datastreams/humidity.json",
                    "{\"current_value\":" + value + "}");
            await().until(() -> stored("temperature").equals(value));
            await().until(() -> stored("humidity").equals(value));
            peer.publish(key + "/v1/feeds/1/datastreams/humidity.csv", "1" + value);
            await().until(() -> stored("humidity").equals("1" + value));
        }
    }

    @Test
    void nothingOfOthersArrivesWhateverTheFilter() throws Exception {
        MqttPeer alice = client(ALICE).listen("pb/" + ALICE + "/#");
        alice.publish(TEMPERATURE, "1".getBytes(UTF_8), 1, true);
        alice.publish("pb/" + ALICE + "/kept", "k".getBytes(UTF_8), 1, true);
        MqttPeer greedy = greedy(client(mallory));
        alice.publish(TEMPERATURE + "/trigger", HOT);
        alice.await(TEMPERATURE + "/trigger/status");
        alice.publish(TEMPERATURE, "2");
        alice.publish(ALICE + "/v2/feeds/1.csv", "temperature,2");
        alice.publish(TEMPERATURE, "no,value,at,all");
        assertEquals("2", alice.await("pb/" + ALICE + "/hot"));
        alice.await(TEMPERATURE + "/error");
        assertNothingOfOthers(greedy, mallory);
        assertNothingOfOthers(greedy(client(mallory)), mallory);
    }

    @Tag("slow")
    @Test
    void nothingIsWrittenUnderAnothersKey() throws Exception {
        MqttPeer alice = client(ALICE).listen("pb/" + ALICE + "/#", "pb/public/#");
        alice.publish(TEMPERATURE, "1");
        await().until(() -> stored("temperature").equals("1"));
        MqttPeer observer = greedy(client(mallory));
        for (String topic :
                List.of(
                        TEMPERATURE,
                        TEMPERATURE + "/trigger",
                        TEMPERATURE + "/error",
                        TEMPERATURE + "/trigger/status",
                        "pb/" + ALICE + "/hot",
                        "pb/" + ALICE,
                        "pb/public/hot",
                        "pb/public/1/temperature",
                        "pb/hot",
                        "pb/.bridge/0123456789abcdef0123456789abcdef",
                        "pb",
                        ALICE + "/v2/feeds/1/datastreams/temperature.json",
                        ALICE + "/v1/feeds/1/datastreams/temperature.csv",
                        "pb/v2/feeds/1/datastreams/temperature.csv",
                        "other/topic",
                        "$SYS/broker/log/N")) {
            for (boolean retained : List.of(false, true)) {
                // a broker may end the connection for it
                attempt(
                        () -> {
                            try (MqttPeer writer = peer(mallory)) {
                                writer.publish(topic, HOT.getBytes(UTF_8), 1, retained);
                            }
                        });
            }
            leaveAWill(topic);
        }
        // what follows comes after all that might have come
        assertNothingOfOthers(observer, mallory);
        alice.publish(TEMPERATURE, "2");
        await().until(() -> stored("temperature").equals("2"));
        assertEquals(
                List.of("1", "2"),
                alice.received().stream().map(MqttPeer.Received::payload).toList());
        assertEquals("[]", Http.get(pachube.url() + "/triggers.json", ALICE));
        // and nothing was kept for who comes later
        MqttPeer later = client(ALICE).listen("pb/" + ALICE + "/#", "pb/public/#");
        later.publish("pb/" + ALICE + "/last", "x");
        later.await("pb/" + ALICE + "/last");
        assertEquals(1, later.received().size());
    }

    private MqttPeer peer(String key) throws MqttException {
        try {
            return new MqttPeer(
                    url(),
                    "peer-" + UUID.randomUUID(),
                    MqttPeer.options(tls(), key, users.get(key)));
        } catch (MqttException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void leaveAWill(String topic) throws Exception {
        MqttConnectOptions options = MqttPeer.options(tls(), mallory, users.get(mallory));
        options.setWill(topic, HOT.getBytes(UTF_8), 1, true);
        attempt(() -> new MqttPeer(url(), "will-" + UUID.randomUUID(), options).vanish());
    }

    @Test
    void whoDoesNotLogInRightIsNotLetIn() {
        for (String[] login :
                new String[][] {
                    {null, null},
                    {ALICE, "wrong"},
                    {ALICE, users.get(mallory)},
                    {"bridge", users.get(mallory)},
                    {"$bridge", users.get(mallory)},
                    {"nobody", "x"},
                    {"#", "x"},
                    {"+", "x"}
                }) {
            assertThrows(
                    MqttException.class, () -> client(login[0], login[1], "x"), () -> login[0]);
        }
    }

    @Test
    void theBridgesClientIdOpensNothing() throws Exception {
        for (String route : List.of("pachubeDatapoint", "pachubeTrigger", "publisher")) {
            MqttPeer thief = client(mallory, users.get(mallory), BRIDGE_ID + "-" + route);
            attempt(() -> thief.listen("pb/#"));
            // the bridge comes back
            MqttPeer alice = client(ALICE).listen("pb/" + ALICE + "/#");
            alice.publish(TEMPERATURE, "1");
            alice.awaitAnswers("pb/" + ALICE + "/0/x", TEMPERATURE + "/trigger");
            assertEquals(List.of(), thief.received());
            thief.close();
        }
    }
}
