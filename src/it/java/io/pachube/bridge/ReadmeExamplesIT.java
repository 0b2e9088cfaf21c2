package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.sandbox.SandboxBroker;
import io.pachube.sandbox.SandboxPachube;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** The examples of edits in docs/, as they stand there. */
class ReadmeExamplesIT {

    private static final String KEY = SandboxPachube.DEMO_KEY;
    private static final String EDIT = "        # change values here\n";

    @TempDir Path folder;

    private final SandboxBroker broker = new SandboxBroker("127.0.0.1", 0, "pb", Map.of());
    private final SandboxPachube pachube = new SandboxPachube("127.0.0.1", 0);
    private Path routes;
    private TestBridge bridge;
    private MqttPeer peer;

    @BeforeEach
    void start() throws Exception {
        broker.start();
        pachube.start();
        routes = RouteFolder.copy(folder.resolve("routes"));
        bridge =
                new TestBridge(broker.url(), pachube.url())
                        .with("mqtt.username", broker.userName())
                        .with("mqtt.password", broker.password())
                        .routes(routes);
        peer = new MqttPeer(broker.url());
    }

    @AfterEach
    void stop() throws Exception {
        peer.close();
        bridge.close();
        pachube.close();
        broker.close();
    }

    /** The steps of an example stand where the datapoint route has its comment. */
    private void edit(String steps) throws Exception {
        RouteFolder.edit(routes.resolve("datapoint.camel.yaml"), EDIT, steps.indent(8));
    }

    private String stored(String datastream) throws Exception {
        return Http.stored(pachube.url(), KEY, datastream);
    }

    private void started() throws Exception {
        bridge.start();
        MqttPeer.awaitBridge(broker.url(), "pb/ready/0/x");
    }

    @Test
    void aUnitIsConverted() throws Exception {
        edit(Documents.block("yaml", "* 5 / 9").text());
        started();
        peer.listen("pb/" + KEY + "/1/temperature/error");
        peer.publish("pb/" + KEY + "/1/temperature", "warm");
        String report = peer.await("pb/" + KEY + "/1/temperature/error");
        assertTrue(report.contains("\"Invalid message\""), report);
        assertTrue(report.contains("\"retrying\":false"), report);
        // what the topic may have, and this step cannot read
        saysInWords(
                "2012-01-01T00:00:00Z,68", 2, "cannot read '2012-01-01T00:00:00Z,68' as JSON: ");
        saysInWords(
                "{\"current_value\":\"68\"}", 3, "object ({\"current_v...) and number (32) cannot");
        saysInWords("\"68\"", 4, "string (\"68\") and number (32) cannot");
        peer.publish("pb/" + KEY + "/1/temperature", "68");
        await().until(() -> stored("temperature").matches("20(\\.0)?"));
    }

    private void saysInWords(String payload, int count, String words) throws Exception {
        peer.publish("pb/" + KEY + "/1/temperature", payload);
        String report = peer.await("pb/" + KEY + "/1/temperature/error", count);
        String message = new JsonMapper().readTree(report).path("message").textValue();
        assertTrue(message.contains(words), message);
        assertFalse(message.contains("Exception"), message);
        assertFalse(message.contains("[B@"), message);
    }

    @Test
    void aNumberIsTakenOutOfJson() throws Exception {
        edit(Documents.block("yaml", ".sensor").text());
        started();
        peer.publish("pb/" + KEY + "/1/temperature", "{\"sensor\":{\"celsius\":21.25}}");
        await().until(() -> stored("temperature").equals("21.25"));
    }

    @Test
    void aCopyGoesToAFile() throws Exception {
        edit(
                Documents.block("yaml", "file:")
                        .text()
                        .replace("data/copy", folder.resolve("copy").toString()));
        started();
        peer.publish("pb/" + KEY + "/1/temperature", "21.5");
        peer.publish("pb/" + KEY + "/1/temperature", "22.5");
        await().until(() -> stored("temperature").equals("22.5"));
        assertEquals(
                List.of("21.5", "22.5"),
                Files.readAllLines(folder.resolve("copy").resolve("1-temperature.csv")));
    }

    @Test
    void aCopyGoesToAnotherTopic() throws Exception {
        edit(Documents.block("yaml", "copy/").text());
        started();
        peer.listen("copy/1/temperature");
        peer.publish("pb/" + KEY + "/1/temperature", "21.5");
        assertEquals("21.5", peer.await("copy/1/temperature"));
        await().until(() -> stored("temperature").equals("21.5"));
    }

    @Test
    void valuesComeFromAnotherTopicLayout() throws Exception {
        Files.writeString(
                routes.resolve("house.camel.yaml"), Documents.block("yaml", "name: place").text());
        Properties table = new Properties();
        table.load(new StringReader(Documents.block("properties", "house.").text()));
        table.forEach((name, value) -> bridge.with((String) name, (String) value));
        assertEquals(KEY + "/1/kitchen-power", table.get("house.kitchen.power"));
        assertEquals(
                200,
                HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(URI.create(pachube.url() + "/feeds/1.csv"))
                                        .header("X-PachubeApiKey", KEY)
                                        .PUT(
                                                BodyPublishers.ofString(
                                                        "kitchen-power,0\ngarage-power,0"))
                                        .build(),
                                BodyHandlers.discarding())
                        .statusCode());
        started();
        await().until(
                        () -> {
                            peer.publish("house/nowhere/power", "1");
                            peer.publish("house/kitchen/power", "120");
                            return stored("kitchen-power").equals("120");
                        });
        peer.publish("house/garage/power", "80");
        await().until(() -> stored("garage-power").equals("80"));
    }
}
