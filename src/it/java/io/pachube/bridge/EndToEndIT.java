package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.callback.CallbackTarget;
import io.pachube.bridge.callback.CallbackTokenCodec;
import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.StateCipher;
import io.pachube.sandbox.SandboxPachube;
import io.pachube.sandbox.TestPachube;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What the bridge is for, over real MQTT and real HTTP; once for each broker. */
abstract class EndToEndIT {

    private static final String KEY = SandboxPachube.DEMO_KEY;
    private static final String TEMPERATURE = "pb/" + KEY + "/1/temperature";
    private static final String TRIGGER = TEMPERATURE + "/trigger";
    private static final String STATUS = TRIGGER + "/status";
    private static final String HOT =
            "{\"topic\":\"hot\",\"trigger_type\":\"gt\",\"threshold_value\":\"30\"}";

    private final JsonMapper json = new JsonMapper();
    private TestPachube pachube;
    private String brokerUrl;
    private TestBridge bridge;
    private MqttPeer peer;

    /** Starts the broker; {@code tcp://host:port}. */
    abstract String startBroker() throws Exception;

    abstract void stopBroker() throws Exception;

    @BeforeEach
    void start() throws Exception {
        pachube = new TestPachube("127.0.0.1", 0);
        pachube.start();
        String broker = startBroker();
        brokerUrl = broker;
        bridge =
                configure(
                                new TestBridge(broker, pachube.url())
                                        .with("history.poll-interval", "1s")
                                        .with("mirror.discovery-interval", "1s"))
                        .start();
        peer = new MqttPeer(broker);
        MqttPeer.awaitBridge(broker, "pb/ready/1/x", "pb/ready/1/x/trigger");
    }

    /** What the broker asks of the bridge. */
    TestBridge configure(TestBridge bridge) {
        return bridge;
    }

    @AfterEach
    void stop() throws Exception {
        if (peer != null) {
            peer.close();
        }
        if (bridge != null) {
            bridge.close();
        }
        stopBroker();
        pachube.close();
    }

    private String stored(String datastream) throws Exception {
        return Http.stored(pachube.url(), KEY, datastream);
    }

    private void awaitStored(String datastream, String value) {
        await(datastream + " is " + value).until(() -> stored(datastream).equals(value));
    }

    private JsonNode triggers() throws Exception {
        return json.readTree(Http.get(pachube.url() + "/triggers.json", KEY));
    }

    private JsonNode report(String topic, int count) throws Exception {
        return json.readTree(peer.await(topic, count));
    }

    private String state(int count) throws Exception {
        return json.readTree(peer.await(STATUS, count)).path("state").asText();
    }

    @Test
    void aPublishedValueReachesPachube() throws Exception {
        peer.publish(TEMPERATURE, "21.5");
        awaitStored("temperature", "21.5");
    }

    @Test
    void aValueWithATimeKeepsIt() throws Exception {
        peer.publish(TEMPERATURE, "2012-01-01T00:00:00Z,19.25");
        await("stored with its time")
                .until(
                        () ->
                                Http.get(
                                                pachube.url()
                                                        + "/feeds/1/datastreams/temperature.csv",
                                                KEY)
                                        .equals("2012-01-01T00:00:00.000000Z,19.25"));
    }

    @Test
    void aDocumentKeepsWhatItSays() throws Exception {
        peer.listen(TEMPERATURE + "/error");
        peer.publish(
                TEMPERATURE,
                """
                {"current_value":"21.50","at":"2026-01-01T00:00:00Z","tags":["indoor","kitchen"],
                 "unit":{"type":"derivedSI","symbol":"°C","label":"Celsius"},
                 "datapoints":[{"at":"2025-12-31T23:00:00Z","value":"19"}]}
                """);
        String url = pachube.url() + "/feeds/1/datastreams/temperature.json?key=" + KEY;
        await().until(() -> json.readTree(Http.get(url, KEY)).has("unit"));
        JsonNode stored =
                json.readTree(Http.get(url + "&end=2026-01-01T00:00:00Z&duration=2hours", KEY));
        assertEquals("21.50", stored.path("current_value").asText());
        assertEquals("2026-01-01T00:00:00.000000Z", stored.path("at").asText());
        assertEquals("[\"indoor\",\"kitchen\"]", stored.path("tags").toString());
        assertEquals(
                "{\"type\":\"derivedSI\",\"symbol\":\"°C\",\"label\":\"Celsius\"}",
                stored.path("unit").toString());
        assertEquals(List.of("19", "21.50"), stored.path("datapoints").findValuesAsText("value"));

        peer.publish(TEMPERATURE, "{\"current_value\":\"22\",\"colour\":\"red\"}");
        JsonNode report = report(TEMPERATURE + "/error", 1);
        assertEquals("Invalid message", report.path("error").asText());
        assertTrue(report.path("message").asText().startsWith("there is no field 'colour'"));
        assertEquals(0, report.path("attempts").asInt());
        peer.publish(TEMPERATURE, "23");
        awaitStored("temperature", "23");
        assertEquals(1, peer.payloads(TEMPERATURE + "/error").size());
    }

    @Test
    void aDatastreamsIdArrivesExactly() throws Exception {
        for (String id : List.of("größe", "a+b", "a.b", "温度", "x.csv", "..")) {
            Http.send(
                    "PUT",
                    pachube.url() + "/feeds/1.json?key=" + KEY,
                    "application/json",
                    json.writeValueAsString(
                            java.util.Map.of(
                                    "version",
                                    "1.0.0",
                                    "datastreams",
                                    List.of(java.util.Map.of("id", id, "current_value", "0")))));
            peer.publish("pb/" + KEY + "/1/" + id.replace("+", "%2B"), "7");
            String encoded =
                    java.net.URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
            awaitStored(encoded, "7");
        }
    }

    @Test
    void aTriggerComesBackAsAMessage() throws Exception {
        peer.listen("pb/" + KEY + "/hot", STATUS);
        peer.publish(TRIGGER, HOT);
        JsonNode status = json.readTree(peer.await(STATUS));
        assertEquals("created", status.path("state").asText());
        assertEquals("hot", status.path("topic").asText());
        assertEquals(triggers().get(0).path("id").asLong(), status.path("id").asLong());

        peer.publish(TEMPERATURE, "31.2");
        assertEquals("31.2", peer.await("pb/" + KEY + "/hot"));
    }

    @Test
    void aPublicTriggerComesUnderPublicOnly() throws Exception {
        peer.listen("pb/" + KEY + "/hot", "pb/public/hot", STATUS);
        peer.publish(TRIGGER, HOT.replace("}", ",\"public\":true}"));
        assertEquals("created", state(1));
        peer.publish(TEMPERATURE, "31.2");
        assertEquals("31.2", peer.await("pb/public/hot"));
        assertTrue(peer.payloads("pb/" + KEY + "/hot").isEmpty());
    }

    @Test
    void aTriggerMayAskForADocument() throws Exception {
        String hot = "pb/" + KEY + "/hot";
        peer.listen(hot, STATUS);
        peer.publish(TRIGGER, HOT.replace("}", ",\"format\":\"json\"}"));
        assertEquals("created", state(1));
        peer.publish(TEMPERATURE, "31.2");
        JsonNode document = json.readTree(peer.await(hot));
        assertEquals("31.2", document.path("value").asText());
        assertEquals("Sandbox", document.path("environment").path("title").asText());
        assertEquals("temperature", document.path("datastream").path("id").asText());
        assertEquals(
                "{\"id\":1,\"type\":\"gt\",\"threshold\":30}", document.path("trigger").toString());
    }

    @Test
    void aTriggerMayAskForARetainedMessageAndAQos() throws Exception {
        String hot = "pb/" + KEY + "/hot";
        peer.listen(hot, STATUS);
        peer.publish(TRIGGER, HOT.replace("}", ",\"retain\":true,\"qos\":0}"));
        assertEquals("created", state(1));
        peer.publish(TEMPERATURE, "31.2");
        peer.await(hot);
        peer.listen(hot);
        peer.await(hot, 2);
        assertEquals(
                List.of(
                        new MqttPeer.Received(hot, "31.2", 0, false),
                        new MqttPeer.Received(hot, "31.2", 0, true)),
                peer.received().stream().filter(r -> r.topic().equals(hot)).toList());

        peer.publish(TRIGGER, HOT);
        assertEquals("updated", state(2));
    }

    private void write(String datastream, String value) throws Exception {
        Http.send(
                "PUT",
                pachube.url() + "/feeds/1/datastreams/" + datastream + ".csv?key=" + KEY,
                null,
                value);
    }

    private static String value(String datastream) {
        return "pb/" + KEY + "/1/" + datastream + "/value";
    }

    private void retain(String topic, String payload) throws Exception {
        peer.publish(topic, payload.getBytes(StandardCharsets.UTF_8), 1, true);
    }

    /** Whoever subscribes now gets nothing; later messages come after it. */
    private void assertNothingIsRetained(String filter) throws Exception {
        try (MqttPeer late = new MqttPeer(brokerUrl).listen(filter)) {
            late.listen("pb/" + KEY + "/last");
            late.publish("pb/" + KEY + "/last", "x");
            late.await("pb/" + KEY + "/last");
            assertEquals(1, late.received().size(), late.received().toString());
        }
    }

    @Test
    void aMirrorIsDeclaredOnceAndThenJustSubscribedTo() throws Exception {
        write("temperature", "20");
        peer.listen(value("temperature"), STATUS);
        retain(TRIGGER, "{\"mirror\":true}");
        JsonNode status = json.readTree(peer.await(STATUS));
        assertEquals(
                "{\"topic\":\"1/temperature/value\",\"id\":1,\"state\":\"created\"}",
                status.toString());
        assertEquals("20", peer.await(value("temperature")));

        write("temperature", "21");
        assertEquals("21", peer.await(value("temperature"), 2));
        try (MqttPeer late = new MqttPeer(brokerUrl).listen("pb/" + KEY + "/1/+/value")) {
            late.await(value("temperature"));
            assertEquals(
                    List.of(new MqttPeer.Received(value("temperature"), "21", 1, true)),
                    late.received());
        }

        peer.publish(TRIGGER, "{\"command\":\"delete\"}");
        assertEquals("unchanged", state(2), "a general delete spares it");
        peer.publish(TRIGGER, "{\"mirror\":true}");
        assertEquals("unchanged", state(3));
        assertEquals("21", peer.await(value("temperature"), 3));

        peer.publish(TRIGGER, "{\"mirror\":false}");
        assertEquals("deleted", state(4));
        assertEquals(0, triggers().size());
        assertNothingIsRetained(value("temperature"));
        peer.publish(TRIGGER, "{\"mirror\":false}");
        assertEquals("unchanged", state(5));
    }

    @Test
    void aFeedIsMirroredWithWhatItGetsLater() throws Exception {
        String all = "pb/" + KEY + "/1/*/trigger";
        write("temperature", "20");
        peer.listen("pb/" + KEY + "/1/+/value", all + "/status", all + "/error");
        retain(all, "{\"mirror\":true,\"format\":\"json\"}");
        peer.await(all + "/status", 2);
        assertEquals(
                List.of(
                        "{\"topic\":\"1/humidity/value\",\"id\":1,\"state\":\"created\"}",
                        "{\"topic\":\"1/temperature/value\",\"id\":2,\"state\":\"created\"}"),
                peer.payloads(all + "/status"));
        JsonNode document = json.readTree(peer.await(value("temperature")));
        assertEquals("20", document.path("value").asText());
        assertEquals("Sandbox", document.path("environment").path("title").asText());

        Http.send("PUT", pachube.url() + "/feeds/1.csv?key=" + KEY, null, "a+b,7");
        assertEquals("7", json.readTree(peer.await(value("a%2Bb"))).path("value").asText());
        write("a+b", "8");
        assertEquals("8", json.readTree(peer.await(value("a%2Bb"), 2)).path("value").asText());
        write("humidity", "50");
        assertEquals("50", json.readTree(peer.await(value("humidity"))).path("value").asText());

        peer.publish(all, "{\"topic\":\"x\",\"trigger_type\":\"change\"}");
        assertTrue(report(all + "/error", 1).path("message").asText().contains("mirror"));

        peer.publish(all, "{\"mirror\":false}");
        peer.await(all + "/status", 5);
        assertEquals(0, triggers().size());
        assertNothingIsRetained("pb/" + KEY + "/1/+/value");
        peer.publish(all, "{\"mirror\":false}");
        assertEquals(
                "{\"topic\":\"1/*/value\",\"state\":\"unchanged\"}",
                peer.await(all + "/status", 6));
    }

    @Test
    void withAHistoryNothingIsMissed() throws Exception {
        write("temperature", "0");
        peer.listen("pb/" + KEY + "/any", STATUS);
        peer.publish(TRIGGER, "{\"topic\":\"any\",\"trigger_type\":\"change\",\"history\":true}");
        assertEquals("created", state(1));
        assertEquals(List.of(), peer.payloads("pb/" + KEY + "/any"), "nothing was written since");
        List<String> written = new ArrayList<>();
        for (int i = 1; i <= 30; i++) {
            write("temperature", "" + i);
            written.add("" + i);
        }
        peer.await("pb/" + KEY + "/any", 30);
        bridge.stop();
        for (int i = 31; i <= 40; i++) {
            write("temperature", "" + i);
            written.add("" + i);
        }
        bridge.start();
        peer.await("pb/" + KEY + "/any", 40);
        assertEquals(written, peer.payloads("pb/" + KEY + "/any"));

        peer.publish(TRIGGER, "{\"topic\":\"any\",\"trigger_type\":\"change\"}");
        assertEquals("updated", state(2));
        // and nothing is watched any more
        pachube.record(100);
        await().pollDelay(Duration.ofMillis(2_500)).until(() -> true);
        assertEquals(List.of(), pachube.received());
    }

    @Test
    void aNotificationOfWhatIsNotKnownBringsItsValueAndIsKnownThen() throws Exception {
        String url =
                bridge.callbackUrl()
                        + "/"
                        + new CallbackTokenCodec(new StateCipher(TestBridge.SECRET))
                                .encode(
                                        new CallbackTarget(
                                                KEY,
                                                "/value",
                                                new NotificationOptions(
                                                        false, false, true, true, 1)));
        String document =
                """
                {"environment":{"id":1},
                 "triggering_datastream":{"id":"temperature","value":{"value":"%s"}}}
                """;
        write("temperature", "5");
        peer.listen(value("temperature"), STATUS);
        assertEquals(200, Http.postForm(url, document.formatted("4")).statusCode());
        write("temperature", "6");
        peer.await(value("temperature"), 3);
        assertEquals(List.of("4", "5", "6"), peer.payloads(value("temperature")));

        assertError(400, Http.postForm(url, document.replace("temperature", "a b").formatted("4")));
        assertError(400, Http.postForm(url, document.replace("temperature", "*").formatted("4")));
        assertError(400, Http.postForm(url, document.replace("1}", "\"../2\"}").formatted("4")));

        peer.publish(TRIGGER, "{\"mirror\":false}");
        assertEquals("unchanged", state(1));
        assertEquals(200, Http.postForm(url, document.formatted("7")).statusCode());
        assertNothingIsRetained(value("temperature"));
    }

    @Test
    void withoutHistoryNothingIsAskedThatWasNotBefore() throws Exception {
        pachube.record(100);
        peer.listen("pb/" + KEY + "/hot", STATUS);
        peer.publish(TRIGGER, HOT);
        assertEquals("created", state(1));
        peer.publish(TEMPERATURE, "31.2");
        peer.await("pb/" + KEY + "/hot");
        await().pollDelay(Duration.ofMillis(2_500)).until(() -> true);
        assertEquals(
                List.of(
                        "GET /v2/triggers.json?feed_id=1",
                        "POST /v2/triggers.json",
                        "PUT /v2/feeds/1/datastreams/temperature.csv"),
                pachube.received().stream().map(r -> r.method() + " " + r.target()).toList());
    }

    @Test
    void theSameCommandAgainChangesNothing() throws Exception {
        peer.listen(STATUS);
        peer.publish(TRIGGER, HOT);
        assertEquals("created", state(1));
        JsonNode before = triggers();
        peer.publish(TRIGGER, HOT);
        assertEquals("unchanged", state(2));
        assertEquals(before, triggers());
    }

    @Test
    void anotherThresholdUpdatesTheTrigger() throws Exception {
        peer.listen("pb/" + KEY + "/hot", STATUS);
        peer.publish(TRIGGER, HOT);
        assertEquals("created", state(1));
        peer.publish(TRIGGER, HOT.replace("30", "40"));
        assertEquals("updated", state(2));
        assertEquals(1, triggers().size());
        assertEquals("40", triggers().get(0).path("threshold_value").asText());
    }

    @Test
    void anArrayOfCommandsIsCarriedOutAndDeletedOneByOneOrAllAtOnce() throws Exception {
        peer.listen(STATUS);
        String cold = HOT.replace("hot", "cold").replace("gt", "lt");
        String any = "{\"topic\":\"any\",\"trigger_type\":\"change\"}";
        peer.publish(TRIGGER, "[" + HOT + "," + cold + "," + any + "]");
        state(3);
        assertEquals(3, triggers().size());

        peer.publish(TRIGGER, "{\"command\":\"delete\",\"topic\":\"cold\"}");
        assertEquals("deleted", state(4));
        assertEquals(2, triggers().size());

        peer.publish(TRIGGER, "{\"command\":\"delete\"}");
        state(6);
        assertEquals(0, triggers().size());

        peer.publish(TRIGGER, "{\"command\":\"delete\"}");
        assertEquals("unchanged", state(7));
    }

    @Test
    void aRetainedCommandIsBroughtTrueAgainAtEachStart() throws Exception {
        peer.listen(STATUS);
        peer.publish(TRIGGER, HOT.getBytes(StandardCharsets.UTF_8), 1, true);
        assertEquals("created", state(1));
        String id = triggers().get(0).path("id").asText();
        Http.send("DELETE", pachube.url() + "/triggers/" + id + "?key=" + KEY, null, "");
        assertEquals(0, triggers().size());

        bridge.stop();
        bridge.start();
        assertEquals("created", state(2));
        assertEquals(1, triggers().size());
    }

    @Test
    void aRetainedDatapointIsAnOldCopyAndPassedOver() throws Exception {
        bridge.stop();
        peer.publish("pb/" + KEY + "/1/humidity", "50".getBytes(StandardCharsets.UTF_8), 1, true);
        bridge.start();
        // stored once, as it was published while the bridge was away: on the kept session
        awaitStored("humidity", "50");
        Http.send(
                "PUT", pachube.url() + "/feeds/1/datastreams/humidity.csv?key=" + KEY, null, "51");
        bridge.stop();
        bridge.start();
        peer.publish(TEMPERATURE, "1");
        awaitStored("temperature", "1");
        assertEquals("51", stored("humidity"));
    }

    @Test
    void anEmptyPayloadIsPassedOver() throws Exception {
        peer.listen("pb/" + KEY + "/+/+/error", "pb/" + KEY + "/+/+/trigger/error");
        peer.publish(TEMPERATURE, "");
        peer.publish(TRIGGER, "");
        peer.publish(TEMPERATURE, "2");
        awaitStored("temperature", "2");
        assertEquals(List.of(), peer.received());
    }

    @Test
    void whatPachubeRefusesIsReported() throws Exception {
        peer.listen("pb/+/1/temperature/error".replace("+", "wrong-key"));
        peer.listen("pb/" + KEY + "/1/nosuch/error");
        peer.publish("pb/wrong-key/1/temperature", "21.5");
        JsonNode report = report("pb/wrong-key/1/temperature/error", 1);
        assertEquals(401, report.path("status").asInt());
        assertEquals("publish", report.path("operation").asText());
        assertEquals("21.5", report.path("payload").asText());
        assertFalse(report.path("retrying").asBoolean(true));
        assertEquals(1, report.path("attempts").asInt());
        assertFalse(report.toString().contains("wrong-key"));

        peer.publish("pb/" + KEY + "/1/nosuch", "21.5");
        JsonNode missing = report("pb/" + KEY + "/1/nosuch/error", 1);
        assertEquals(404, missing.path("status").asInt());
        // Pachube's own words
        assertTrue(missing.path("message").asText().startsWith("I'm sorry"), missing.toString());
    }

    @Test
    void aMessageThatCannotBeCarriedOutIsReported() throws Exception {
        for (String topic :
                List.of("bad!key/1/t", KEY + "/0/t", KEY + "/x/t", KEY + "/1/a b", KEY + "/1/%2")) {
            String error = "pb/" + topic + "/error";
            peer.listen(error);
            peer.publish("pb/" + topic, "1");
            assertEquals("Invalid message", report(error, 1).path("error").asText());
        }
        peer.listen(TEMPERATURE + "/error");
        peer.publish(TEMPERATURE, "9".repeat(64 * 1024 + 1));
        assertEquals(1024, report(TEMPERATURE + "/error", 1).path("payload").asText().length());
    }

    @Test
    void nothingIsSaidOnThePublicTopics() throws Exception {
        peer.listen("pb/public/#");
        peer.publish("pb/public/1/t", "1");
        peer.publish("pb/public/1/t/trigger", HOT);
        peer.publish(TEMPERATURE, "3");
        awaitStored("temperature", "3");
        assertEquals(
                List.of("pb/public/1/t", "pb/public/1/t/trigger"),
                peer.received().stream().map(MqttPeer.Received::topic).toList());
    }

    @Test
    void aBadCommandIsReportedAndChangesNothing() throws Exception {
        String error = TRIGGER + "/error";
        peer.listen(error);
        List<String> bad =
                List.of(
                        "no json",
                        "{\"topic\":\"hot\"}",
                        HOT.replace("gt", "above"),
                        "{\"topic\":\"hot\",\"trigger_type\":\"gt\"}",
                        HOT.replace("hot", "a/b"),
                        HOT.replace("hot", "#"),
                        HOT.replace("}", ",\"url\":\"ftp://x/y\"}"),
                        "[" + HOT + ",{}]");
        for (int i = 0; i < bad.size(); i++) {
            peer.publish(TRIGGER, bad.get(i));
            JsonNode report = report(error, i + 1);
            assertEquals("trigger", report.path("operation").asText());
            assertFalse(report.path("message").asText().isBlank());
        }
        assertEquals(0, triggers().size());
    }

    @Test
    void aKeyThatMayNotListGetsAReportAndNothingIsCreated() throws Exception {
        HttpResponse<String> made =
                Http.send(
                        "POST",
                        pachube.url() + "/keys.json?key=" + KEY,
                        "application/json",
                        """
                        {"key":{"label":"w","permissions":[{"access_methods":["put","post"]}]}}
                        """);
        String location = made.headers().firstValue("Location").orElseThrow();
        String key = location.substring(location.lastIndexOf('/') + 1);
        String topic = "pb/" + key + "/1/temperature/trigger";
        peer.listen(topic + "/error");
        peer.publish(topic, HOT);
        assertEquals(403, report(topic + "/error", 1).path("status").asInt());
        assertEquals(0, triggers().size());
    }

    @Test
    void aCallbackIsAnsweredWithWhatWasWrong() throws Exception {
        CallbackTokenCodec tokens = new CallbackTokenCodec(new StateCipher(TestBridge.SECRET));
        String good =
                bridge.callbackUrl()
                        + "/"
                        + tokens.encode(
                                new CallbackTarget(KEY, "hot", NotificationOptions.DEFAULT));
        String form = "application/x-www-form-urlencoded";
        assertError(404, Http.postForm(bridge.callbackUrl() + "/forged", "{}"));
        assertError(404, Http.postForm(bridge.callbackUrl(), "{}"));
        assertError(400, Http.postForm(good, "{}"));
        assertError(400, Http.send("POST", good, form, "x=1"));
        assertError(400, Http.send("POST", good, null, ""));
        assertError(405, Http.send("GET", good, null, ""));
        assertError(405, Http.send("PUT", good, form, "body=1"));
        assertError(413, Http.send("POST", good, form, "body=" + "1".repeat(64 * 1024)));
    }

    private void assertError(int status, HttpResponse<String> response) throws Exception {
        assertEquals(status, response.statusCode(), response.body());
        JsonNode body = json.readTree(response.body());
        assertFalse(body.path("title").asText().isEmpty());
        assertFalse(body.path("errors").asText().isEmpty());
    }

    @Test
    void aCallbackIsTakenAsAFormAndAsJson() throws Exception {
        CallbackTokenCodec tokens = new CallbackTokenCodec(new StateCipher(TestBridge.SECRET));
        String url =
                bridge.callbackUrl()
                        + "/"
                        + tokens.encode(
                                new CallbackTarget(KEY, "hot", NotificationOptions.DEFAULT));
        peer.listen("pb/" + KEY + "/hot");
        String document =
                "{\"id\":1,\"debug\":true,\"triggering_datastream\":{\"value\":{\"value\":\"%s\"}}}";
        assertEquals(200, Http.postForm(url, document.formatted("4.7 ü")).statusCode());
        assertEquals("4.7 ü", peer.await("pb/" + KEY + "/hot", 1));
        assertEquals(
                200,
                Http.send("POST", url, "application/json", document.formatted("4.8")).statusCode());
        assertEquals("4.8", peer.await("pb/" + KEY + "/hot", 2));
    }
}
