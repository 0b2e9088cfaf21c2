package io.pachube.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

class SandboxReadTest extends SandboxTestSupport {
    @Test
    void aDatastreamInJsonSaysOnlyWhatIsKnown() {
        assertEquals("{\"id\":\"temperature\",\"version\":\"1.0.0\"}", get(TEMPERATURE).body());
        put(TEMPERATURE + ".csv", "333");
        put(TEMPERATURE, "{\"current_value\":500,\"tags\":[\"a\"],\"unit\":{\"symbol\":\"C\"}}");
        assertEquals(
                "{\"id\":\"temperature\",\"current_value\":\"500\","
                        + "\"at\":\"2012-06-01T12:00:00.000000Z\",\"max_value\":\"500.0\","
                        + "\"min_value\":\"333.0\",\"tags\":[\"a\"],\"unit\":{\"symbol\":\"C\"},"
                        + "\"version\":\"1.0.0\"}",
                get(TEMPERATURE + ".json").body());
        put("/feeds/1/datastreams/humidity.csv", "wet");
        assertFalse(json("/feeds/1/datastreams/humidity").has("max_value"));
    }

    @Test
    void aFeedInJsonHasItsKeysInTheVendorsOrder() {
        put(
                "/feeds/1",
                "{\"description\":\"d\",\"location\":{\"domain\":\"physical\",\"lat\":1.50},"
                        + "\"datastreams\":[{\"id\":\"temperature\",\"current_value\":\"1\"}]}");
        assertEquals(
                ("{'id':1,'title':'Sandbox','private':'false','description':'d','feed':'"
                                + pachube.url()
                                + "/feeds/1.json','status':'live',"
                                + "'updated':'2012-06-01T12:00:00.000000Z',"
                                + "'created':'2012-06-01T12:00:00.000000Z','creator':'"
                                + pachube.url().replace("/v2", "/users/sandbox")
                                + "','version':'1.0.0','datastreams':[{'id':'temperature',"
                                + "'current_value':'1','at':'2012-06-01T12:00:00.000000Z',"
                                + "'max_value':'1.0','min_value':'1.0'},{'id':'humidity'}],"
                                + "'location':{'domain':'physical','lat':1.50}}")
                        .replace('\'', '"'),
                get("/feeds/1").body());
        assertEquals(1, json("/feeds/1?datastreams=humidity,x").get("datastreams").size());
        assertEquals("sandbox", json("/feeds/1?show_user=true").at("/user/login").asText());
    }

    @ParameterizedTest
    @CsvSource({
        ".json,text/csv,application/json",
        ".csv,application/json,text/csv",
        ".xml,text/csv,application/xml",
        "'',text/csv,text/csv",
        "'',application/xml,application/xml",
        "'','text/csv;q=0.5, application/json',application/json",
        "'','text/html, image/gif, *; q=.2, */*; q=.2',application/json",
        "'',text/html,application/json"
    })
    void suffixThenAcceptThenJson(String suffix, String accept, String type) {
        for (String path : new String[] {"/feeds/1", TEMPERATURE}) {
            var answer = get(path + suffix, "Accept", accept);
            assertEquals(200, answer.statusCode());
            assertEquals(
                    type + "; charset=utf-8",
                    answer.headers().firstValue("Content-Type").orElseThrow());
        }
    }

    @Test
    void whatIsNotThereInThatFormatIs406() {
        for (String path :
                new String[] {
                    "/feeds/1.png", TEMPERATURE + ".png", "/feeds.csv", "/triggers.csv"
                }) {
            assertEquals(406, get(path).statusCode(), path);
        }
    }

    @Test
    void eemlHoldsTheFeedAndItsDatastreams() {
        put(TEMPERATURE, "{\"current_value\":\"<&\",\"tags\":[\"a\"],\"unit\":{\"label\":\"C\"}}");
        String body = get("/feeds/1.xml").body();
        assertTrue(body.contains("<title>Sandbox</title>"), body);
        assertTrue(
                body.contains(
                        "<data id=\"temperature\"><tag>a</tag>"
                                + "<current_value at=\"2012-06-01T12:00:00.000000Z\">&lt;&amp;"
                                + "</current_value><unit>C</unit></data>"
                                + "<data id=\"humidity\"></data></environment></eeml>"),
                body);
        assertFalse(get(TEMPERATURE + ".xml").body().contains("<title>"));
    }

    @Test
    void headIsAGetWithoutABody() {
        assertEquals(200, send("HEAD", TEMPERATURE, "").statusCode());
        assertEquals(404, send("HEAD", "/feeds/9", "").statusCode());
    }

    @Test
    void longAnswersArePackedForWhoTakesThem() throws Exception {
        put("/feeds/1", "{\"description\":\"" + "x".repeat(2000) + "\"}");
        var answer =
                CLIENT.send(
                        HttpRequest.newBuilder(URI.create(pachube.url() + "/feeds/1?key=demo-key"))
                                .header("Accept-Encoding", "gzip")
                                .build(),
                        BodyHandlers.ofInputStream());
        assertEquals("gzip", answer.headers().firstValue("Content-Encoding").orElseThrow());
        var text = new String(new java.util.zip.GZIPInputStream(answer.body()).readAllBytes());
        assertEquals(1, parsed(text).get("id").asInt());
    }

    @Test
    void feedsAreListedInPages() {
        for (int i = 0; i < 3; i++) {
            post("/feeds", "{\"title\":\"Tea " + i + "\",\"tags\":[\"t" + i + "\"]}");
        }
        JsonNode page = json("/feeds?per_page=3&page=2");
        assertEquals(4, page.get("totalResults").asInt());
        assertEquals(3, page.get("startIndex").asInt());
        assertEquals(3, page.get("itemsPerPage").asInt());
        assertEquals(4, page.at("/results/0/id").asInt());
        assertEquals(3, json("/feeds?q=tea").get("totalResults").asInt());
        assertEquals(1, json("/feeds?tag=t1").get("totalResults").asInt());
        put(
                "/feeds/2",
                "{\"datastreams\":[{\"id\":\"a\",\"tags\":\"u\",\"unit\":{\"label\":\"C\"}}]}");
        assertEquals(1, json("/feeds?tag=u&units=C").get("totalResults").asInt());
        assertEquals(0, json("/feeds?tag=U").get("totalResults").asInt());
        assertEquals(0, json("/feeds?user=x").get("totalResults").asInt());
        assertFalse(json("/feeds?content=summary").at("/results/0").has("datastreams"));
        clock.advance(Duration.ofMinutes(15));
        assertEquals(0, json("/feeds?status=live").get("totalResults").asInt());
        assertEquals(4, json("/feeds?status=frozen").get("totalResults").asInt());
    }

    @Test
    void afterFifteenMinutesAFeedIsFrozen() {
        put(TEMPERATURE + ".csv", "1");
        clock.advance(Duration.ofMinutes(15).minusMillis(1));
        assertEquals("live", json("/feeds/1").get("status").asText());
        clock.advance(Duration.ofMillis(1));
        assertEquals("frozen", json("/feeds/1").get("status").asText());
        put(TEMPERATURE + ".csv", "1");
        assertEquals("live", json("/feeds/1").get("status").asText());
    }

    /** One value each half hour from 00:10 to 11:40, each its own number. */
    private void aMorning() {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 24; i++) {
            rows.append("2012-06-01T%02d:%02d:00Z,%d\n".formatted(i / 2, i % 2 * 30 + 10, i));
        }
        assertAccepted(put(TEMPERATURE + ".csv", rows.toString()));
    }

    private String values(String query) {
        StringBuilder values = new StringBuilder();
        json(TEMPERATURE + "?" + query)
                .path("datapoints")
                .forEach(p -> values.append(p.get("value").asText()).append(' '));
        return values.toString().strip();
    }

    @ParameterizedTest
    @CsvSource({
        "duration=2hours,20 21 22 23",
        "duration=2hours&limit=2,20 21",
        "duration=2hours&per_page=3&page=2,23",
        "start=2012-06-01T10:40:00Z,21 22 23",
        "start=2012-06-01T10:41:00Z&find_previous=true,21 22 23",
        "start=2012-06-01T01:10:00Z&end=2012-06-01T01:40:00Z,2 3",
        "start=2012-06-01T01:10:00Z&duration=30minutes,2 3",
        "start=2012-06-01T03:10:00+02:00&duration=30 minutes,2 3",
        "end=2012-06-01T01:00:00Z,0 1",
        "end=2012-06-01T05:00:00Z&duration=1hour,8 9",
        "start=2012-06-01T00:00:00Z,0 1 2 3 4 5 6 7 8 9 10 11",
        "start=2012-06-01T09:00:00Z&interval=3600,19 21 23",
        "start=2012-06-01T09:00:00Z&interval=1801,19 21 23",
        "start=2012-06-01T10:00:00Z&interval=1800&interval_type=discrete,19 20 21 22 23"
    })
    void historyIsChosenByItsWindow(String query, String values) {
        aMorning();
        assertEquals(values, values(query.replace(" ", "%20")));
    }

    @Test
    void discreteDatapointsLieOnTheirBoundaries() {
        aMorning();
        assertEquals(
                "2012-06-01T10:00:00.000000Z",
                json(TEMPERATURE
                                + "?start=2012-06-01T09:50:00Z"
                                + "&interval=1800&interval_type=discrete")
                        .at("/datapoints/0/at")
                        .asText());
    }

    @ParameterizedTest
    @CsvSource({
        "duration=7hours",
        "start=2012-06-01T00:00:00Z&end=2012-06-01T06:00:01Z",
        "duration=25hours&interval=60",
        "duration=soon",
        "start=then",
        "duration=999999999years",
        "duration=1hour&limit=x"
    })
    void windowsAreLimited(String query) {
        assertEquals(422, get(TEMPERATURE + "?" + query).statusCode());
    }

    @Test
    void historyIsThereInAllFormatsAndForFeeds() {
        aMorning();
        put("/feeds/1/datastreams/humidity.csv", "2012-06-01T11:30:00Z,x");
        assertEquals(
                "2012-06-01T11:10:00.000000Z,22\n2012-06-01T11:40:00.000000Z,23",
                get(TEMPERATURE + ".csv?duration=1hour").body());
        assertEquals(
                "temperature,2012-06-01T11:10:00.000000Z,22\n"
                        + "humidity,2012-06-01T11:30:00.000000Z,x\n"
                        + "temperature,2012-06-01T11:40:00.000000Z,23",
                get("/feeds/1.csv?duration=1hour").body());
        assertEquals("", get(TEMPERATURE + ".csv?duration=1minute").body());
        assertFalse(json(TEMPERATURE + "?duration=1minute").has("datapoints"));
        assertTrue(
                get("/feeds/1.xml?duration=1hour")
                        .body()
                        .contains(
                                "<datapoints><value at=\"2012-06-01T11:30:00.000000Z\">x</value>"
                                        + "</datapoints>"));
    }
}
