package io.pachube.bridge.chaos;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.Ports;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Two bridges with one client id, of which one leads: processes that are killed, stopped and
 * suspended under load. The table goes to {@code target/cluster.txt}; docs/operations.md has one.
 */
@TestMethodOrder(OrderAnnotation.class)
@Tag("slow")
class ClusterIT {

    private static final Path TABLE = Path.of("target", "cluster.txt");
    private static final int STREAMS = 20;
    private static final int RATE = 400;

    /** Values that may come again when a leader ends. */
    private static final int HELD = 1_000;

    private static final Duration LEASE = Duration.ofSeconds(5);

    private SinkProcess sink;
    private World world;
    private BridgeProcess one;
    private BridgeProcess other;
    private Path shared;
    private final int managementPort = Ports.free();

    @BeforeEach
    void start() throws Exception {
        Path target = Files.createDirectories(TABLE.getParent()).toAbsolutePath();
        Path folder = Files.createTempDirectory(target, "cluster");
        shared = folder.resolve("shared");
        sink = new SinkProcess(folder);
        sink.behave(Behaviour.slow(20));
        world = new World(folder.resolve("world"), sink, 100, Map.of());
        one = member("one", world.callbackPort, Ports.free());
        other = member("other", Ports.free(), managementPort);
        one.start();
        one.awaitElected();
        one.awaitConnected();
        other.start();
    }

    private BridgeProcess member(String name, int callbackPort, int port) throws Exception {
        return world.bridge(
                name,
                Map.of(
                        "CLUSTER_SERVICE",
                        "file",
                        "CLUSTER_DIRECTORY",
                        shared.toString(),
                        "CLUSTER_MEMBER",
                        name,
                        "CLUSTER_LEASE",
                        LEASE.toSeconds() + "s",
                        "CALLBACK_PORT",
                        String.valueOf(callbackPort),
                        "MANAGEMENT_ENABLED",
                        "true",
                        "MANAGEMENT_PORT",
                        String.valueOf(port)));
    }

    @AfterEach
    void stop() throws Exception {
        one.close();
        other.close();
        world.close();
        sink.close();
    }

    private Load load(int feed) {
        return new Load(world.broker.url(), World.topics(feed, STREAMS), Integer.MAX_VALUE, RATE);
    }

    /** Ends the load when some more values have flowed, and judges what became of it. */
    private Row row(String scene, int feed, Load load, long gapLimit) throws Exception {
        world.awaitFlow(feed, RATE);
        Row row = world.row(scene, feed, load.stop(), HELD);
        System.out.println(row);
        if (!Files.exists(TABLE)) {
            Files.writeString(TABLE, Row.HEAD + System.lineSeparator());
        }
        Files.writeString(TABLE, row + System.lineSeparator(), StandardOpenOption.APPEND);
        assertEquals(List.of(), row.failures());
        assertEquals(0, row.givenUp());
        if (Boolean.getBoolean("chaos.timed")) {
            assertTrue(row.gapMillis() <= gapLimit, "gap " + row.gapMillis() + " ms");
        }
        return row;
    }

    private HttpResponse<String> health(String path) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(
                                        URI.create(
                                                "http://127.0.0.1:"
                                                        + managementPort
                                                        + "/observe/"
                                                        + path))
                                .build(),
                        BodyHandlers.ofString());
    }

    @Test
    @Order(1)
    void theStandbyTakesOverWhenTheLeaderIsKilled() throws Exception {
        await().untilAsserted(() -> assertEquals(200, health("health/ready").statusCode()));
        assertTrue(health("health?data=true").body().contains("\"cluster.leader\":false"));
        assertTrue(health("metrics").body().matches("(?s).*\npachube_bridge_leader\\{.*} 0.*"));
        try (Load load = load(1)) {
            world.awaitFlow(1, RATE);
            world.awaitAcknowledged(HELD);
            one.kill();
            other.awaitElected();
            row("leader killed (kill -9)", 1, load, 10_000);
        }
        assertTrue(health("health?data=true").body().contains("\"cluster.leader\":true"));
        one.start();
        try (Load load = load(2)) {
            world.awaitFlow(2, RATE);
            assertEquals(0, one.count("is the leader of"));
            world.awaitAcknowledged(HELD);
            other.terminate();
            one.awaitElected();
            row("leader stopped (SIGTERM)", 2, load, 2_000);
        }
    }

    /** On one machine the kernel holds the lock of a suspended process: nobody takes over. */
    @Test
    @Order(2)
    void aLeaderThatWasSuspendedLosesNothing() throws Exception {
        try (Load load = load(3)) {
            world.awaitFlow(3, RATE);
            world.awaitAcknowledged(HELD);
            one.signal("STOP");
            pause(LEASE.plusSeconds(3));
            one.signal("CONT");
            row("leader suspended 8 s", 3, load, 20_000);
        }
        assertEquals(1, one.count("is no longer the leader"));
    }

    /** As a file server does with the locks of a client that it does not hear of for a while. */
    @Test
    @Order(3)
    void aSuspendedLeaderThatWasReplacedDoesNotFight() throws Exception {
        try (Load load = load(4)) {
            world.awaitFlow(4, RATE);
            world.awaitAcknowledged(HELD);
            one.signal("STOP");
            try (var files = Files.list(shared)) {
                for (Path file : files.filter(f -> !f.toString().endsWith(".dat")).toList()) {
                    Files.delete(file);
                }
            }
            other.awaitElected();
            other.awaitConnected();
            world.awaitFlow(4, RATE);
            one.signal("CONT");
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> one.count("is no longer the leader") == 1);
            int connects = one.count("-pachubeDatapoint is connected");
            pause(LEASE);
            row("leader suspended, replaced, back", 4, load, 10_000);
            assertEquals(connects, one.count("-pachubeDatapoint is connected"));
            assertEquals(1, other.count("-pachubeDatapoint is connected"));
            assertEquals(0, other.count("-pachubeDatapoint is not connected"));
        }
        assertFalse(one.count("is the leader of") > 1);
    }

    private static void pause(Duration time) {
        await().atMost(time.plusSeconds(1)).pollDelay(time).until(() -> true);
    }
}
