package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pachube.sandbox.SandboxPachube;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A user's filter may take the topics of reports, and makes no loop. */
class ReportLoopIT {

    private static final String FEED = "pb/" + SandboxPachube.DEMO_KEY + "/1/";

    @TempDir Path folder;

    @Test
    void aRouteThatTakesAllTopicsGetsNoReport() throws Exception {
        Path routes = Files.createDirectories(folder.resolve("routes"));
        RouteFolder.copy(routes);
        Files.writeString(
                routes.resolve("all.camel.yaml"),
                """
                - route:
                    id: all
                    routeConfigurationId: pachubeDelivery
                    from:
                      uri: "paho:{{mqtt.topic-prefix}}/#"
                      parameters: { qos: 1 }
                      steps:
                        - setHeader: { name: CamelPahoOverrideTopic, simple: "seen/${header.CamelMqttTopic}" }
                        - to: { uri: "paho:seen", parameters: { qos: 1 } }
                        - throwException: { exceptionType: java.lang.IllegalArgumentException, message: bad }
                """);
        try (Mosquitto mosquitto = new Mosquitto(folder).start();
                SandboxPachube pachube = new SandboxPachube("127.0.0.1", 0)) {
            pachube.start();
            try (TestBridge bridge =
                            new TestBridge(mosquitto.url(), pachube.url()).routes(routes).start();
                    MqttPeer peer = new MqttPeer(mosquitto.url()).listen("seen/#", "pb/#")) {
                MqttPeer.awaitBridge(mosquitto.url(), "pb/ready/1/x", "pb/ready/1/x/trigger");
                await().until(
                                () -> {
                                    peer.publish("pb/ready/1/y", "");
                                    return !peer.payloads("seen/pb/ready/1/y").isEmpty();
                                });
                peer.publish(FEED + "absent", "1");
                peer.publish(FEED + "temperature/trigger", "{\"command\":\"delete\"}");
                peer.await(FEED + "absent/error");
                peer.await(FEED + "temperature/trigger/status");
                peer.publish(FEED + "last", "1");
                peer.await("seen/" + FEED + "last");

                assertEquals(
                        List.of(),
                        peer.received().stream()
                                .map(MqttPeer.Received::topic)
                                .filter(t -> t.startsWith("seen/"))
                                .filter(t -> t.endsWith("/error") || t.endsWith("/status"))
                                .toList());
            }
        }
    }
}
