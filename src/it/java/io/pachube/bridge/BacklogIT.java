package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pachube.sandbox.SandboxPachube;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;

/** Far more has been queued while the bridge was away than it holds in memory. */
class BacklogIT {

    private static final int VALUES = 5_000;

    @TempDir Path folder;

    /**
     * A mosquitto sends it all at once, whatever its window: what found no room was asked for by
     * one connection after the other, and with much of it there was no progress any more.
     */
    @Test
    void oneConnectionBringsItAll() throws Exception {
        String topic = "pb/" + SandboxPachube.DEMO_KEY + "/1/temperature";
        try (Mosquitto mosquitto = new Mosquitto(folder, "max_queued_messages 0").start();
                SandboxPachube pachube = new SandboxPachube("127.0.0.1", 0)) {
            pachube.start();
            try (TestBridge bridge =
                    new TestBridge(mosquitto.url(), pachube.url())
                            .with("mqtt.max-in-flight-bytes", "1048576") // five hundred messages
                            .with("delivery.batch", "feed")) {
                bridge.start();
                MqttPeer.awaitBridge(mosquitto.url(), "pb/ready/0/x");
                bridge.stop();
                try (MqttPeer peer = new MqttPeer(mosquitto.url())) {
                    for (int i = 1; i <= VALUES; i++) {
                        peer.publish(topic, String.valueOf(i));
                    }
                }
                bridge.start();
                await().atMost(Duration.ofMinutes(1))
                        .until(() -> stored(pachube).equals(String.valueOf(VALUES)));
                assertEquals(
                        2,
                        Pattern.compile(" as pachube-bridge-pachubeDatapoint ")
                                .matcher(mosquitto.log())
                                .results()
                                .count());
            }
        }
    }

    private static String stored(SandboxPachube pachube) throws Exception {
        return Http.stored(pachube.url(), SandboxPachube.DEMO_KEY, "temperature");
    }
}
