package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.report.OversizedReports;
import io.pachube.sandbox.SandboxPachube;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

/** A payload that is too large is never given to a route, at any QoS and on any topic. */
class OversizedIT {

    private static final String KEY = SandboxPachube.DEMO_KEY;
    private static final String FEED = "pb/" + KEY + "/1/";

    @TempDir Path folder;

    @Test
    void aPayloadThatIsTooLargeIsReportedAndAcknowledgedInItsPlace() throws Exception {
        Path routes = Files.createDirectories(folder.resolve("routes"));
        RouteFolder.copy(routes);
        Files.writeString(
                routes.resolve("house.camel.yaml"),
                """
                - route:
                    id: house
                    routeConfigurationId: pachubeDelivery
                    from:
                      uri: "paho:house/+"
                      parameters: { qos: 2 }
                      steps:
                        - setHeader: { name: CamelPahoOverrideTopic, constant: "seen" }
                        - to: { uri: "paho:seen", parameters: { qos: 1 } }
                """);
        byte[] large = new byte[3 << 20];
        java.util.Arrays.fill(large, (byte) '1');
        try (Mosquitto mosquitto = new Mosquitto(folder).start();
                SandboxPachube pachube = new SandboxPachube("127.0.0.1", 0);
                LogLines log = new LogLines(OversizedReports.class)) {
            pachube.start();
            try (TestBridge bridge =
                    new TestBridge(mosquitto.url(), pachube.url()).routes(routes).start()) {
                MqttPeer.awaitBridge(mosquitto.url(), FEED + "x", FEED + "x/trigger");
                try (MqttPeer peer =
                        new MqttPeer(mosquitto.url())
                                .listen(FEED + "temperature/#", "house/+/error", "seen")) {
                    await().until(
                                    () -> {
                                        peer.publish("house/a", "small");
                                        return !peer.payloads("seen").isEmpty();
                                    });
                    for (int qos = 0; qos <= 2; qos++) {
                        peer.publish(FEED + "temperature", large, qos, false);
                        peer.publish("house/a", large, qos, false);
                    }
                    peer.publish(FEED + "temperature/trigger", large, 1, false);
                    peer.publish(FEED + "temperature", "21.5");
                    peer.publish("house/a", "behind");

                    assertReport(peer.await(FEED + "temperature/error", 3));
                    assertReport(peer.await(FEED + "temperature/trigger/error"));
                    await().until(
                                    () ->
                                            Http.stored(pachube.url(), KEY, "temperature")
                                                    .equals("21.5"));
                    await().until(() -> peer.payloads("seen").contains("behind"));
                    assertTrue(
                            peer.payloads("seen").stream().allMatch(p -> p.length() < 10),
                            "no route gets a part of it");
                    assertEquals(3, log.count("house/a is dropped"));
                }
            }
        }
    }

    private static void assertReport(String report) throws Exception {
        JsonNode json = new JsonMapper().readTree(report);
        assertEquals(
                "The payload has more than 65536 bytes, which is the limit",
                json.path("message").asText());
        assertEquals(1024, json.path("payload").asText().length());
    }
}
