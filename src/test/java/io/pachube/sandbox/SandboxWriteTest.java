package io.pachube.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;

class SandboxWriteTest extends SandboxTestSupport {
    private static final String NOW = "2012-06-01T12:00:00.000000Z";

    private void assertCurrent(String csv) {
        assertEquals(csv, get(TEMPERATURE + ".csv").body());
    }

    @Test
    void aValuePutAsCsvBecomesTheCurrentValue() {
        assertAccepted(put(TEMPERATURE + ".csv", "21.5"));
        assertCurrent(NOW + ",21.5");
        assertAccepted(put(TEMPERATURE + ".csv", " 2012-06-01T14:00:00+02:00 , \"a,\"\"b\" \r\n"));
        assertCurrent(NOW + ",\"a,\"\"b\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"current_value\":\"21.50\"}",
                "{\"current_value\":21.50}",
                "{\"version\":\"1.0.0\",\"datastreams\":[{\"id\":\"x\","
                        + "\"current_value\":\"21.50\"}]}"
            })
    void aValuePutAsJsonKeepsItsDigits(String body) {
        assertAccepted(put(TEMPERATURE, body));
        assertCurrent(NOW + ",21.50");
    }

    @Test
    void theSuffixWinsOverAcceptAndTheContentTypeSaysNothing() {
        String[] headers = {"Accept", "application/json", "Content-Type", "application/xml"};
        assertAccepted(send("PUT", TEMPERATURE + ".csv", "1", headers));
        assertAccepted(send("PUT", TEMPERATURE, "2", "Accept", "text/csv"));
        assertCurrent(NOW + ",2");
        assertEquals(400, put(TEMPERATURE, "3").statusCode());
        assertEquals(400, send("PUT", TEMPERATURE, "3", "Content-Type", "text/csv").statusCode());
    }

    @Test
    void anUnknownDatastreamIsNotCreated() {
        assertNotFound(put("/feeds/1/datastreams/other.csv", "1"));
        assertNotFound(put("/feeds/2/datastreams/temperature.csv", "1"));
        assertNotFound(put("/feeds/x/datastreams/temperature.csv", "1"));
        assertNotFound(get("/feeds/1/datastreams/other"));
        assertEquals(2, json("/feeds/1").get("datastreams").size());
    }

    @Test
    void aFeedPutCreatesDatastreamsAndLeavesOthersAlone() {
        put(TEMPERATURE + ".csv", "1");
        assertAccepted(put("/feeds/1.csv", "a, 333\nb,2012-06-01T10:00:00Z,4\nc,,\"\""));
        assertAccepted(
                put(
                        "/feeds/1.json",
                        "{\"version\":\"1.0.0\",\"title\":\"New\",\"datastreams\":[{\"id\":\"d\","
                                + "\"datapoints\":[{\"at\":\"2012-06-01T11:00:00Z\","
                                + "\"value\":7}]}]}"));
        assertEquals(
                "temperature,"
                        + NOW
                        + ",1\nhumidity,,\"\"\na,"
                        + NOW
                        + ",333\nb,2012-06-01T10:00:00.000000Z,4\nc,,\"\"\n"
                        + "d,2012-06-01T11:00:00.000000Z,7",
                get("/feeds/1.csv").body());
        assertEquals("New", json("/feeds/1").get("title").asText());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1,2,3 | Too many fields; must only be a single value, or a timestamp and a value",
                "1;2 | If multiple values are included, then a timestamp and value must be"
                        + " submitted for every row",
                "2012-01-01T00:00:00Z,1;2 | If multiple values are included, then a timestamp and"
                        + " value must be submitted for every row",
                "' ' | Submitted data appears to be empty",
                "\"a\"b | Illegal quoting",
                "a\"b\" | Illegal quoting",
                "\"a | Unclosed quoted field"
            })
    void badDatastreamCsvIsRefusedInPachubesWords(String body, String error) {
        assertRefused(
                400,
                "CSV Parser Error",
                "CSV is invalid. " + error,
                put(TEMPERATURE + ".csv", body.replace(';', '\n')));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "' ' | Submitted CSV is empty.",
                "1 | CSV is invalid. Incorrect number of fields",
                "a,1,2,3 | CSV is invalid. Incorrect number of fields",
                "a,1;;b,2 | CSV is invalid. Incorrect number of fields",
                "a,1;a,2 | CSV is invalid. If multiple values given they must include a"
                        + " timestamp for all values"
            })
    void badFeedCsvIsRefusedInPachubesWords(String body, String error) {
        assertRefused(400, "CSV Parser Error", error, put("/feeds/1.csv", body.replace(';', '\n')));
    }

    @Test
    void badJsonIsRefused() {
        assertEquals(
                "JSON Parser Error",
                parsed(put(TEMPERATURE, "{\"a\":").body()).get("title").asText());
        assertEquals(400, put(TEMPERATURE, "[]").statusCode());
        assertEquals(400, put(TEMPERATURE, "").statusCode());
        assertRefused(
                422,
                "Unprocessable Entity",
                "Stream is invalid",
                put("/feeds/1", "{\"datastreams\":[{\"id\":\"a b\",\"current_value\":\"1\"}]}"));
        assertEquals(422, put(TEMPERATURE + ".csv", "tomorrow,1").statusCode());
        assertEquals(422, put(TEMPERATURE + ".csv", "x".repeat(256)).statusCode());
    }

    @Test
    void anOlderDatapointDoesNotMoveTheCurrentValue() {
        put(TEMPERATURE + ".csv", "1");
        assertAccepted(put(TEMPERATURE + ".csv", "2012-06-01T11:00:00Z,2"));
        assertCurrent(NOW + ",1");
        assertAccepted(put(TEMPERATURE + ".csv", "2012-06-01T11:10:00Z,3\n2012-06-02T11:20:00Z,4"));
        assertCurrent("2012-06-02T11:20:00.000000Z,4");
        put(TEMPERATURE + ".csv", "5"); // a value without a timestamp is of now, whatever was said
        assertCurrent(NOW + ",5");
    }

    @Test
    void feedsAreCreatedReadAndDeleted() {
        String feed =
                created(
                        post(
                                "/feeds",
                                "{\"title\":\"x\",\"version\":\"1.0.0\",\"tags\":\"a, b\","
                                        + "\"datastreams\":[{\"id\":\"0\","
                                        + "\"current_value\":\"1\"}]}"));
        assertEquals("/feeds/2", feed);
        assertEquals("[\"a\",\"b\"]", json(feed).get("tags").toString());
        assertEquals(422, post("/feeds", "{\"version\":\"1.0.0\"}").statusCode());
        assertEquals(406, post("/feeds.csv", "a,1").statusCode());
        assertAccepted(send("DELETE", feed, ""));
        assertNotFound(get(feed));
        assertRefused(
                404,
                "Not found",
                "No route matches [POST] \"/api/v2/feeds/1.csv\"",
                post("/feeds/1.csv", "a,1"));
    }

    @Test
    void datastreamsAreCreatedAndDeleted() {
        String body =
                "{\"version\":\"1.0.0\",\"datastreams\":[{\"id\":\"t\",\"current_value\":1}]}";
        String stream = created(post("/feeds/1/datastreams", body));
        assertEquals("/feeds/1/datastreams/t", stream);
        assertRefused(
                422,
                "Unprocessable Entity",
                "can't have duplicate IDs: t",
                post("/feeds/1/datastreams/", body));
        assertEquals(422, post("/feeds/1/datastreams", "{\"id\":\"u\"}").statusCode());
        assertAccepted(send("DELETE", stream, ""));
        assertNotFound(get(stream));
        created(post("/feeds/1/datastreams.csv", "t,1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.b", "a+b", "größe", "温度", "a.csvx", "-_."})
    void datastreamIdsMayHoldLettersOfAnyScriptPlusAndDot(String id) {
        created(post("/feeds/1/datastreams", "{\"datastreams\":[{\"id\":\"" + id + "\"}]}"));
        String escaped = ApiRequest.encoded(id);
        String path = "/feeds/1/datastreams/" + escaped;
        assertAccepted(put(path + ".csv", "7"));
        assertAccepted(put(path.replace("+", "%2B") + ".csv", "8"));
        assertEquals("8", json(path).get("current_value").asText());
        assertEquals(id, json(path).get("id").asText());
    }

    @Test
    void anAddressThatIsNoIdIsNotFound() {
        assertNotFound(put("/feeds/1/datastreams/a%2Fb.csv", "1"));
        assertNotFound(put("/feeds/1/datastreams/a%25b.csv", "1"));
        assertNotFound(put("/feeds/1/datastreams/%FF.csv", "1"));
        assertEquals(404, get("/nothing").statusCode());
    }

    @Test
    void datapointsAreWrittenReadChangedAndDeleted() {
        String points =
                "{\"datapoints\":[{\"at\":\"2012-06-01T10:00:00Z\",\"value\":\"1\"},"
                        + "{\"at\":\"2012-06-01T11:00:00Z\",\"value\":\"2\"},"
                        + "{\"at\":\"2012-06-01T11:00:00Z\",\"value\":\"3\"}]}";
        assertAccepted(post(TEMPERATURE + "/datapoints", points));
        assertAccepted(
                post(
                        TEMPERATURE + "/datapoints.csv",
                        "2012-06-01T09:00:00Z,0\n2012-06-01T09:30:00Z,0"));
        String point = TEMPERATURE + "/datapoints/2012-06-01T11:00:00Z";
        assertEquals("{\"value\":\"3\",\"at\":\"2012-06-01T11:00:00.000000Z\"}", get(point).body());
        assertAccepted(put(point + ".json", "{\"value\":\"300\"}"));
        assertEquals("300", get(point + ".csv").body());
        assertAccepted(put(point + ".csv", "301"));
        assertEquals(
                "301", json(point.replace("11:00:00Z", "13:00:00+02:00")).get("value").asText());
        assertNotFound(put(point.replace("11", "12"), "{\"value\":\"300\"}"));
        assertAccepted(send("DELETE", point, ""));
        assertNotFound(send("DELETE", point, ""));
        assertNotFound(get(point));
        assertNotFound(get(TEMPERATURE + "/datapoints/yesterday"));

        String range = TEMPERATURE + "/datapoints?start=2012-06-01T09:15:00Z";
        assertAccepted(send("DELETE", range + "&duration=20minutes", ""));
        assertEquals(2, json(TEMPERATURE + "?duration=6hours").get("datapoints").size());
        assertAccepted(send("DELETE", range + "&end=2012-06-01T23:00:00Z", ""));
        assertEquals(1, json(TEMPERATURE + "?duration=6hours").get("datapoints").size());
        assertEquals(422, send("DELETE", TEMPERATURE + "/datapoints", "").statusCode());
    }

    @Test
    void over500DatapointsNothingIsStored() {
        String rows =
                IntStream.range(0, 501)
                        .mapToObj(i -> "2012-06-01T10:%02d:%02dZ,1".formatted(i / 60, i % 60))
                        .collect(Collectors.joining("\n"));
        assertEquals(422, put(TEMPERATURE + ".csv", rows).statusCode());
        assertFalse(json(TEMPERATURE).has("current_value"));
        assertAccepted(put(TEMPERATURE + ".csv", rows.substring(rows.indexOf('\n') + 1)));
        assertEquals(
                500, json(TEMPERATURE + "?duration=6hours&limit=1000").get("datapoints").size());
    }

    @Test
    void theOldestDatapointsFallOut() {
        for (int batch = 0; batch < 21; batch++) {
            int hour = batch;
            String rows =
                    IntStream.range(0, 500)
                            .mapToObj(
                                    i ->
                                            "2012-05-01T%02d:%02d:%02dZ,1"
                                                    .formatted(hour, i / 60, i % 60))
                            .collect(Collectors.joining("\n"));
            assertAccepted(put(TEMPERATURE + ".csv", rows));
        }
        assertNotFound(get(TEMPERATURE + "/datapoints/2012-05-01T00:00:00Z"));
        assertEquals("1", get(TEMPERATURE + "/datapoints/2012-05-01T01:00:00Z.csv").body());
    }

    @Test
    void manyWriteAtTheSameTime() {
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            answers.add(
                    CLIENT.sendAsync(
                            HttpRequest.newBuilder(URI.create(pachube.url() + "/feeds/1.csv"))
                                    .header("X-ApiKey", SandboxPachube.DEMO_KEY)
                                    .PUT(
                                            BodyPublishers.ofString(
                                                    "s%d,2012-06-01T11:%02d:00Z,1"
                                                            .formatted(i % 40, i / 40)))
                                    .build(),
                            BodyHandlers.ofString()));
        }
        answers.forEach(answer -> assertAccepted(answer.join()));
        JsonNode streams = json("/feeds/1?duration=1hour").get("datastreams");
        assertEquals(42, streams.size());
        for (int i = 2; i < 42; i++) {
            assertEquals(10, streams.get(i).get("datapoints").size());
            assertEquals("2012-06-01T11:09:00.000000Z", streams.get(i).get("at").asText());
        }
    }

    @Test
    void eemlIsUnderstood() {
        String head = "<?xml version=\"1.0\"?><eeml xmlns=\"http://www.eeml.org/xsd/0.5.1\">";
        String data =
                "<environment><title>X</title><data id=\"temperature\"><tag>t</tag>"
                        + "<current_value at=\"2012-06-01T11:00:00Z\">4</current_value>"
                        + "<unit symbol=\"C\">Celsius</unit>"
                        + "<datapoints><value at=\"2012-06-01T10:00:00Z\">3</value></datapoints>"
                        + "</data></environment></eeml>";
        assertAccepted(put(TEMPERATURE + ".xml", head + data));
        assertAccepted(put("/feeds/1.xml", head + data.replace("temperature", "other")));
        assertCurrent("2012-06-01T11:00:00.000000Z,4");
        assertEquals("C", json("/feeds/1/datastreams/other").get("unit").get("symbol").asText());
        assertEquals("X", json("/feeds/1").get("title").asText());
        var bad = put(TEMPERATURE + ".xml", "<a></b>");
        assertEquals(400, bad.statusCode());
        assertTrue(bad.body().contains("<errors><title>"), bad.body());
        assertEquals(
                400, put(TEMPERATURE + ".xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>").statusCode());
    }

    @Test
    void gzipIsUnpackedAndLargeBodiesAreRefused() throws Exception {
        assertEquals(200, packed("21.5").statusCode());
        assertCurrent(NOW + ",21.5");
        assertEquals(413, packed(" ".repeat(SandboxPachube.MAX_BODY + 1)).statusCode());
        String large = " ".repeat(SandboxPachube.MAX_BODY);
        assertAccepted(put(TEMPERATURE + ".csv", large.substring(1) + "1"));
        assertRefused(
                413,
                "Request Entity Too Large",
                "The body is larger than 1048576 bytes",
                put(TEMPERATURE + ".csv", large + "1"));
    }

    private HttpResponse<String> packed(String text) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes());
        }
        return CLIENT.send(
                HttpRequest.newBuilder(URI.create(pachube.url() + TEMPERATURE + ".csv"))
                        .header("Content-Encoding", "gzip")
                        .header("X-ApiKey", SandboxPachube.DEMO_KEY)
                        .PUT(BodyPublishers.ofByteArray(bytes.toByteArray()))
                        .build(),
                BodyHandlers.ofString());
    }

    @Test
    void aPostThatMeansAPutOrADeleteIsOne() {
        assertAccepted(post(TEMPERATURE + ".csv?_method=put", "21.5"));
        assertCurrent(NOW + ",21.5");
        assertAccepted(post("/feeds/1.csv?_method=PUT", "temperature,22.5"));
        assertCurrent(NOW + ",22.5");
        assertAccepted(post(TEMPERATURE + "?_method=delete", ""));
        assertNotFound(get(TEMPERATURE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"_method=get", "_method=patch", "_method=", "method=put"})
    void anyOtherPostIsAPost(String query) {
        assertEquals(404, post(TEMPERATURE + ".csv?" + query, "21.5").statusCode());
        assertEquals(404, send("GET", TEMPERATURE + "/none?_method=delete", "").statusCode());
        assertEquals(200, get(TEMPERATURE + "?_method=delete").statusCode());
        assertEquals(200, get(TEMPERATURE).statusCode());
    }
}
