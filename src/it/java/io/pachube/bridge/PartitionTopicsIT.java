package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.sandbox.SandboxPachube;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Clients do not see that their messages pass through a shard. */
class PartitionTopicsIT {

    private static final String KEY = SandboxPachube.DEMO_KEY;
    private static final String TOPIC = "pb/" + KEY + "/1/temperature";

    @Test
    void reportsStatusesAndMirrorsAreOnTheClientsTopics(@TempDir Path folder) throws Exception {
        Path sharder = RouteFolder.copy(folder.resolve("sharder"));
        RouteFolder.makeSharder(sharder);
        Path partition = RouteFolder.copy(folder.resolve("partition"));
        RouteFolder.makePartition(partition);
        try (Mosquitto mosquitto =
                        new Mosquitto(Files.createDirectory(folder.resolve("mosquitto"))).start();
                SandboxPachube pachube = new SandboxPachube("127.0.0.1", 0)) {
            pachube.start();
            try (TestBridge distributor =
                            new TestBridge(mosquitto.url(), "")
                                    .routes(sharder)
                                    .with("mqtt.client-id", "sharder")
                                    .with("shard.count", "1");
                    TestBridge bridge =
                            new TestBridge(mosquitto.url(), pachube.url())
                                    .routes(partition)
                                    .with("mqtt.client-id", "partition-0");
                    MqttPeer peer = new MqttPeer(mosquitto.url()).listen("pb/#")) {
                bridge.start();
                distributor.start();
                await().atMost(Duration.ofSeconds(30))
                        .until(
                                () ->
                                        distributor.client("shardCommands").isSubscribed()
                                                && distributor.client("shardValues").isSubscribed()
                                                && bridge.client("partitionTrigger").isSubscribed()
                                                && bridge.client("partitionDatapoint")
                                                        .isSubscribed());

                peer.publish("pb/" + KEY + "/zero/x", "1");
                assertTrue(peer.await("pb/" + KEY + "/zero/x/error").contains("not a feed's id"));
                peer.publish(TOPIC + "/trigger", "{\"mirror\":true}");
                peer.await(TOPIC + "/trigger/status");
                peer.publish(TOPIC, "21.5");
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> peer.payloads(TOPIC + "/value").contains("21.5"));
                assertEquals("21.5", Http.stored(pachube.url(), KEY, "temperature"));
            }
        }
    }
}
