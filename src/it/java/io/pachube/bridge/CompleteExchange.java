package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.sandbox.SandboxPachube;

import java.nio.charset.StandardCharsets;

/**
 * All that a bridge does, once: a value is stored, a trigger comes back, a rejection is reported.
 */
final class CompleteExchange {

    private static final String KEY = SandboxPachube.DEMO_KEY;
    private static final String TEMPERATURE = "pb/" + KEY + "/1/temperature";
    private static final String TRIGGER = TEMPERATURE + "/trigger";

    private static int count;

    private CompleteExchange() {}

    static void through(String broker, SandboxPachube pachube) throws Exception {
        JsonMapper json = new JsonMapper();
        String value = String.valueOf(100 + count++);
        MqttPeer.awaitBridge(broker, "pb/ready/1/x", "pb/ready/1/x/trigger");
        try (MqttPeer peer = new MqttPeer(broker)) {
            peer.listen("pb/" + KEY + "/hot", TRIGGER + "/status", "pb/wrong/1/t/error");
            peer.publish(
                    TRIGGER,
                    "{\"topic\":\"hot\",\"trigger_type\":\"eq\",\"threshold_value\":\"%s\"}"
                            .formatted(value));
            JsonNode made = json.readTree(peer.await(TRIGGER + "/status"));
            assertEquals("created", made.path("state").asText());

            peer.publish(TEMPERATURE, value);
            assertEquals(value, peer.await("pb/" + KEY + "/hot"));
            await("stored").until(() -> stored(pachube).equals(value));

            peer.publish(TEMPERATURE, "{\"current_value\":\"%s.5\"}".formatted(value));
            await("stored").until(() -> stored(pachube).equals(value + ".5"));

            peer.publish(TRIGGER, "{\"command\":\"delete\"}");
            JsonNode deleted = json.readTree(peer.await(TRIGGER + "/status", 2));
            assertEquals("deleted", deleted.path("state").asText());

            peer.publish("pb/wrong/1/t", value);
            JsonNode report = json.readTree(peer.await("pb/wrong/1/t/error"));
            assertEquals(401, report.path("status").asInt());
            assertEquals(1, report.path("attempts").asInt());

            peer.listen("pb/wrong/1/t/trigger/error");
            peer.publish("pb/wrong/1/t/trigger", "{\"command\":\"delete\"}");
            JsonNode refused = json.readTree(peer.await("pb/wrong/1/t/trigger/error"));
            assertEquals(401, refused.path("status").asInt());

            peer.publish("pb/control", value.getBytes(StandardCharsets.UTF_8), 1, true);
        }
        try (MqttPeer late = new MqttPeer(broker)) {
            late.listen("pb/" + KEY + "/hot", TRIGGER + "/status", "pb/wrong/1/t/error");
            late.listen("pb/control").await("pb/control");
            assertEquals(1, late.received().size(), "nothing of the bridge's is retained");
        }
    }

    static String stored(SandboxPachube pachube) throws Exception {
        return Http.stored(pachube.url(), KEY, "temperature");
    }
}
