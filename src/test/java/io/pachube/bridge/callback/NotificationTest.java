package io.pachube.bridge.callback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

class NotificationTest {

    private static final String FORM = "application/x-www-form-urlencoded";
    private static final String JSON = "application/json";
    private static final String NO_VALUE =
            "This is no notification of a trigger: there is no triggering_datastream.value.value";
    private static final String NO_JSON =
            "This is no notification of a trigger: the document is not JSON";
    private static final String NO_FIELD =
            "This is no notification of a trigger: there is no form field 'body', and no JSON"
                    + " document";

    /** As version 1 documented it in 2009. */
    private static final String DOCUMENTED_2009 =
            """
            {"environment":{"description":"","feed":"http://www.pachube.com/api/343","id":343,
               "location":{"lat":55.74479,"lng":-3.18157,"name":"location description"},
               "title":"test Feed yes"},
             "id":1,"threshold_value":9.0,"timestamp":"2009-09-07T12:16:02Z",
             "triggering_datastream":{"id":"0","url":"http://www.pachube.com/api/343/datastreams/0",
               "value":{"current_value":"9.07624035140473","max_value":9.99650150341,
                 "min_value":0.00471012639984}},
             "type":"gte","url":"http://www.pachube.com/api/triggers/1"}
            """;

    /** As version 2 documented it from 2011 to 2013. */
    private static final String DOCUMENTED_2011 =
            """
            {"environment":{"description":"","feed":"https://api.xively.com/v2/feeds/343","id":343,
               "location":{"lat":55.74479,"lng":-3.18157,"name":"location description"},
               "title":"test Feed yes"},
             "id":1,"threshold_value":9.0,"timestamp":"2009-09-07T12:16:02.001403Z",
             "triggering_datastream":{"id":"0",
               "url":"https://api.xively.com/v2/feeds/343/datastreams/0",
               "at":"2009-09-07T12:16:02.000063Z",
               "value":{"current_value":"9.07624035140473","max_value":9.99650150341,
                 "min_value":0.00471012639984}},
             "type":"gte","url":"https://api.xively.com/v2/triggers/1"}
            """;

    /** As Pachube sent it in 2011. */
    private static final String SENT_2011 =
            """
            {"environment":{"description":"","feed":"http://api.pachube.com/v2/feeds/256","id":256,
               "location":{"lat":"39.9966023193454","lon":"-105.261737108231",
                 "name":"Space Weather Prediction Center"},"title":"space weather"},
             "id":336,"threshold_value":"3","timestamp":"2011-01-28T15:53:38Z",
             "triggering_datastream":{"id":"2","units":{"label":"","symbol":"","type":""},
               "url":"http://api.pachube.com/v2/feeds/256/datastreams/2",
               "value":{"max_value":23.2,"min_value":0.1,"value":"4.7"}},
             "type":"gt","url":"http://api.pachube.com/v2/triggers/336"}
            """;

    /** As Xively sent it in 2014. */
    private static final String SENT_2014 =
            """
            {"id":39489,"url":"http://api.xively.com/v2/triggers/39489","type":"change",
             "threshold_value":"","timestamp":"2014-07-04T18:30:08.738433Z",
             "environment":{"id":1177,"feed":"http://api.xively.com/v2/feeds/1177","title":"Désert",
               "description":null,"private":true},
             "triggering_datastream":{"id":"tank",
               "url":"http://api.xively.com/v2/feeds/1177/datastreams/tank",
               "at":"2014-07-04T18:30:08.648948Z",
               "value":{"max_value":10.4215,"min_value":10.0562,"value":"10.286900"},
               "units":{"type":null,"symbol":"","label":""}}}
            """;

    static Stream<Arguments> variants() {
        return Stream.of(
                arguments(DOCUMENTED_2009, "9.07624035140473"),
                arguments(DOCUMENTED_2011, "9.07624035140473"),
                arguments(SENT_2011, "4.7"),
                arguments(SENT_2014, "10.286900"));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void aFormIsRead(String document, String value) throws Exception {
        byte[] body = form(document);

        assertEquals(value, value(FORM, body));
        assertEquals(value, value(FORM + "; charset=UTF-8", body));
        assertEquals(value, value(FORM + ";charset=utf-8", body));
        assertEquals(value, value("Application/X-WWW-Form-URLEncoded", body));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void aBareDocumentIsRead(String document, String value) throws Exception {
        byte[] body = document.getBytes(StandardCharsets.UTF_8);

        assertEquals(value, value(JSON, body));
        assertEquals(value, value(JSON + "; charset=utf-8", body));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void aContentTypeIsNotNeeded(String document, String value) throws Exception {
        byte[] bare = document.getBytes(StandardCharsets.UTF_8);
        byte[] indented = (" \r\n\t" + document).getBytes(StandardCharsets.UTF_8);

        for (String type : new String[] {null, "", "text/plain"}) {
            assertEquals(value, value(type, form(document)));
            assertEquals(value, value(type, bare));
            assertEquals(value, value(type, indented));
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void aBareDocumentThatIsCalledAFormIsRead(String document, String value) throws Exception {
        assertEquals(value, value(FORM, document.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void aDebugNotificationIsOneToo(String document, String value) throws Exception {
        String debug = document.replaceFirst("\\{", "{\"debug\":true,");

        assertEquals(value, value(FORM, form(debug)));
    }

    @Test
    void theFieldIsFoundAmongOthers() throws Exception {
        String encoded = new String(form(SENT_2011), StandardCharsets.UTF_8);

        assertEquals(
                "4.7",
                value(
                        FORM,
                        ("somebody=x&" + encoded + "&z=body=1").getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void whatTheFormEncodedIsDecodedOnce() throws Exception {
        assertEquals("a+b %41 & = é", value(FORM, form(withValue("\"value\":\"a+b %41 & = é\""))));
        assertEquals(
                "a b",
                value(
                        FORM,
                        ("body=" + withValue("\"value\":\"a+b\""))
                                .getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @CsvSource({
        "4.7, 4.7",
        "10.2869, 10.2869",
        "10.286900, 10.286900",
        "100.0, 100.0",
        "0, 0",
        "-0.5, -0.5",
        "1200, 1200",
        "0.00000001, 0.00000001",
        "123456789012345678901234567890, 123456789012345678901234567890",
        "0.1234567890123456789012345678901, 0.1234567890123456789012345678901",
        "98765432109876543210.0123456789, 98765432109876543210.0123456789"
    })
    void aNumberIsKeptDigitByDigit(String number, String value) throws Exception {
        assertEquals(
                value,
                value(JSON, withValue("\"value\":" + number).getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void aNumberWithAnExponentIsNeitherWrittenOutNorLost() throws Exception {
        assertEquals(
                "1E+999999999",
                value(JSON, withValue("\"value\":1e999999999").getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "on", "NaN", "1e400", "21,5", "温かい"})
    void aTextIsKeptAsItIs(String text) throws Exception {
        assertEquals(text, value(FORM, form(withValue("\"value\":\"" + text + "\""))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"value\":\"1\",\"current_value\":\"2\"|1",
                "\"current_value\":\"2\",\"value\":\"1\"|1",
                "\"value\":null,\"current_value\":\"2\"|2"
            })
    void ofBothNamesTheOneOnTheWireCounts(String fields, String value) throws Exception {
        assertEquals(value, value(FORM, form(withValue(fields))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"value\":\"4.7\"}",
                "{\"triggering_datastream\":null}",
                "{\"triggering_datastream\":{}}",
                "{\"triggering_datastream\":\"4.7\"}",
                "{\"triggering_datastream\":[{\"value\":{\"value\":\"4.7\"}}]}",
                "{\"triggering_datastream\":{\"value\":\"4.7\"}}",
                "{\"triggering_datastream\":{\"value\":null}}",
                "{\"triggering_datastream\":{\"value\":[\"4.7\"]}}",
                "{\"triggering_datastream\":{\"value\":{}}}",
                "{\"triggering_datastream\":{\"value\":{\"max_value\":23.2}}}",
                "{\"triggering_datastream\":{\"value\":{\"value\":null}}}",
                "{\"triggering_datastream\":{\"value\":{\"value\":true}}}",
                "{\"triggering_datastream\":{\"value\":{\"value\":[4.7]}}}",
                "{\"triggering_datastream\":{\"value\":{\"value\":{\"value\":\"4.7\"}}}}",
                "{\"triggering_datastream\":{\"value\":{\"current_value\":false}}}"
            })
    void withoutAValueItIsNone(String document) {
        assertEquals(NO_VALUE, refusal(FORM, form(document)));
        assertEquals(NO_VALUE, refusal(JSON, document.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "4.7", "\"4.7\"", "[]", "true", ""})
    void jsonThatIsNoObjectIsNone(String document) {
        assertEquals(NO_VALUE, refusal(FORM, form(document)));
        assertEquals(NO_VALUE, refusal(JSON, document.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "4.7.1",
                "value",
                "<xml/>",
                "{'a':1}",
                "{\"a\":1,}",
                "{\"a\":1} x",
                "{\"a\":1}{\"a\":1}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":NaN}"
            })
    void whatIsNoJsonIsNone(String document) {
        assertEquals(NO_JSON, refusal(FORM, form(document)));
        assertEquals(NO_JSON, refusal(JSON, document.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void deepNestingAndEndlessDigitsAreNone() {
        assertEquals(NO_JSON, refusal(JSON, "[".repeat(60_000).getBytes(StandardCharsets.UTF_8)));
        assertEquals(
                NO_JSON,
                refusal(
                        JSON,
                        withValue("\"value\":" + "9".repeat(60_000))
                                .getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void whatIsNoUtf8IsNone() {
        assertEquals(
                NO_JSON,
                refusal(JSON, withValue("\"value\":\"é\"").getBytes(StandardCharsets.ISO_8859_1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "&", "=", "body", "Body={}", "document={}", "antibody={}", "b=1&c=2"})
    void aFormWithoutTheFieldIsNone(String form) {
        assertEquals(NO_FIELD, refusal(FORM, form.getBytes(StandardCharsets.UTF_8)));
        assertEquals(NO_FIELD, refusal(null, form.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "%7", "%zz", "%7B%"})
    void aFieldThatIsNotEncodedIsNone(String field) {
        assertEquals(
                "This is no notification of a trigger: the field 'body' is not percent-encoded",
                refusal(FORM, ("body=" + field).getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void aRefusalIsABadRequestAndRepeatsNothing() {
        CallbackRejectedException refusal =
                assertThrows(
                        CallbackRejectedException.class,
                        () -> Notification.parse(FORM, form("{\"secret\":\"s3cr3t")));

        assertEquals(400, refusal.status());
        assertEquals("Bad Request", refusal.body().get("title"));
        assertEquals(NO_JSON, refusal.body().get("errors"));
        assertFalse(refusal.toString().contains("s3cr3t"));
    }

    /** The four variants, of one happening. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "current_value|'\"lat\":55.5,\"lng\":-3.25'|9.0|\"at\":\"2012-01-01T00:00:00Z\",",
                "value|'\"lat\":\"55.5\",\"lon\":\"-3.25\"'|\"9.0\"|''",
                "value|'\"lat\":55.5,\"lon\":-3.25'|\"9.0\"|\"at\":\"2012-01-01T01:00:00.000000+01:00\",",
            })
    void allVariantsComeOutTheSame(String name, String place, String threshold, String at)
            throws Exception {
        String wire =
                """
                {"environment":{"description":"","feed":"http://x/343","id":343,"private":true,
                   "location":{%s,"name":"a place"},"title":"a feed"},
                 "id":1,"threshold_value":%s,"timestamp":"2012-01-01T00:00:00Z",
                 "triggering_datastream":{"id":"0","url":"http://x/343/datastreams/0",%s
                   "units":{"label":"Celsius","symbol":"","type":null},
                   "value":{"%s":"9.5","max_value":9.75,"min_value":0.25}},
                 "type":"gte","url":"http://x/triggers/1"}
                """
                        .formatted(place, threshold, at, name);
        assertEquals(
                "{\"value\":\"9.5\",\"time\":\"2012-01-01T00:00:00.000000Z\",\"environment\":"
                        + "{\"id\":343,\"title\":\"a feed\",\"location\":{\"name\":\"a place\","
                        + "\"lat\":55.5,\"lon\":-3.25}},\"datastream\":{\"id\":\"0\",\"unit\":"
                        + "{\"label\":\"Celsius\"},\"minimum\":0.25,\"maximum\":9.75},\"trigger\":"
                        + "{\"id\":1,\"type\":\"gte\",\"threshold\":9.0}}",
                json(wire));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void whatIsNotKnownIsAbsent(String document, String value) throws Exception {
        assertFalse(json(document).matches(".*(null|\\{}|\"\").*"), json(document));
        assertEquals(
                "{\"value\":\"\"}",
                json("{\"triggering_datastream\":{\"value\":{\"value\":\"\"}}}"));
    }

    @Test
    void aDebugNotificationSaysSo() throws Exception {
        assertEquals(
                "{\"value\":\"1\",\"datastream\":{\"id\":\"0\"},\"debug\":true}",
                json("{\"debug\":true," + withValue("\"value\":1").substring(1)));
    }

    private static String json(String document) throws Exception {
        return new String(
                Notification.parse(FORM, form(document))
                        .payload(new NotificationOptions(false, true, false, false, 1)),
                StandardCharsets.UTF_8);
    }

    private static String value(String contentType, byte[] body) throws CallbackRejectedException {
        return Notification.parse(contentType, body).value();
    }

    private static String withValue(String fields) {
        return "{\"triggering_datastream\":{\"id\":\"0\",\"value\":{" + fields + "}}}";
    }

    private static byte[] form(String document) {
        return ("body=" + URLEncoder.encode(document, StandardCharsets.UTF_8))
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static String refusal(String contentType, byte[] body) {
        return assertThrows(
                        CallbackRejectedException.class,
                        () -> Notification.parse(contentType, body))
                .getMessage();
    }
}
