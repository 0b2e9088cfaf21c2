package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.log.ExceptionMessages;
import io.pachube.sandbox.FaultInjector;
import io.pachube.sandbox.FaultInjector.Action;
import io.pachube.sandbox.SandboxPachube;
import io.pachube.sandbox.TestPachube;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

/** Batches that form while a request is on its way. */
@Tag("slow")
class BatchesIT {

    private static final String KEY = SandboxPachube.DEMO_KEY;
    private static final String TEMPERATURE = "pb/" + KEY + "/1/temperature";
    private static final String ERROR = TEMPERATURE + "/error";

    @TempDir Path folder;

    private final JsonMapper json = new JsonMapper();
    private Mosquitto mosquitto;
    private TestPachube pachube;
    private TestBridge bridge;
    private MqttPeer peer;
    private CountDownLatch door;

    @BeforeEach
    void start() throws Exception {
        mosquitto = new Mosquitto(folder, "max_inflight_messages 1000").start();
        pachube = new TestPachube("127.0.0.1", 0);
        pachube.start();
        bridge =
                new TestBridge(mosquitto.url(), pachube.url())
                        .with("retry.timeout", "2s")
                        .with("delivery.batch", "feed")
                        .start();
        MqttPeer.awaitBridge(mosquitto.url(), "pb/ready/1/x");
        peer = MqttPeer.kept(mosquitto.url(), "peer").listen(ERROR);
        pachube.record(1_000);
    }

    @AfterEach
    void stop() throws Exception {
        peer.close();
        bridge.close();
        pachube.close();
        mosquitto.close();
    }

    /** The first request is answered when {@link #open} is called; then others as this says. */
    private void closeDoor(Action then) {
        door = new CountDownLatch(1);
        pachube.setFault(
                (method, path, key) -> {
                    if (!method.equals("PUT")) {
                        return Action.none();
                    }
                    boolean first = door.getCount() > 0;
                    try {
                        door.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return first ? Action.none() : then;
                });
    }

    /** Publishes a first value, and the others while its request is on its way. */
    private void publishBehind(String first, Action then, String... others) throws Exception {
        closeDoor(then);
        peer.publish(TEMPERATURE, first);
        await().until(() -> bodies().size() == 1);
        long before = received();
        for (String other : others) {
            peer.publish(TEMPERATURE, other);
        }
        await().until(() -> received() == before + others.length);
        door.countDown();
    }

    private long received() {
        return bridge.client("pachubeDatapoint").received();
    }

    private long stored() {
        return bridge.context()
                .getComponent("delivery", DeliveryComponent.class)
                .statistics()
                .delivered();
    }

    /** What requests for the datastream carried. */
    private List<String> bodies() {
        return pachube.received().stream()
                .filter(r -> r.method().equals("PUT"))
                .map(r -> r.body())
                .toList();
    }

    private static List<String> values(String rows) {
        return rows.lines().map(row -> row.substring(row.lastIndexOf(',') + 1)).toList();
    }

    /** All that Pachube has, by its time. */
    private List<String> history() throws IOException, InterruptedException {
        return values(
                Http.get(
                        pachube.url()
                                + "/feeds/1/datastreams/temperature.csv?duration=5hours&limit=1000",
                        KEY));
    }

    private void awaitHistory(List<String> values) {
        await().atMost(Duration.ofSeconds(20)).until(() -> history().equals(values));
    }

    private List<JsonNode> reports(int count) throws Exception {
        peer.await(ERROR, count);
        List<JsonNode> reports = new ArrayList<>();
        for (String report : peer.payloads(ERROR)) {
            reports.add(json.readTree(report));
        }
        return reports;
    }

    /** The payloads of the reports that say so, in their order. */
    private List<String> givenUp() throws Exception {
        List<String> payloads = new ArrayList<>();
        for (String report : peer.payloads(ERROR)) {
            JsonNode read = json.readTree(report);
            if (!read.path("retrying").asBoolean() && read.path("status").asInt() == 500) {
                payloads.add(read.path("payload").asText());
            }
        }
        return payloads;
    }

    @Test
    void whatWaitsTravelsTogetherAndHistoryIsInOrder() throws Exception {
        String[] others =
                IntStream.rangeClosed(2, 700).mapToObj(String::valueOf).toArray(String[]::new);
        publishBehind("1", Action.none(), others);
        awaitHistory(IntStream.rangeClosed(1, 700).mapToObj(String::valueOf).toList());
        assertEquals(List.of(1, 500, 199), bodies().stream().map(b -> values(b).size()).toList());
        await().until(() -> stored() == 700);
        bridge.stop();
        bridge.start();
        peer.publish(TEMPERATURE, "last");
        await().until(() -> history().contains("last"));
        assertEquals(4, bodies().size(), "all were acknowledged: none comes again");
        assertEquals(List.of(), peer.received());
    }

    @Test
    void aValueThatIsAloneIsStampedToo() throws Exception {
        peer.publish(TEMPERATURE, "21.5\n");
        await().until(() -> history().equals(List.of("21.5")));
        assertTrue(
                bodies().get(0)
                        .matches(
                                "temperature,\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z,21\\.5"));
    }

    @Test
    void onlyTheBadOneOfABatchIsReported() throws Exception {
        String bad = "\ud834\udd1e".repeat(200); // too long by the sandbox's count
        publishBehind("1", Action.none(), "2", "3", bad, "4", "5");
        awaitHistory(List.of("1", "2", "3", "4", "5"));
        JsonNode report = reports(1).get(0);
        assertEquals(422, report.path("status").asInt());
        assertEquals(bad, report.path("payload").asText());
        assertFalse(report.path("retrying").asBoolean(true));
        assertEquals(3, report.path("attempts").asInt());
        // together, then by halves
        assertEquals(
                List.of(1, 5, 3, 2, 1, 2), bodies().stream().map(b -> values(b).size()).toList());
        await().until(() -> stored() == 5);
        assertEquals(1, peer.received().size());
    }

    @Test
    void oneBadRowOf500IsReportedAloneAndCostsFewRequests() throws Exception {
        String bad = "\ud834\udd1e".repeat(200);
        String[] others =
                IntStream.rangeClosed(2, 501)
                        .mapToObj(i -> i == 300 ? bad : String.valueOf(i))
                        .toArray(String[]::new);
        publishBehind("1", Action.none(), others);
        awaitHistory(
                IntStream.rangeClosed(1, 501)
                        .filter(i -> i != 300)
                        .mapToObj(String::valueOf)
                        .toList());
        assertEquals(bad, reports(1).get(0).path("payload").asText());
        await().until(() -> stored() == 500);
        assertTrue(bodies().size() <= 2 + 20, bodies().size() + " requests");
        assertEquals(1, peer.received().size());
    }

    @Test
    void whatIsNoPlainValueGoesAloneInItsPlace() throws Exception {
        publishBehind(
                "1",
                Action.none(),
                "2",
                "3",
                "2012-01-01T00:00:00Z,4",
                "5",
                "{\"current_value\":6}",
                "7",
                "8");
        await().until(() -> history().contains("8"));
        await().until(() -> stored() == 8);
        List<String> bodies = bodies();
        assertEquals(6, bodies.size());
        assertEquals(List.of("2", "3"), values(bodies.get(1)));
        assertEquals("2012-01-01T00:00:00Z,4", bodies.get(2));
        assertEquals(List.of("5"), values(bodies.get(3)));
        assertEquals("{\"current_value\":6}", bodies.get(4));
        assertEquals(
                "/v2/feeds/1/datastreams/temperature.json",
                pachube.received().stream()
                        .filter(r -> r.body().startsWith("{"))
                        .map(r -> r.target())
                        .findFirst()
                        .orElseThrow());
        assertEquals(List.of("7", "8"), values(bodies.get(5)));
    }

    @Test
    void eachValueOfABatchThatIsGivenUpHasItsReport() throws Exception {
        publishBehind("1", Action.status(500), "2", "3", "4");
        await().atMost(Duration.ofSeconds(20)).until(() -> givenUp().size() == 3);
        assertEquals(List.of("2", "3", "4"), givenUp());
        pachube.setFault(FaultInjector.NONE);
        peer.publish(TEMPERATURE, "5");
        awaitHistory(List.of("1", "5"));
        assertEquals(2, stored());
    }

    @Test
    void aKeyForOneDatastreamWritesItAndTheOthersAreRejected() throws Exception {
        String location =
                Http.send(
                                "POST",
                                pachube.url() + "/keys.json?key=" + KEY,
                                "application/json",
                                """
                                {"key":{"label":"w","permissions":[{"access_methods":["put"],"resources":
                                [{"feed_id":1,"datastream_id":"temperature"}]}]}}
                                """)
                        .headers()
                        .firstValue("Location")
                        .orElseThrow();
        String topic = "pb/" + location.substring(location.lastIndexOf('/') + 1) + "/1/";
        peer.listen(topic + "+/error");
        for (int i = 1; i <= 5; i++) {
            peer.publish(topic + "temperature", String.valueOf(i));
            peer.publish(topic + "humidity", String.valueOf(i));
        }
        awaitHistory(List.of("1", "2", "3", "4", "5"));
        await().atMost(Duration.ofSeconds(20))
                .until(
                        () ->
                                peer.payloads(topic + "humidity/error").stream()
                                                .filter(r -> r.contains("\"retrying\":false"))
                                                .count()
                                        == 5);
        assertTrue(
                peer.payloads(topic + "temperature/error").stream()
                        .allMatch(r -> r.contains("\"retrying\":true")));
    }

    @Test
    void aBatchSurvivesAStopUnacknowledged() throws Exception {
        publishBehind("1", Action.status(503), "2", "3", "4");
        assertTrue(reports(3).get(2).path("retrying").asBoolean());
        bridge.stop();
        pachube.setFault(FaultInjector.NONE);
        bridge.start();
        awaitHistory(List.of("1", "2", "3", "4"));
        assertTrue(reports(3).stream().allMatch(r -> r.path("retrying").asBoolean()));
    }

    @Test
    void aBadSettingSaysWhatWouldBeRight() {
        bridge.stop();
        Exception e =
                assertThrows(Exception.class, () -> bridge.with("delivery.batch", "all").start());
        assertTrue(
                ExceptionMessages.summarize(e)
                        .contains("delivery.batch is 'all', but it should be none or feed"));
    }
}
