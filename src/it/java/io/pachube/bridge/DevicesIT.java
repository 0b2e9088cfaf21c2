package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.report.ErrorReporter;
import io.pachube.bridge.report.OversizedReports;
import io.pachube.sandbox.RecordedRequest;
import io.pachube.sandbox.SandboxBroker;
import io.pachube.sandbox.SandboxPachube;
import io.pachube.sandbox.TestPachube;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Devices made for Cosm or Xively (contract, 7.1), with the example's route file. */
class DevicesIT {

    private static final String KEY = SandboxPachube.DEMO_KEY;
    private static final String FEED = KEY + "/v2/feeds/1";
    private static final String TOPIC = "pb/" + KEY + "/1/";

    @TempDir static Path folder;

    private static final SandboxBroker broker = new SandboxBroker("127.0.0.1", 0, "pb", Map.of());
    private static final TestPachube pachube = new TestPachube("127.0.0.1", 0);
    private static TestBridge bridge;
    private static int datastreams;
    private MqttPeer peer;

    @BeforeAll
    static void start() throws Exception {
        broker.start();
        pachube.start();
        pachube.record(1_000);
        Path routes = RouteFolder.copy(folder.resolve("routes"));
        RouteFolder.add("devices.camel.yaml", routes);
        bridge =
                new TestBridge(broker.url(), pachube.url())
                        .with("mqtt.username", broker.userName())
                        .with("mqtt.password", broker.password())
                        .with("pachube.create-missing-datastreams", "true")
                        .routes(routes)
                        .start();
        MqttPeer.awaitBridge(broker.url(), "pb/ready/0/x");
    }

    @BeforeEach
    void connect() throws Exception {
        peer = new MqttPeer(broker.url());
        peer.listen("pb/" + KEY + "/#");
        await().until(
                        () -> {
                            peer.publish(FEED + "/datastreams/ready.csv", "1");
                            return !puts("ready").isEmpty();
                        });
        pachube.record(1_000);
    }

    @AfterEach
    void disconnect() throws Exception {
        peer.close();
    }

    @AfterAll
    static void stop() throws Exception {
        bridge.close();
        pachube.close();
        broker.close();
    }

    /** The bodies that were put to a datastream. */
    private static List<String> puts(String datastream) {
        return pachube.received().stream()
                .filter(r -> r.method().equals("PUT"))
                .filter(r -> r.target().equals("/v2/feeds/1/datastreams/" + datastream + ".csv"))
                .map(RecordedRequest::body)
                .toList();
    }

    private void isStored(String datastream, String value) {
        await().untilAsserted(
                        () -> assertEquals(value, Http.stored(pachube.url(), KEY, datastream)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v2/feeds/1/datastreams/temperature.csv  | 21.5",
                "/v2/feeds/1/datastreams/temperature.csv  | 2030-01-01T00:00:00Z,21.5",
                "/v2/feeds/1/datastreams/temperature.json | {\"current_value\":\"21.5\"}",
                "/v1/feeds/1/datastreams/temperature.csv  | 21.5",
                "/v2/feeds/1.csv                          | temperature,21.5",
                "/v2/feeds/1.csv             | temperature , 2030-01-01T00:00:00Z , 21.5",
                "/v2/feeds/1.json | {\"version\":\"1.0.0\",\"datastreams\":"
                        + "[{\"id\":\"temperature\",\"current_value\":\"21.5\"}]}",
                "/v2/feeds/1.json | {\"datastreams\":[{\"id\":\"temperature\",\"datapoints\":"
                        + "[{\"at\":\"2030-01-01T00:00:00Z\",\"value\":\"21.5\"}]}]}"
            })
    void eachFormIsTaken(String topic, String payload) throws Exception {
        String datastream = "temperature" + ++datastreams;
        peer.publish(
                KEY + topic.replace("temperature", datastream),
                payload.replace("temperature", datastream));
        isStored(datastream, "21.5");
        assertEquals(List.of(), peer.payloads(TOPIC + datastream + "/error"));
    }

    @Test
    void aFeedHasAsManyDatastreamsAsItNames() throws Exception {
        peer.publish(FEED + ".csv", "a,1\r\nb , 2\r\n\r\na+b,3\n0,4\n");
        isStored("a", "1");
        isStored("b", "2");
        isStored("a%2Bb", "3");
        isStored("0", "4");
        peer.publish(
                FEED + ".json",
                "{\"title\":\"x\",\"datastreams\":[{\"id\":\"a\",\"current_value\":5},"
                        + "{\"id\":0,\"current_value\":\"6\"},{\"id\":\"ä+b\",\"current_value\":\"7\"}]}");
        isStored("a", "5");
        isStored("0", "6");
        isStored("%C3%A4%2Bb", "7");
    }

    @Test
    void valuesOfOneDatastreamStayInOrder() throws Exception {
        for (int i = 0; i < 50; i++) {
            peer.publish(FEED + ".csv", "o," + 2 * i + "\np,0\no," + (2 * i + 1));
        }
        isStored("o", "99");
        String sent = String.join("\n", puts("o"));
        assertEquals(
                IntStream.range(0, 100).mapToObj(String::valueOf).toList(),
                List.of(sent.replaceAll("(?m)^.*,", "").split("\n")));
    }

    /** On the topic of the bridge's own, to the publisher who listens there. */
    @Test
    void whatIsNoDatastreamIsReported() throws Exception {
        peer.publish(FEED + ".csv", "a b,1\nc/d,2\ne,3");
        assertTrue(peer.await(TOPIC + "a%20b/error").contains("\"The datastream 'a b' may hold"));
        assertTrue(peer.await(TOPIC + "c%2Fd/error").contains("\"The datastream 'c/d' may hold"));
        isStored("e", "3");
        peer.publish(FEED + ".json", "{\"datastreams\":[{\"id\":\"a\",\"colour\":\"red\"}]}");
        assertTrue(peer.await(TOPIC + "a/error").contains("colour"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v2/feeds/1.csv  | a,1,2,3       | Incorrect number of fields",
                "/v2/feeds/1.csv  | a             | Incorrect number of fields",
                "/v2/feeds/1.json | {\"id\":1}    | The feed is no JSON object with",
                "/v2/feeds/1.json | {\"datastreams\":[{\"current_value\":1}]} | The feed is no JSON object with",
                "/v2/feeds/1.csv  | a,             | A cell is empty, or badly quoted",
                "/v2/feeds/1.json | {\"datastreams\": | The feed is no JSON object with",
                "/v2/feeds/1.json | demo-key      | The feed is no JSON object with",
                "/v2/feeds/1.json | \"demo-key\"  | The feed is no JSON object with",
                "/v2/feeds/1.json | {\"datastreams\":\"demo-key\"} | The feed is no JSON object with",
                "/v2/feeds/1.json | {\"datastreams\":[\"demo-key\"]} | The feed is no JSON object with",
                "/v2/feeds/1.json | {\"datastreams\":[{\"id\":{\"demo-key\":1}}]} | The feed is no JSON object with",
                "/v2/feeds/1.xml  | x             | The topic is not <key>/v2/feeds",
                "/v2/feeds/1      | x             | The topic is not <key>/v2/feeds",
                "/v2/feeds        | x             | The topic is not <key>/v2/feeds",
                "/v2/feeds/x.csv  | a,1           | The topic is not <key>/v2/feeds",
                "/v1/feeds/1.csv  | 1,2,3         | The topic is not <key>/v2/feeds",
                "/v1/feeds/1/datastreams/a.json | 1 | The topic is not <key>/v2/feeds",
                "/v3/feeds/1.csv  | a,1           | The topic is not <key>/v2/feeds",
                "/v2/feeds/1/datastreams/a/b.csv | 1 | The topic is not <key>/v2/feeds"
            })
    void whatIsNoneOfTheFormsIsLoggedAndHoldsNobody(String topic, String payload, String why)
            throws Exception {
        String behind = "behind" + ++datastreams;
        try (LogLines log = new LogLines(ErrorReporter.class)) {
            peer.publish(KEY + topic, payload);
            peer.publish(FEED + "/datastreams/" + behind + ".csv", "1");
            isStored(behind, "1");
            String lines = String.join("\n", log.lines());
            assertTrue(lines.matches("(?s).*given up on [^ ]*: Invalid message.*"), lines);
            assertTrue(lines.contains(why), lines);
            assertTrue(!lines.contains(KEY), lines);
        }
        assertEquals(List.of(), peer.received());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no key", "a.b", "k\u00fc", "public"})
    void whatHasNoKeyGoesNowhere(String key) throws Exception {
        String behind = "behind" + ++datastreams;
        try (LogLines log = new LogLines(ErrorReporter.class)) {
            peer.publish(key + "/v2/feeds/1.csv", "a,1");
            peer.publish(FEED + "/datastreams/" + behind + ".csv", "1");
            isStored(behind, "1");
            assertEquals(1, log.count("message given up"));
            assertEquals(0, log.count("publish given up"));
        }
    }

    /** Whatever the bridge publishes is below its prefix: so it cannot hear itself. */
    @Test
    void whatIsBelowTheBridgesPrefixIsNotTaken() throws Exception {
        peer.listen("pb/pb/#");
        peer.publish("pb/v2/feeds/1.csv", "a,1");
        peer.publish("pb/v2/feeds/1/datastreams/a.csv", "1");
        String behind = "behind" + ++datastreams;
        peer.publish(FEED + "/datastreams/" + behind + ".csv", "1");
        isStored(behind, "1");
        assertEquals(List.of(), peer.payloads("pb/pb/1/a"));
    }

    @Test
    void anOldCopyAndAnEmptyMessageArePassedOver() throws Exception {
        peer.publish(FEED + ".csv", "");
        peer.publish(FEED + "/datastreams/old.csv", "");
        peer.publish(FEED + ".csv", "old,1".getBytes(StandardCharsets.UTF_8), 1, true);
        isStored("old", "1");
        bridge.close();
        peer.publish(FEED + ".csv", "old,2");
        bridge.start();
        isStored("old", "2");
        peer.publish(FEED + ".csv", "new,3");
        isStored("new", "3");
        assertEquals(List.of("1", "2"), puts("old"));
    }

    @Test
    void aQuotedValueIsStoredAsItIsMeant() throws Exception {
        peer.publish(
                FEED + ".csv",
                "q1,\"one, two\"\nq2,\"he said \"\"hi\"\", bye\"\nq3,\"a,b,c\"\nq4,{x}");
        isStored("q1", "\"one, two\"");
        isStored("q2", "\"he said \"\"hi\"\", bye\"");
        isStored("q3", "\"a,b,c\"");
        isStored("q4", "{x}");
    }

    @Test
    void aMessageOfOneMegabyteHoldsNobody() throws Exception {
        String behind = "behind" + ++datastreams;
        try (LogLines log = new LogLines(OversizedReports.class)) {
            peer.publish(
                    FEED + ".csv", "temperature,21.5\n".repeat(15_000)); // what the broker takes
            peer.publish(FEED + "/datastreams/" + behind + ".csv", "1");
            isStored(behind, "1");
            assertEquals(1, log.count("its payload is too large"));
        }
    }
}
