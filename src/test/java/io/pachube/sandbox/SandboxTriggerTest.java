package io.pachube.sandbox;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

class SandboxTriggerTest extends SandboxTestSupport {
    private static final String ON = "'environment_id':1,'stream_id':'temperature'";
    private static final String HUMIDITY = "/feeds/1/datastreams/humidity";

    private record Received(String target, String type, String agent, String body) {
        JsonNode document() {
            assertEquals("body=", body.substring(0, 5));
            return parsed(URLDecoder.decode(body.substring(5), UTF_8));
        }

        String value() {
            return document().at("/triggering_datastream/value/value").asText();
        }
    }

    private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
    private final CountDownLatch slow = new CountDownLatch(1);
    private HttpServer receiver;

    @BeforeEach
    void startReceiver() throws Exception {
        receiver = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        receiver.createContext(
                "/",
                exchange -> {
                    received.add(
                            new Received(
                                    exchange.getRequestURI().toString(),
                                    exchange.getRequestHeaders().getFirst("Content-Type"),
                                    exchange.getRequestHeaders().getFirst("User-Agent"),
                                    new String(exchange.getRequestBody().readAllBytes(), UTF_8)));
                    exchange.sendResponseHeaders(200, -1);
                    exchange.close();
                });
        receiver.createContext(
                "/slow",
                exchange -> {
                    try {
                        slow.await(20, SECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        receiver.start();
    }

    @AfterEach
    void stopReceiver() {
        slow.countDown();
        receiver.stop(0);
    }

    private String trigger(String type, String threshold, String target) {
        return "{\"url\":\"http://127.0.0.1:"
                + receiver.getAddress().getPort()
                + target
                + "\",\"trigger_type\":\""
                + type
                + "\",\"threshold_value\":"
                + threshold
                + ",\"environment_id\":1,\"stream_id\":\"temperature\"}";
    }

    private String create(String type, String threshold) {
        return created(post("/triggers", trigger(type, threshold, "/hook?secret=a%2Bb")));
    }

    private void value(String value) {
        assertAccepted(put(TEMPERATURE + ".csv", value));
    }

    private Received next() throws InterruptedException {
        Received next = received.poll(5, SECONDS);
        assertTrue(next != null, "no notification came");
        return next;
    }

    /** Nothing else was sent: a second trigger's notification, fired later, is the next. */
    private void assertQuiet() throws InterruptedException {
        post("/triggers/1/debug", "");
        assertTrue(next().document().has("debug"));
        assertTrue(received.isEmpty());
    }

    @Test
    void triggersAreCreatedListedReadChangedAndDeleted() {
        String path = create("lt", "\"15.0\"");
        assertEquals("/triggers/1", path);
        String url = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook?secret=a%2Bb";
        String expected =
                "{\"id\":1,\"url\":\""
                        + url
                        + "\",\"trigger_type\":\"lt\",\"user\":\"sandbox\",\"environment_id\":1,"
                        + "\"stream_id\":\"temperature\",\"threshold_value\":\"15.0\","
                        + "\"notified_at\":\"\"}";
        assertEquals(expected, get(path + ".json").body());
        assertEquals("[" + expected + "]", get("/triggers/?feed_id=1").body());
        assertEquals("[]", get("/triggers.json?feed_id=2").body());

        assertAccepted(
                put(
                        path,
                        "{\"threshold_value\":16,\"trigger_type\":\"gte\",\"environment_id\":7,"
                                + "\"stream_id\":\"humidity\",\"url\":\"http://x/\"}"));
        JsonNode changed = json(path);
        assertEquals("16", changed.get("threshold_value").asText());
        assertEquals("gte", changed.get("trigger_type").asText());
        assertEquals("http://x/", changed.get("url").asText());
        assertEquals(1, changed.get("environment_id").asInt());
        assertEquals("temperature", changed.get("stream_id").asText());
        assertAccepted(put(path, "{\"trigger_type\":\"change\"}"));
        assertFalse(json(path).has("threshold_value"));

        assertAccepted(send("DELETE", path, ""));
        assertNotFound(get(path));
        assertNotFound(put(path, "{}"));
        assertNotFound(send("DELETE", path, ""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "422|{'trigger_type':'change',ON}",
                "422|{'url':'ftp://x/','trigger_type':'change',ON}",
                "422|{'url':'http://x/','trigger_type':'ne',ON}",
                "422|{'url':'http://x/','trigger_type':'lt',ON}",
                "422|{'url':'http://x/','trigger_type':'change','stream_id':'temperature'}",
                "422|{'url':'http://x/','trigger_type':'change','environment_id':1}",
                "404|{'url':'http://x/','trigger_type':'change','environment_id':1,"
                        + "'stream_id':'no'}",
                "404|{'url':'http://x/','trigger_type':'change','environment_id':2,"
                        + "'stream_id':'no'}",
                "400|{'url'"
            })
    void badTriggersAreRefused(int status, String body) {
        assertEquals(
                status, post("/triggers", body.replace("ON", ON).replace('\'', '"')).statusCode());
    }

    @Test
    void aTriggerInXmlIsUnderstood() {
        String path =
                created(
                        post(
                                "/triggers.xml",
                                "<datastream-trigger><url>http://x/</url>"
                                        + "<trigger-type>lt</trigger-type>"
                                        + "<threshold-value type=\"float\">15.0</threshold-value>"
                                        + "<environment-id type=\"integer\">1</environment-id>"
                                        + "<stream-id>temperature</stream-id>"
                                        + "</datastream-trigger>"));
        assertEquals("15.0", json(path).get("threshold_value").asText());
    }

    @ParameterizedTest
    @CsvSource({
        "gt,10,10,10.1",
        "gte,10,9.9,10",
        "lt,10,10,-1e3",
        "lte,10,10.1,10.0",
        "eq,10,11,10.00",
        "eq,on,off,on"
    })
    void eachComparisonFiresWhenItBecomesTrue(String type, String threshold, String no, String yes)
            throws Exception {
        create(type, "\"" + threshold + "\"");
        value(no);
        value("neither");
        value(yes);
        assertEquals(yes, next().value());
        assertQuiet();
    }

    @Test
    void itFiresOnTheEdgeOnly() throws Exception {
        create("gt", "10");
        value("11");
        assertEquals("11", next().value()); // two on their way at once may change places
        for (String value : new String[] {"12", "9", "13"}) {
            clock.advance(Duration.ofSeconds(6));
            value(value);
        }
        assertEquals("13", next().value());
        clock.advance(Duration.ofSeconds(6));
        assertQuiet();
        pachube.setLevelTriggers(true);
        value("14");
        assertEquals("14", next().value());
    }

    @Test
    void withinFiveSecondsItIsDropped() throws Exception {
        String path = create("change", "null");
        value("1");
        assertEquals("1", next().value());
        assertEquals("2012-06-01T12:00:00Z", json(path).get("notified_at").asText());
        clock.advance(Duration.ofMillis(4999));
        value("2");
        clock.advance(Duration.ofMillis(1));
        value("3");
        assertEquals("3", next().value());
        assertQuiet();
    }

    @Test
    void aChangeIsADifferentValue() throws Exception {
        create("change", "null");
        value("1");
        assertEquals("1", next().value());
        for (String value : new String[] {"1.0", "2"}) {
            clock.advance(Duration.ofSeconds(5));
            value(value);
        }
        assertEquals("2", next().value());
        clock.advance(Duration.ofSeconds(5));
        assertQuiet();
        pachube.setChangeOnEqual(true);
        value("2");
        assertEquals("2", next().value());
    }

    @Test
    void onlyANewCurrentValueIsLookedAt() throws Exception {
        value("1");
        create("gt", "10");
        value("2012-06-01T11:00:00Z,11");
        assertAccepted(post(TEMPERATURE + "/datapoints.csv", "2012-06-01T10:00:00Z,12"));
        put("/feeds/1.csv", "humidity,13");
        assertAccepted(
                put(TEMPERATURE + ".csv", "2012-06-02T10:00:00Z,14\n2012-06-02T11:00:00Z,9"));
        value("15");
        assertEquals("15", next().value());
        assertQuiet();
    }

    @Test
    void aFeedPutFiresToo() throws Exception {
        create("gt", "10");
        put("/feeds/1.csv", "temperature,11");
        assertEquals("11", next().value());
    }

    @Test
    void aChangedConditionMayFireAgainAndTheSameOneMayNot() throws Exception {
        String path = create("gt", "10");
        value("11");
        assertEquals("11", next().value());
        clock.advance(Duration.ofSeconds(5));
        assertAccepted(put(path, "{\"trigger_type\":\"gt\",\"threshold_value\":\"10\"}"));
        value("12");
        assertQuiet();
        assertAccepted(put(path, "{\"threshold_value\":\"10.5\"}"));
        value("13");
        assertEquals("13", next().value());
    }

    @Test
    void frozenAndLive() throws Exception {
        create("frozen", "null");
        create("live", "null");
        value("1");
        clock.advance(Duration.ofMinutes(15).minusMillis(1));
        assertQuiet();
        clock.advance(Duration.ofMillis(1));
        assertEquals("frozen", next().document().get("type").asText());
        clock.advance(Duration.ofMinutes(15));
        value("2");
        Received live = next();
        assertEquals("live", live.document().get("type").asText());
        assertEquals("2", live.value());
        value("3");
        assertQuiet();
    }

    @Test
    void aDatastreamTakesItsTriggersWithIt() {
        String path = create("gt", "10");
        assertAccepted(send("DELETE", TEMPERATURE, ""));
        assertNotFound(get(path));
        assertEquals("[]", get("/triggers").body());
    }

    @Test
    void aNotificationAsOnTheWireIn2011() throws Exception {
        describe();
        create("gt", "3");
        value("4.7");
        Received notification = next();
        assertEquals("/hook?secret=a%2Bb", notification.target);
        assertEquals("application/x-www-form-urlencoded", notification.type);
        assertEquals("pachube-sandbox", notification.agent);
        assertEquals(
                ("{'environment':{'description':'','feed':'URL/feeds/1','id':1,"
                                + "'location':{'lat':'39.5','lon':'-105','name':'Center'},"
                                + "'title':'Sandbox'},'id':1,'threshold_value':'3',"
                                + "'timestamp':'2012-06-01T12:00:00Z','triggering_datastream':{"
                                + "'id':'temperature','units':{'label':'Celsius','symbol':'C',"
                                + "'type':''},'url':'URL/feeds/1/datastreams/temperature',"
                                + "'value':{'max_value':4.7,'min_value':0.1,'value':'4.7'}},"
                                + "'type':'gt','url':'URL/triggers/1'}")
                        .replace('\'', '"')
                        .replace("URL", pachube.url()),
                notification.document().toString());
    }

    @Test
    void aNotificationAsDocumented() throws Exception {
        describe();
        pachube.setNotificationFormat(NotificationFormat.DOCS);
        create("gte", "3");
        value("4.7");
        assertEquals(
                ("{'environment':{'description':'','feed':'URL/feeds/1','id':1,"
                                + "'location':{'lat':39.5,'lng':-105.0,'name':'Center'},"
                                + "'title':'Sandbox'},'id':1,'threshold_value':3.0,"
                                + "'timestamp':'2012-06-01T12:00:00.000000Z',"
                                + "'triggering_datastream':{'id':'temperature',"
                                + "'url':'URL/feeds/1/datastreams/temperature',"
                                + "'at':'2012-06-01T12:00:00.000000Z','value':{"
                                + "'current_value':'4.7','max_value':4.7,'min_value':0.1}},"
                                + "'type':'gte','url':'URL/triggers/1'}")
                        .replace('\'', '"')
                        .replace("URL", pachube.url()),
                next().document().toString());
    }

    @Test
    void aNotificationAsOnTheWireIn2014() throws Exception {
        pachube.setNotificationFormat(NotificationFormat.WIRE_2014);
        create("change", "null");
        value("4.7");
        assertEquals(
                ("{'id':1,'url':'URL/triggers/1','type':'change','threshold_value':'',"
                                + "'timestamp':'2012-06-01T12:00:00.000000Z','environment':{'id':1,"
                                + "'feed':'URL/feeds/1','title':'Sandbox','description':null,"
                                + "'private':false},'triggering_datastream':{'id':'temperature',"
                                + "'url':'URL/feeds/1/datastreams/temperature',"
                                + "'at':'2012-06-01T12:00:00.000000Z','value':{'max_value':4.7,"
                                + "'min_value':4.7,'value':'4.7'},"
                                + "'units':{'type':null,'symbol':'','label':''}}}")
                        .replace('\'', '"')
                        .replace("URL", pachube.url()),
                next().document().toString());
    }

    private void describe() {
        put(
                "/feeds/1",
                "{\"location\":{\"lat\":39.5,\"lon\":\"-105\",\"name\":\"Center\"},"
                        + "\"datastreams\":[{\"id\":\"temperature\",\"current_value\":\"0.1\","
                        + "\"unit\":{\"symbol\":\"C\",\"label\":\"Celsius\"}}]}");
    }

    @Test
    void aDebugNotificationSaysSo() throws Exception {
        String path = create("gt", "3");
        assertAccepted(post(path + "/debug", ""));
        assertTrue(next().document().get("debug").asBoolean());
        assertNotFound(post("/triggers/9/debug", ""));
    }

    @Test
    void aReceiverThatIsSlowOrGoneHoldsNobodyUp() throws Exception {
        created(post("/triggers", trigger("change", "null", "/slow")));
        String gone = trigger("change", "null", "/").replaceFirst("127.0.0.1:\\d+", "127.0.0.1:1");
        created(post("/triggers", gone));
        long start = System.nanoTime();
        for (int i = 0; i < 20; i++) {
            value("" + i);
            assertAccepted(put(HUMIDITY + ".csv", "" + i));
            clock.advance(Duration.ofSeconds(5));
        }
        assertTrue(System.nanoTime() - start < Duration.ofSeconds(4).toNanos());
        slow.countDown();
        await().atMost(5, SECONDS).until(() -> json("/triggers/2").has("notified_at"));
    }
}
