package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.callback.CallbackTarget;
import io.pachube.bridge.callback.CallbackTokenCodec;
import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.StateCipher;
import io.pachube.sandbox.FaultInjector;
import io.pachube.sandbox.FaultInjector.Action;
import io.pachube.sandbox.SandboxPachube;
import io.pachube.sandbox.TestPachube;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** What the README promises of delivery, against a real mosquitto and a Pachube that fails. */
class PromisesIT {

    private static final String KEY = SandboxPachube.DEMO_KEY;
    private static final String TEMPERATURE = "pb/" + KEY + "/1/temperature";
    private static final String HUMIDITY = "pb/" + KEY + "/2/humidity";

    @TempDir Path folder;

    private final JsonMapper json = new JsonMapper();
    private Mosquitto mosquitto;
    private TestPachube pachube;
    private TestBridge bridge;
    private MqttPeer peer;

    @BeforeEach
    void start() throws Exception {
        mosquitto = new Mosquitto(folder).start();
        pachube = new TestPachube("127.0.0.1", 0);
        pachube.start();
        Http.send(
                "POST",
                pachube.url() + "/feeds?key=" + KEY,
                "application/json",
                "{\"title\":\"Two\",\"version\":\"1.0.0\",\"datastreams\":[{\"id\":\"humidity\"}]}");
        bridge =
                new TestBridge(mosquitto.url(), pachube.url())
                        .with("retry.timeout", "2s")
                        .with("pachube.response-timeout", "1s")
                        .with("delivery.batch", batch())
                        .start();
        MqttPeer.awaitBridge(mosquitto.url(), "pb/ready/1/x");
        peer = MqttPeer.kept(mosquitto.url(), "peer");
        peer.listen(TEMPERATURE + "/error", HUMIDITY + "/error");
        pachube.record(100_000);
    }

    @AfterEach
    void stop() throws Exception {
        peer.close();
        bridge.close();
        pachube.close();
        mosquitto.close();
    }

    /** Whatever it is, the promises are the same. */
    String batch() {
        return "none";
    }

    /** Each datastream is of a feed of its own: a feed's may share requests. */
    private static String feed(String datastream) {
        return datastream.equals("humidity") ? "/feeds/2" : "/feeds/1";
    }

    private String stored(String datastream) throws Exception {
        return Http.get(
                        pachube.url() + feed(datastream) + "/datastreams/" + datastream + ".csv",
                        KEY)
                .replaceFirst("^[^,]*,", "");
    }

    private void awaitStored(String datastream, String value) {
        await(datastream + " is " + value)
                .atMost(Duration.ofSeconds(20))
                .until(() -> stored(datastream).equals(value));
    }

    private JsonNode report(String topic, int count) throws Exception {
        return json.readTree(peer.await(topic + "/error", count));
    }

    private static FaultInjector forStream(String datastream, Action action) {
        return (method, path, key) ->
                method.equals("PUT") && path.contains(feed(datastream)) ? action : Action.none();
    }

    private static FaultInjector forPuts(Action action) {
        return (method, path, key) -> method.equals("PUT") ? action : Action.none();
    }

    /**
     * The values that requests for a datastream carried, in the order of their arrival, without
     * their stamps.
     */
    private List<String> requested(String datastream) {
        return pachube.received().stream()
                .filter(r -> r.method().equals("PUT") && r.target().contains(feed(datastream)))
                .flatMap(r -> r.body().lines())
                .map(row -> row.substring(row.lastIndexOf(',') + 1))
                .toList();
    }

    @Test
    void promise1_aValueIsAcknowledgedOnlyWhenPachubeHasIt() throws Exception {
        pachube.setFault(forPuts(Action.hang()));
        peer.publish(TEMPERATURE, "1");
        await().until(() -> requested("temperature").contains("1"));
        bridge.stop();
        pachube.setFault(FaultInjector.NONE);
        bridge.start();
        awaitStored("temperature", "1");
        bridge.stop();
        bridge.start();
        peer.publish(TEMPERATURE, "2");
        awaitStored("temperature", "2");
        assertEquals(
                1,
                requested("temperature").stream().filter("2"::equals).count(),
                "an acknowledged message does not come again");
    }

    @Test
    void promise1_aValueThatIsGivenUpIsAcknowledgedOnlyWhenTheBrokerHasItsReport()
            throws Exception {
        pachube.setFault(forStream("temperature", Action.status(500)));
        peer.publish(TEMPERATURE, "1");
        await().until(() -> requested("temperature").contains("1"));
        // the report finds no broker; with it back it is published, or the value comes again
        peer.close();
        mosquitto.stop();
        await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
        mosquitto.start();
        peer = MqttPeer.kept(mosquitto.url(), "peer");
        await("given up")
                .atMost(Duration.ofSeconds(30))
                .until(
                        () ->
                                peer.payloads(TEMPERATURE + "/error").stream()
                                        .anyMatch(r -> r.contains("\"retrying\":false")));
    }

    @Test
    void promise2_theValuesOfADatastreamKeepTheirOrderWhateverFails() throws Exception {
        AtomicInteger count = new AtomicInteger();
        Map<String, Integer> highest = new ConcurrentHashMap<>();
        pachube.setFault(
                (method, path, key) ->
                        switch (count.incrementAndGet() % 7) {
                            case 1 -> Action.status(503);
                            case 3 -> Action.drop();
                            case 5 -> Action.delay(Duration.ofMillis(20));
                            default -> Action.none();
                        });
        for (int i = 1; i <= 200; i++) {
            peer.publish(TEMPERATURE, String.valueOf(i));
            peer.publish(HUMIDITY, String.valueOf(i));
        }
        awaitStored("temperature", "200");
        awaitStored("humidity", "200");
        for (String datastream : List.of("temperature", "humidity")) {
            List<String> firsts = requested(datastream).stream().distinct().toList();
            List<String> expected =
                    IntStream.rangeClosed(1, 200).mapToObj(String::valueOf).toList();
            assertEquals(expected, firsts);
        }
    }

    @Test
    void promise2_differentDatastreamsGoInParallel() throws Exception {
        pachube.setFault(forStream("temperature", Action.delay(Duration.ofMillis(800))));
        peer.publish(TEMPERATURE, "1");
        peer.publish(HUMIDITY, "2");
        awaitStored("humidity", "2");
        assertTrue(!stored("temperature").equals("1"));
        awaitStored("temperature", "1");
    }

    @Test
    void promise3_inAnOutageValuesAreHeldWithOneReportAndNothingIsLost() throws Exception {
        pachube.setFault(forPuts(Action.status(503)));
        for (int i = 1; i <= 50; i++) {
            peer.publish(TEMPERATURE, String.valueOf(i));
        }
        JsonNode held = report(TEMPERATURE, 1);
        assertTrue(held.path("retrying").asBoolean());
        assertEquals(503, held.path("status").asInt());
        assertEquals("1", held.path("payload").asText());
        // longer than retry.timeout
        await().pollDelay(Duration.ofSeconds(4)).until(() -> true);
        assertEquals(1, peer.payloads(TEMPERATURE + "/error").size());
        pachube.setFault(FaultInjector.NONE);
        awaitStored("temperature", "50");
        assertEquals(
                IntStream.rangeClosed(1, 50).mapToObj(String::valueOf).toList(),
                requested("temperature").stream().distinct().filter(v -> !v.equals("0")).toList());
    }

    @Test
    void promise3_whatFailsWhilePachubeIsUpIsGivenUpAndItsLaneIsSuspect() throws Exception {
        pachube.setFault(forStream("temperature", Action.status(500)));
        peer.publish(TEMPERATURE, "1");
        assertTrue(report(TEMPERATURE, 1).path("retrying").asBoolean());
        JsonNode givenUp = report(TEMPERATURE, 2);
        assertEquals("1", givenUp.path("payload").asText());
        assertTrue(!givenUp.path("retrying").asBoolean(true));
        peer.publish(TEMPERATURE, "2");
        JsonNode once = report(TEMPERATURE, 3);
        assertEquals("2", once.path("payload").asText());
        assertEquals(1, once.path("attempts").asInt());
        pachube.setFault(FaultInjector.NONE);
        peer.publish(TEMPERATURE, "3");
        awaitStored("temperature", "3");
    }

    @Test
    void promise3_oneBadDatastreamDoesNotStopTheOthers() throws Exception {
        pachube.setFault(forStream("temperature", Action.status(500)));
        List<Integer> sent = new ArrayList<>();
        // more than mosquitto's window of 20
        for (int i = 1; i <= 60; i++) {
            peer.publish(TEMPERATURE, String.valueOf(i));
            sent.add(i);
        }
        peer.publish(HUMIDITY, "1");
        awaitStored("humidity", "1");
        await().atMost(Duration.ofSeconds(20))
                .until(
                        () ->
                                peer.payloads(TEMPERATURE + "/error").stream()
                                                .filter(r -> r.contains("\"retrying\":false"))
                                                .count()
                                        == sent.size());
    }

    @Test
    void promise4_aNotificationIsAnswered200OnlyWhenTheBrokerHasIt() throws Exception {
        String url =
                bridge.callbackUrl()
                        + "/"
                        + new CallbackTokenCodec(new StateCipher(TestBridge.SECRET))
                                .encode(
                                        new CallbackTarget(
                                                KEY, "hot", NotificationOptions.DEFAULT));
        String document = "{\"triggering_datastream\":{\"value\":{\"value\":\"7\"}}}";
        assertEquals(200, Http.postForm(url, document).statusCode());
        mosquitto.stop();
        long asked = System.nanoTime();
        assertEquals(503, Http.postForm(url, document).statusCode());
        assertTrue(Duration.ofNanos(System.nanoTime() - asked).toSeconds() < 2);
        mosquitto.start();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> Http.postForm(url, document).statusCode() == 200);
    }

    @Test
    void promise7_aStopInAnOutageGivesNothingUp() throws Exception {
        pachube.setFault(forPuts(Action.drop()));
        for (int i = 1; i <= 30; i++) {
            peer.publish(TEMPERATURE, String.valueOf(i));
            peer.publish(HUMIDITY, String.valueOf(i));
        }
        assertTrue(report(TEMPERATURE, 1).path("retrying").asBoolean());
        long asked = System.nanoTime();
        bridge.stop();
        assertTrue(Duration.ofNanos(System.nanoTime() - asked).toSeconds() < 10);
        assertTrue(
                peer.received().stream().noneMatch(r -> r.payload().contains("\"retrying\":false")),
                "nothing was given up");
        pachube.setFault(FaultInjector.NONE);
        bridge.start();
        awaitStored("temperature", "30");
        awaitStored("humidity", "30");
    }

    @Test
    void promise7_aStopWhileRequestsHangGivesNothingUp() throws Exception {
        bridge.stop();
        bridge.with("pachube.response-timeout", "60s").start();
        pachube.setFault(forPuts(Action.hang()));
        peer.publish(TEMPERATURE, "1");
        await().until(() -> requested("temperature").contains("1"));
        long asked = System.nanoTime();
        bridge.stop();
        assertTrue(Duration.ofNanos(System.nanoTime() - asked).toSeconds() < 10);
        pachube.setFault(FaultInjector.NONE);
        bridge.start();
        awaitStored("temperature", "1");
        assertEquals(List.of(), peer.received());
    }
}
