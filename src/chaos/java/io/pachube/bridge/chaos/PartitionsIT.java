package io.pachube.bridge.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pachube.bridge.Ports;
import io.pachube.bridge.RouteFolder;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/**
 * Two bridges of which each has a part of the datastreams, and one that distributes; killed under
 * load, and back. The table goes to {@code target/partitions.txt}; docs/operations.md has one.
 */
@Tag("slow")
class PartitionsIT {

    private static final Path TABLE = Path.of("target", "partitions.txt");
    private static final int STREAMS = 20;
    private static final int RATE = 400;
    private static final int HELD = 1_000;

    private SinkProcess sink;
    private World world;
    private BridgeProcess sharder;
    private BridgeProcess first;
    private BridgeProcess second;

    @BeforeEach
    void start() throws Exception {
        Path target = Files.createDirectories(TABLE.getParent()).toAbsolutePath();
        Path folder = Files.createTempDirectory(target, "partitions");
        sink = new SinkProcess(folder);
        sink.behave(Behaviour.slow(20));
        world = new World(folder.resolve("world"), sink, 100, Map.of());
        sharder = bridge("sharder", Map.of());
        RouteFolder.makeSharder(sharder.routes());
        first = bridge("partition-0", Map.of("SHARD_NUMBER", "0"));
        second = bridge("partition-1", Map.of("SHARD_NUMBER", "1"));
        for (BridgeProcess partition : List.of(first, second)) {
            RouteFolder.makePartition(partition.routes());
            partition.start();
            partition.awaitConnected("partitionDatapoint");
        }
        sharder.start();
        sharder.awaitConnected("shardValues");
        Files.writeString(TABLE, Row.HEAD + System.lineSeparator());
    }

    private BridgeProcess bridge(String name, Map<String, String> own) throws Exception {
        Map<String, String> settings = new java.util.HashMap<>(own);
        settings.put("MQTT_CLIENT_ID", name);
        settings.put("CALLBACK_PORT", String.valueOf(Ports.free()));
        return world.bridge(name, settings);
    }

    @AfterEach
    void stop() throws Exception {
        sharder.close();
        first.close();
        second.close();
        world.close();
        sink.close();
    }

    private void kill(BridgeProcess killed, String scene, int feed) throws Exception {
        try (Load load =
                new Load(
                        world.broker.url(), World.topics(feed, STREAMS), Integer.MAX_VALUE, RATE)) {
            world.awaitFlow(feed, RATE);
            world.awaitAcknowledged(HELD);
            killed.kill();
            if (killed != sharder) {
                world.awaitFlow(feed, RATE); // of the other partition
            }
            killed.start();
            world.awaitFlow(feed, RATE);
            Row row = world.row(scene, feed, load.stop(), HELD);
            System.out.println(row);
            Files.writeString(TABLE, row + System.lineSeparator(), StandardOpenOption.APPEND);
            assertEquals(List.of(), row.failures());
            assertEquals(0, row.givenUp());
        }
    }

    @Test
    void nothingIsLostAndOrderIsKeptWhenOneIsKilledAndBack() throws Exception {
        kill(first, "partition killed, and back", 1);
        kill(sharder, "distributor killed, and back", 2);
    }
}
