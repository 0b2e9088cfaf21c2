package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.log.ExceptionMessages;
import io.pachube.sandbox.FaultInjector.Action;
import io.pachube.sandbox.SandboxPachube;
import io.pachube.sandbox.TestPachube;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** Against a Pachube that refuses a key that is too fast. */
@Tag("slow")
class PacingIT {

    private static final String KEY = SandboxPachube.DEMO_KEY;

    @TempDir Path folder;

    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger tooFast = new AtomicInteger();
    private final Map<String, Long> last = new ConcurrentHashMap<>();
    private Mosquitto mosquitto;
    private TestPachube pachube;
    private TestBridge bridge;
    private MqttPeer peer;

    @BeforeEach
    void start() throws Exception {
        mosquitto = new Mosquitto(folder, "max_inflight_messages 1000").start();
        pachube = new TestPachube("127.0.0.1", 0);
        pachube.start();
        bridge = new TestBridge(mosquitto.url(), pachube.url());
    }

    private void start(Duration interval, String batch) throws Exception {
        bridge.with("pachube.min-request-interval", interval.toMillis() + "ms")
                .with("delivery.batch", batch)
                .start();
        MqttPeer.awaitBridge(mosquitto.url(), "pb/ready/1/x", "pb/ready/1/x/trigger");
        peer = new MqttPeer(mosquitto.url()).listen("pb/+/+/+/error", "pb/+/+/+/trigger/+");
        pachube.record(10_000);
    }

    /** This test's own request for the stored value: the bridge requests triggers alone. */
    private static boolean isOwn(String method, String path) {
        return method.equals("GET") && !path.contains("triggers");
    }

    private long requested() {
        return pachube.received().stream().filter(r -> !isOwn(r.method(), r.target())).count();
    }

    /** Each key's requests must be so far apart; every so many of them fail otherwise. */
    private void limit(Duration interval, int failing) {
        pachube.setFault(
                (method, path, key) -> {
                    if (isOwn(method, path)) {
                        return Action.none();
                    }
                    long now = System.nanoTime();
                    Long before = last.put(key, now);
                    if (before != null && now - before < interval.toNanos()) {
                        tooFast.incrementAndGet();
                        return Action.rateLimit();
                    }
                    return requests.incrementAndGet() % failing == 0
                            ? Action.status(500)
                            : Action.none();
                });
    }

    @AfterEach
    void stop() throws Exception {
        peer.close();
        bridge.close();
        pachube.close();
        mosquitto.close();
    }

    private static String topic(String key, String datastream) {
        return "pb/" + key + "/1/" + datastream;
    }

    private String stored(String datastream) throws Exception {
        return Http.stored(pachube.url(), KEY, datastream);
    }

    private void awaitStored(String datastream, String value) {
        await(datastream + " is " + value)
                .atMost(Duration.ofSeconds(30))
                .until(() -> stored(datastream).equals(value));
    }

    @Test
    void aSlowKeyGetsEveryValueThroughAndRetriesKeepTheIntervalToo() throws Exception {
        Duration interval = Duration.ofMillis(150);
        start(interval, "feed");
        limit(interval, 4);
        for (int i = 1; i <= 300; i++) {
            peer.publish(topic(KEY, "temperature"), String.valueOf(i));
            peer.publish(topic(KEY, "humidity"), String.valueOf(i));
        }
        await().atMost(Duration.ofSeconds(30))
                .until(() -> hasAll("temperature", 300) && hasAll("humidity", 300));
        assertEquals(0, tooFast.get());
    }

    @Test
    void aHundredDatastreamsOfASlowKeyShareItsRequests() throws Exception {
        Duration interval = Duration.ofMillis(500);
        start(interval, "feed");
        limit(interval, Integer.MAX_VALUE);
        for (int round = 1; round <= 3; round++) {
            for (int i = 0; i < 100; i++) {
                peer.publish(topic(KEY, "s" + i), String.valueOf(round));
            }
        }
        await().atMost(Duration.ofSeconds(30))
                .until(() -> IntStream.range(0, 100).allMatch(i -> hasAll("s" + i, 3)));
        assertEquals(0, tooFast.get());
        assertTrue(requested() < 30, requested() + " requests");
    }

    private boolean hasAll(String datastream, int values) {
        return pachube.received().stream()
                        .flatMap(r -> r.body().lines())
                        .filter(row -> row.startsWith(datastream + ","))
                        .map(row -> row.substring(row.lastIndexOf(',') + 1))
                        .distinct()
                        .count()
                == values;
    }

    @Test
    void withoutBatchesItIsKeptToo() throws Exception {
        Duration interval = Duration.ofMillis(50);
        start(interval, "none");
        limit(interval, 5);
        for (int i = 1; i <= 10; i++) {
            peer.publish(topic(KEY, "temperature"), String.valueOf(i));
            peer.publish(topic(KEY, "humidity"), String.valueOf(i));
        }
        awaitStored("temperature", "10");
        awaitStored("humidity", "10");
        assertEquals(0, tooFast.get());
    }

    @Test
    void theCallsOfATriggerCommandAreKeptApartToo() throws Exception {
        Duration interval = Duration.ofMillis(100);
        start(interval, "feed");
        limit(interval, 4);
        String command =
                "[{\"topic\":\"a\",\"trigger_type\":\"change\"},"
                        + "{\"topic\":\"b\",\"trigger_type\":\"change\"},"
                        + "{\"topic\":\"c\",\"trigger_type\":\"change\"}]";
        peer.publish(topic(KEY, "temperature") + "/trigger", command);
        for (int i = 1; i <= 20; i++) {
            peer.publish(topic(KEY, "temperature"), String.valueOf(i));
        }
        await().atMost(Duration.ofSeconds(30))
                .until(
                        () ->
                                peer.payloads(topic(KEY, "temperature") + "/trigger/status").size()
                                        == 3);
        awaitStored("temperature", "20");
        assertEquals(0, tooFast.get());
    }

    @Test
    void aKeyThatWaitsKeepsNobodyElseWaiting() throws Exception {
        start(Duration.ofHours(1), "none");
        for (int i = 0; i < 50; i++) {
            pachube.addMasterKey("key" + i);
            peer.publish(topic("key" + i, "temperature"), "1");
            peer.publish(topic("key" + i, "temperature"), "2");
        }
        await().until(() -> pachube.received().stream().map(r -> r.key()).distinct().count() == 50);
        assertEquals(50, requested());
    }

    @Test
    void aStopLeavesWhatWaitsToTheBroker() throws Exception {
        start(Duration.ofHours(1), "feed");
        peer.publish(topic(KEY, "temperature"), "1");
        awaitStored("temperature", "1");
        peer.publish(topic(KEY, "temperature"), "2");
        peer.publish(topic(KEY, "humidity"), "3");
        peer.publish(topic(KEY, "humidity") + "/trigger", "{\"command\":\"delete\"}");
        bridge.stop();
        assertEquals(1, requested());
        bridge.with("pachube.min-request-interval", "1ms").start();
        awaitStored("temperature", "2");
        awaitStored("humidity", "3");
        assertTrue(
                peer.received().stream()
                        .noneMatch(r -> r.topic().matches("pb/" + KEY + ".*/error")),
                "nothing was given up");
    }

    @Test
    void aBadSettingSaysWhatWouldBeRight() throws Exception {
        start(Duration.ZERO, "none");
        bridge.stop();
        for (String bad : new String[] {"soon", "-1s", "1x"}) {
            Exception e =
                    assertThrows(
                            Exception.class,
                            () -> bridge.with("pachube.min-request-interval", bad).start());
            assertTrue(
                    ExceptionMessages.summarize(e)
                            .contains(
                                    "pachube.min-request-interval is '"
                                            + bad
                                            + "', but it should be a time such as"),
                    ExceptionMessages.summarize(e));
        }
    }
}
