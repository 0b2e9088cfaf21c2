package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Examples that are no service's: a feed as target, a webhook as source; and no Pachube at all. */
class OtherExamplesIT extends DeliveryFaultsTestSupport {

    @Test
    void aReadingBecomesADatapointOfTheFeed() throws Exception {
        RouteFolder.add("feed.camel.yaml", routes);
        RouteFolder.add("zigbee2mqtt.camel.yaml", routes);
        String own = "datapoint.camel.yaml";
        Files.copy(Path.of("routes", own), routes.resolve(own));
        bridge(20).with("readings.to", "feed").with("feed.key", "Kfeed-1").with("feed.id", "7");
        a.answer(
                (request, out) ->
                        (request.body().equals("99")
                                        ? FaultyService.answer(422, "too hot")
                                        : FaultyService.OK)
                                .write(request, out));
        start();
        peer.publish("zigbee2mqtt/kitchen", "{\"temperature\":21.5,\"humidity\":40}");
        await().atMost(LIMIT).until(() -> statistics().delivered() == 2);
        assertEquals(
                List.of(
                        "PUT /feeds/7/datastreams/kitchen-humidity.csv 40 Kfeed-1",
                        "PUT /feeds/7/datastreams/kitchen-temperature.csv 21.5 Kfeed-1"),
                a.received().stream()
                        .map(
                                r ->
                                        "%s %s %s %s"
                                                .formatted(
                                                        r.method(),
                                                        r.target(),
                                                        r.body(),
                                                        r.headers().get("x-pachubeapikey")))
                        .sorted()
                        .toList());
        peer.publish("zigbee2mqtt/kitchen", "{\"temperature\":99}");
        await().atMost(LIMIT).until(() -> !reports("pb/Kfeed-1/7/kitchen-temperature").isEmpty());
        assertEquals(422, failed().get(0).path("status").asInt(), failed().toString());
        String message = failed().get(0).path("message").asText();
        assertTrue(message.endsWith("too hot"), message);
    }

    private int port;

    private int post(String path, String authorization, String body) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .POST(BodyPublishers.ofString(body));
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        return HttpClient.newHttpClient()
                .send(request.build(), BodyHandlers.ofString())
                .statusCode();
    }

    @Test
    void aWebhookIsPublishedWhenItIsAuthorizedAndTheBrokerHasIt() throws Exception {
        port = Ports.free();
        RouteFolder.add("webhook-source.camel.yaml", routes);
        bridge(20).with("webhook.port", String.valueOf(port)).with("webhook.token", "whToken-42");
        start();
        String good = "Bearer whToken-42";
        assertEquals(200, post("/webhook/house/temperature", good, "21.5"));
        assertEquals("21.5", peer.await("webhook/house/temperature"));
        assertEquals(401, post("/webhook/house/temperature", null, "1"));
        assertEquals(401, post("/webhook/house/temperature", "Bearer whToken-43", "1"));
        assertEquals(401, post("/webhook/house/temperature", "whToken-42", "1"));
        assertEquals(404, post("/webhook/house/%23", good, "1"));
        assertEquals(404, post("/webhook/+", good, "1"));
        assertEquals(404, post("/webhook", good, "1"));
        assertEquals(413, post("/webhook/a", good, "x".repeat(65_537)));
        assertEquals(200, post("/webhook/a", good, "x".repeat(65_536)));
        assertEquals(
                405,
                Http.send("PUT", "http://127.0.0.1:" + port + "/webhook/a", null, "1")
                        .statusCode());
        peer.await("webhook/a");
        assertEquals(
                List.of("webhook/house/temperature", "webhook/a"),
                peer.received().stream().map(MqttPeer.Received::topic).toList());
        mosquitto.stop();
        assertEquals(503, post("/webhook/house/temperature", good, "22"));
        mosquitto.start();
        await().atMost(LIMIT).until(() -> post("/webhook/house/temperature", good, "23") == 200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "embedded"})
    void withNoRouteThatUsesPachubeNoneIsNeededAndNoneStarts(String url) throws Exception {
        RouteFolder.add("influxdb.camel.yaml", routes);
        int sandbox = Ports.free();
        bridge(20)
                .with("pachube.url", url)
                .with("sandbox.pachube.port", String.valueOf(sandbox))
                .with("influxdb.url", a.url());
        // nobody listens for callbacks
        try (ServerSocket taken =
                new ServerSocket(bridge.callbackPort(), 1, InetAddress.getLoopbackAddress())) {
            start();
            peer.publish("influxdb/kitchen/temperature", "21.5");
            await().atMost(LIMIT).until(() -> statistics().delivered() == 1);
            assertTrue(isReady());
            assertThrows(
                    IOException.class,
                    () -> new Socket(InetAddress.getLoopbackAddress(), sandbox).close());
        }
    }
}
