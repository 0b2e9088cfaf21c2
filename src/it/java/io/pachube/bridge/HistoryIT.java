package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.callback.CallbackTarget;
import io.pachube.bridge.callback.CallbackTokenCodec;
import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.StateCipher;
import io.pachube.bridge.history.HistoryPublisher;
import io.pachube.bridge.history.ScheduledErrorPolicy;
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
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Histories and mirrors where something is away, with a real mosquitto. */
class HistoryIT {

    private static final String KEY = SandboxPachube.DEMO_KEY;
    private static final String TEMPERATURE = "pb/" + KEY + "/1/temperature";
    private static final String VALUE = TEMPERATURE + "/value";
    private static final String DOCUMENT =
            "{\"environment\":{\"id\":1},\"triggering_datastream\":{\"id\":\"temperature\","
                    + "\"value\":{\"value\":\"%s\"}}}";

    @TempDir Path folder;

    private Mosquitto mosquitto;
    private TestPachube pachube;
    private TestBridge bridge;
    private MqttPeer peer;

    @BeforeEach
    void start() throws Exception {
        mosquitto = new Mosquitto(folder).start();
        pachube = new TestPachube("127.0.0.1", 0);
        pachube.start();
        bridge =
                new TestBridge(mosquitto.url(), pachube.url())
                        .with("history.poll-interval", "200ms")
                        // the tests notify themselves
                        .with("callback.url", "http://127.0.0.1:" + Ports.free() + "/callback");
    }

    @AfterEach
    void stop() throws Exception {
        peer.close();
        bridge.close();
        pachube.close();
        mosquitto.close();
    }

    private void mirror() throws Exception {
        write("0");
        bridge.start();
        MqttPeer.awaitBridge(mosquitto.url(), TEMPERATURE + "/trigger");
        peer = MqttPeer.kept(mosquitto.url(), "peer").listen(VALUE);
        peer.publish(TEMPERATURE + "/trigger", "{\"mirror\":true}");
        peer.await(VALUE);
    }

    private void write(String value) throws Exception {
        Http.send(
                "PUT",
                pachube.url() + "/feeds/1/datastreams/temperature.csv?key=" + KEY,
                null,
                value);
    }

    private int notify(String value) throws Exception {
        String token =
                new CallbackTokenCodec(new StateCipher(TestBridge.SECRET))
                        .encode(
                                new CallbackTarget(
                                        KEY,
                                        "/value",
                                        new NotificationOptions(false, false, true, true, 1)));
        return Http.postForm(
                        "http://127.0.0.1:" + bridge.callbackPort() + "/callback/" + token,
                        DOCUMENT.formatted(value))
                .statusCode();
    }

    private static FaultInjector forHistory(Action action) {
        return (method, path, key) ->
                method.equals("GET") && path.contains("/datastreams/") ? action : Action.none();
    }

    @Test
    void promise4_aNotificationIsAnswered200OnlyWhenTheBrokerHasAllOfItsHistory() throws Exception {
        bridge.with("history.poll-interval", "1h");
        mirror();
        write("1");
        pachube.setFault(forHistory(Action.status(500)));
        assertEquals(503, notify("1"));
        pachube.setFault(FaultInjector.NONE);
        mosquitto.stop();
        write("2");
        long asked = System.nanoTime();
        assertEquals(503, notify("2"));
        assertTrue(Duration.ofNanos(System.nanoTime() - asked).toSeconds() < 2);
        mosquitto.start();
        await().atMost(Duration.ofSeconds(30)).until(() -> notify("2") == 200);
        peer.close();
        peer = MqttPeer.kept(mosquitto.url(), "peer");
        peer.await(VALUE, 2);
        assertEquals(List.of("1", "2"), peer.payloads(VALUE));
    }

    @Test
    void promise6_whatNoNotificationTellsOfIsFound() throws Exception {
        mirror();
        pachube.setFault(forHistory(Action.status(503)));
        write("1");
        write("2");
        assertEquals(503, notify("2"));
        pachube.setFault(FaultInjector.NONE);
        peer.await(VALUE, 3);
        write("3");
        peer.await(VALUE, 4);
        assertEquals(List.of("0", "1", "2", "3"), peer.payloads(VALUE));
    }

    @Test
    void whatIsGoneIsToldOnceAndLookedForLessAndLess() throws Exception {
        try (LogLines log = new LogLines(ScheduledErrorPolicy.class)) {
            mirror();
            pachube.record(1_000);
            await().until(() -> pachube.received().size() > 5);
            Http.send("DELETE", pachube.url() + "/feeds/1?key=" + KEY, null, "");
            await().until(() -> log.count("environment 1") == 1);
            pachube.record(1_000);
            // fifteen times it would have been due
            await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
            assertTrue(pachube.received().size() < 6, pachube.received().size() + " requests");
            assertEquals(1, log.lines().size(), log.lines().toString());
            assertTrue(log.lines().get(0).contains("404"), log.lines().get(0));
        }
    }

    @Test
    void aFeedWhoseAnswerDoesNotEndHoldsThePollingOfNoOther() throws Exception {
        bridge.with("pachube.response-timeout", "1m");
        String location =
                Http.send(
                                "POST",
                                pachube.url() + "/feeds.json?key=" + KEY,
                                "application/json",
                                "{\"title\":\"other\",\"version\":\"1.0.0\"}")
                        .headers()
                        .firstValue("Location")
                        .orElseThrow();
        String feed = location.substring(location.lastIndexOf('/') + 1);
        String other = "pb/" + KEY + "/" + feed + "/t";
        String datastream = pachube.url() + "/feeds/" + feed + ".csv?key=" + KEY;
        Http.send("PUT", datastream, null, "t,0");
        mirror();
        peer.listen(other + "/value");
        peer.publish(other + "/trigger", "{\"mirror\":true}");
        peer.await(other + "/value");
        pachube.record(1_000);
        pachube.setFault(
                (method, path, key) ->
                        method.equals("GET") && path.contains("/feeds/1.json")
                                ? Action.hang()
                                : Action.none());
        await("the poll of feed 1 hangs")
                .until(
                        () ->
                                pachube.received().stream()
                                        .anyMatch(r -> r.target().contains("/feeds/1.json")));
        Http.send("PUT", datastream, null, "t,1");
        await("the other feed's value")
                .atMost(Duration.ofSeconds(30))
                .until(() -> peer.payloads(other + "/value").contains("1"));
    }

    /**
     * The fault: such a datapoint was retried until retry.timeout, the history abandoned, and the
     * same at each later poll.
     */
    @Test
    void aDatapointThatTheBrokerRefusesIsDroppedAndTheHistoryGoesOn() throws Exception {
        mosquitto.close();
        mosquitto = new Mosquitto(folder, "max_packet_size 500").start();
        bridge.with("mqtt.url", mosquitto.url());
        try (LogLines log = new LogLines(HistoryPublisher.class)) {
            mirror();
            write("1");
            peer.await(VALUE, 2);
            write("\u20ac".repeat(250));
            write("2");
            peer.await(VALUE, 3);
            write("3");
            peer.await(VALUE, 4);
            assertEquals(List.of("0", "1", "2", "3"), peer.payloads(VALUE));
            assertEquals(1, log.lines().size(), log.lines().toString());
            String line = log.lines().get(0);
            assertTrue(line.contains("datapoint of a history is dropped"), line);
            assertTrue(line.matches(".* 7\\d\\d bytes on pb/[^ ]*/1/temperature/value:.*"), line);
        }
    }

    @Test
    void itKeepsThePaceOfItsKey() throws Exception {
        Duration interval = Duration.ofMillis(150);
        Map<String, Long> last = new ConcurrentHashMap<>();
        AtomicInteger tooFast = new AtomicInteger();
        bridge.with("pachube.min-request-interval", interval.toMillis() + "ms");
        mirror();
        pachube.setFault(
                (method, path, key) -> {
                    long now = System.nanoTime();
                    Long before = method.equals("GET") ? last.put(key, now) : null;
                    if (before != null && now - before < interval.toNanos()) {
                        tooFast.incrementAndGet();
                    }
                    return Action.none();
                });
        for (int i = 1; i <= 5; i++) {
            write("" + i);
            notify("" + i);
        }
        peer.publish("pb/" + KEY + "/1/*/trigger", "{\"mirror\":true}");
        peer.listen("pb/" + KEY + "/1/humidity/#", "pb/" + KEY + "/1/*/trigger/status");
        peer.await("pb/" + KEY + "/1/*/trigger/status", 1);
        assertEquals(
                List.of("0", "1", "2", "3", "4", "5"),
                peer.payloads(VALUE).stream().distinct().toList());
        assertEquals(0, tooFast.get());
    }
}
