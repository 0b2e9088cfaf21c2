package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.mqtt.DurableMqttClient;
import io.pachube.sandbox.FaultInjector.Action;
import io.pachube.sandbox.SandboxBroker;
import io.pachube.sandbox.SandboxPachube;
import io.pachube.sandbox.TestPachube;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** Values for datastreams that do not exist yet. */
@Tag("slow")
class CreateMissingIT {

    private static final String KEY = SandboxPachube.DEMO_KEY;
    private static final String DATASTREAM = "/v2/feeds/1/datastreams/new";
    private static final String TOO_LONG = "\ud834\udd1e".repeat(200); // by the sandbox's count

    private final JsonMapper json = new JsonMapper();
    private final SandboxBroker broker = new SandboxBroker("127.0.0.1", 0, "pb", Map.of());
    private final TestPachube pachube = new TestPachube("127.0.0.1", 0);
    private TestBridge bridge;
    private MqttPeer peer;

    @BeforeEach
    void start() throws Exception {
        broker.start();
        pachube.start();
        bridge =
                new TestBridge(broker.url(), pachube.url())
                        .with("mqtt.username", broker.userName())
                        .with("mqtt.password", broker.password())
                        .with("pachube.create-missing-datastreams", "true");
        peer = MqttPeer.kept(broker.url(), "peer");
    }

    private void started() throws Exception {
        bridge.start();
        MqttPeer.awaitBridge(broker.url(), "pb/ready/1/x", "pb/ready/1/x/trigger");
        pachube.record(1_000);
    }

    @AfterEach
    void stop() throws Exception {
        peer.close();
        bridge.close();
        pachube.close();
        broker.close();
    }

    private void publish(String datastream, String payload) throws Exception {
        peer.publish("pb/" + KEY + "/1/" + datastream, payload);
    }

    /** Each as {@code target body}. */
    private List<String> puts() {
        return pachube.received().stream()
                .filter(r -> r.method().equals("PUT"))
                .map(r -> r.target() + " " + r.body())
                .toList();
    }

    private long stored() {
        return bridge.context()
                .getComponent("delivery", DeliveryComponent.class)
                .statistics()
                .delivered();
    }

    private List<String> history(String datastream) throws Exception {
        return Arrays.asList(
                Http.get(
                                pachube.url()
                                        + "/feeds/1/datastreams/"
                                        + datastream
                                        + ".csv?duration=5hours&limit=1000",
                                KEY)
                        .replaceAll("(?m)^[^,]*,", "")
                        .split("\n"));
    }

    private JsonNode report(String topic, int count) throws Exception {
        return json.readTree(peer.await(topic, count));
    }

    @Test
    void aValueCreatesItsDatastreamAndTheNextOneFindsIt() throws Exception {
        started();
        peer.listen("pb/+/+/+/error".replaceFirst("\\+", KEY));
        publish("new", "21.5");
        await().until(() -> stored() == 1);
        publish("new", "22");
        await().until(() -> stored() == 2);
        assertEquals(
                List.of(
                        DATASTREAM + ".csv 21.5",
                        "/v2/feeds/1.csv new,21.5",
                        DATASTREAM + ".csv 22"),
                puts());
        assertEquals(List.of("21.5", "22"), history("new"));
        assertEquals(List.of(), peer.received());
    }

    @Test
    void whateverADatastreamTakesCreatesIt() throws Exception {
        started();
        publish("a%2Bb", " 2012-01-01T00:00:00Z,4\n");
        publish("größe", "2012-01-01T00:00:00Z,1\r\n2012-01-01T00:00:01Z, \"2,5\"");
        publish("quoted", "\"21,5 \"\"C\"\"\"");
        await().until(() -> stored() == 3);
        List<String> updates = puts().stream().filter(p -> p.contains("/feeds/1.csv")).toList();
        assertEquals(3, updates.size());
        assertTrue(
                updates.contains("/v2/feeds/1.csv a+b,2012-01-01T00:00:00Z,4"), updates::toString);
        assertTrue(
                updates.contains(
                        "/v2/feeds/1.csv größe,2012-01-01T00:00:00Z,1\n"
                                + "größe,2012-01-01T00:00:01Z, \"2,5\""),
                updates::toString);
        assertTrue(
                updates.contains("/v2/feeds/1.csv quoted,\"21,5 \"\"C\"\"\""), updates::toString);
        assertEquals("\"21,5 \"\"C\"\"\"", Http.stored(pachube.url(), KEY, "quoted"));
    }

    @Test
    void aDocumentCreatesItsDatastreamToo() throws Exception {
        started();
        publish(
                "new",
                "{\"version\":\"1.0.0\",\"current_value\":21.50,\"tags\":[\"a\"],\"id\":\"new\"}");
        publish("other", "{\"tags\":[\"b\"]}");
        await().until(() -> stored() == 2);
        assertTrue(
                puts().contains(
                                "/v2/feeds/1.json {\"version\":\"1.0.0\",\"datastreams\":"
                                        + "[{\"current_value\":21.50,\"tags\":[\"a\"],"
                                        + "\"id\":\"new\"}]}"),
                () -> puts().toString());
        assertEquals("21.50", Http.stored(pachube.url(), KEY, "new"));
        assertEquals(
                "{\"id\":\"other\",\"tags\":[\"b\"],\"version\":\"1.0.0\"}",
                Http.get(pachube.url() + "/feeds/1/datastreams/other.json", KEY));
    }

    @Test
    void whatADatastreamWouldNotTakeCreatesNone() throws Exception {
        started();
        peer.listen("pb/" + KEY + "/1/new/error");
        List<String> bad = List.of(" ", "1,2,3", "2012-01-01T00:00:00Z,", "1\n2", "\"open");
        for (int i = 0; i < bad.size(); i++) {
            publish("new", bad.get(i));
            assertEquals(404, report("pb/" + KEY + "/1/new/error", i + 1).path("status").asInt());
        }
        assertEquals(bad.size(), puts().size());
    }

    /** Values that arrive while the first request waits form a batch. */
    private void publishBehind(String first, String... others) throws Exception {
        CountDownLatch door = new CountDownLatch(1);
        pachube.setFault(
                (method, path, key) -> {
                    try {
                        door.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return Action.none();
                });
        DurableMqttClient client = bridge.client("pachubeDatapoint");
        publish("new", first);
        await().until(() -> puts().size() == 1);
        long before = client.received();
        for (String other : others) {
            publish("new", other);
        }
        await().until(() -> client.received() == before + others.length);
        door.countDown();
    }

    private static String withoutTimes(String rows) {
        return rows.replaceAll("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z", "T");
    }

    @Test
    void aBatchCreatesItsDatastream() throws Exception {
        bridge.with("delivery.batch", "feed");
        started();
        peer.listen("pb/" + KEY + "/1/new/error");
        publishBehind(TOO_LONG, "2", "3", "4");
        JsonNode report = report("pb/" + KEY + "/1/new/error", 1);
        assertEquals(422, report.path("status").asInt());
        assertEquals(1, report.path("attempts").asInt());
        await().until(() -> stored() == 3);
        assertEquals(List.of("2", "3", "4"), history("new"));
        assertEquals(
                List.of("/v2/feeds/1.csv new,T,2\nnew,T,3\nnew,T,4"),
                puts().stream().skip(1).map(CreateMissingIT::withoutTimes).toList());
        assertEquals(1, peer.received().size());
    }

    @Test
    void onlyTheBadOneOfABatchIsReported() throws Exception {
        bridge.with("delivery.batch", "feed");
        started();
        peer.listen("pb/" + KEY + "/1/new/error");
        publishBehind(TOO_LONG, "2", TOO_LONG + "!", "4");
        JsonNode report = report("pb/" + KEY + "/1/new/error", 2);
        assertEquals(TOO_LONG + "!", report.path("payload").asText());
        assertEquals(422, report.path("status").asInt());
        // together, in a half, alone
        assertEquals(3, report.path("attempts").asInt());
        await().until(() -> stored() == 2);
        assertEquals(List.of("2", "4"), history("new"));
        assertEquals(
                // all, the first two, the first, the bad one, the last
                Collections.nCopies(5, "/v2/feeds/1.csv"),
                puts().stream().skip(1).map(put -> put.replaceFirst("(?s) .*", "")).toList());
        assertEquals(2, peer.received().size());
    }

    @Test
    void aKeyThatMayNotCreateGetsTheReportAndGoesOnWriting() throws Exception {
        started();
        String location =
                Http.send(
                                "POST",
                                pachube.url() + "/keys.json?key=" + KEY,
                                "application/json",
                                """
                                {"key":{"label":"w","permissions":[{"access_methods":["put"],"resources":
                                [{"feed_id":1,"datastream_id":"new"},{"feed_id":1,"datastream_id":"temperature"}]}]}}
                                """)
                        .headers()
                        .firstValue("Location")
                        .orElseThrow();
        String topic = "pb/" + location.substring(location.lastIndexOf('/') + 1) + "/1/";
        peer.listen(topic + "+/error");
        peer.publish(topic + "new", "21.5");
        await().until(() -> puts().size() == 6);
        // with a 403 it may also have been too fast
        await().until(
                        () ->
                                peer.payloads(topic + "new/error").stream()
                                        .anyMatch(r -> r.contains("\"retrying\":false")));
        List<String> reports = peer.payloads(topic + "new/error");
        JsonNode report = json.readTree(reports.get(reports.size() - 1));
        assertEquals(403, report.path("status").asInt());
        assertEquals("Forbidden", report.path("error").asText());
        assertEquals(3, report.path("attempts").asInt());
        assertEquals(
                List.of(DATASTREAM + ".csv 21.5", "/v2/feeds/1.csv new,21.5"),
                puts().stream().distinct().toList());
        peer.publish(topic + "temperature", "19");
        await().until(() -> Http.stored(pachube.url(), KEY, "temperature").equals("19"));
        assertEquals(7, puts().size());
        assertTrue(peer.payloads(topic + "temperature/error").isEmpty());
    }

    @Test
    void aMissingFeedIsReported() throws Exception {
        started();
        peer.listen("pb/" + KEY + "/77/new/error");
        peer.publish("pb/" + KEY + "/77/new", "21.5");
        JsonNode report = report("pb/" + KEY + "/77/new/error", 1);
        assertEquals(404, report.path("status").asInt());
        assertFalse(report.path("retrying").asBoolean(true));
        assertEquals(1, report.path("attempts").asInt());
        publish("temperature", "1");
        await().until(() -> stored() == 1);
        assertEquals(3, puts().size());
    }

    @Test
    void anUpdateThatIsDelayedComesAgainAfterAStop() throws Exception {
        started();
        peer.listen("pb/" + KEY + "/1/new/error");
        AtomicBoolean away = new AtomicBoolean(true);
        pachube.setFault(
                (method, path, key) ->
                        away.get() && path.contains("feeds/1.csv")
                                ? Action.status(503)
                                : Action.none());
        publish("new", "21.5");
        JsonNode held = report("pb/" + KEY + "/1/new/error", 1);
        assertEquals(503, held.path("status").asInt());
        assertTrue(held.path("retrying").asBoolean());
        await().until(() -> puts().size() > 5);
        bridge.stop();
        pachube.record(100_000);
        bridge.start();
        await().until(() -> puts().size() > 1);
        away.set(false);
        await().until(() -> stored() == 1);
        assertEquals(List.of("21.5"), history("new"));
    }

    @Test
    void aTriggerCommandCreatesNoDatastream() throws Exception {
        started();
        String topic = "pb/" + KEY + "/1/new/trigger";
        peer.listen(topic + "/error");
        peer.publish(topic, "{\"topic\":\"hot\",\"trigger_type\":\"change\"}");
        assertEquals(404, report(topic + "/error", 1).path("status").asInt());
        assertEquals(List.of(), puts());
    }

    @Test
    void withoutTheSettingNothingIsCreated() throws Exception {
        bridge.with("pachube.create-missing-datastreams", "false");
        started();
        peer.listen("pb/" + KEY + "/1/new/error");
        publish("new", "21.5");
        JsonNode report = report("pb/" + KEY + "/1/new/error", 1);
        assertEquals(404, report.path("status").asInt());
        assertEquals(1, report.path("attempts").asInt());
        publish("temperature", "1");
        await().until(() -> stored() == 1);
        assertEquals(2, puts().size());
    }
}
