package io.pachube.bridge.datapoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.pachube.bridge.delivery.InvalidMessageException;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.util.Collections;
import java.util.List;

class PayloadFormatProcessorTest {

    private static final CamelContext CONTEXT = new DefaultCamelContext();
    private static final String KEY = "Zu7x_Secret-Api-Key";
    private static final String NO_VALUE =
            "'current_value' is a string or a number of 1 to 255 characters";
    private static final String NO_TIME =
            "'at' is a time such as \"2012-01-01T00:00:00Z\" (ISO 8601)";
    private static final String NO_TAGS = "'tags' is a list of strings of 1 to 255 characters";
    private static final String NOTHING =
            "The document holds nothing to store, such as {\"current_value\":\"21.5\"}";

    private static Exchange through(Object body) throws InvalidMessageException {
        Exchange exchange = new DefaultExchange(CONTEXT);
        exchange.setVariable("key", KEY);
        exchange.setVariable("datastream", "t");
        exchange.getIn().setBody(body);
        new PayloadFormatProcessor().process(exchange);
        return exchange;
    }

    private static void assertForm(String format, String type, Exchange exchange) {
        assertEquals(format, exchange.getVariable("format"));
        assertEquals(type, exchange.getVariable("type"));
    }

    private static void isTaken(String document) throws InvalidMessageException {
        byte[] body = document.getBytes(UTF_8);
        Exchange exchange = through(body);
        assertForm("json", "application/json", exchange);
        assertSame(body, exchange.getIn().getBody());
    }

    private static String refusal(String document) {
        return assertThrows(InvalidMessageException.class, () -> through(document.getBytes(UTF_8)))
                .getMessage();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "21.5", "[1]", "\"{}\"", "2012-01-01T00:00:00Z,{", "on {}"})
    void whatDoesNotBeginWithABraceIsCsvAsItCame(String value) throws Exception {
        byte[] body = value.getBytes(UTF_8);
        Exchange exchange = through(body);
        assertForm("csv", "text/csv", exchange);
        assertSame(body, exchange.getIn().getBody());
    }

    @Test
    void whatAStepMadeOfAValueIsLookedAtInAnyType() throws Exception {
        assertEquals("21.5", through("21.5").getIn().getBody());
        assertForm("csv", "text/csv", through(21.5));
        assertForm("csv", "text/csv", through(null));
        assertNull(through(null).getIn().getBody());
        String document = "{\"current_value\":\"ü\"}";
        for (Object body : List.of(document, new ByteArrayInputStream(document.getBytes(UTF_8)))) {
            Exchange exchange = through(body);
            assertForm("json", "application/json", exchange);
            assertArrayEquals(document.getBytes(UTF_8), (byte[]) exchange.getIn().getBody());
        }
        Exchange stream = through(new ByteArrayInputStream("21.5".getBytes(UTF_8)));
        assertEquals("21.5", stream.getIn().getBody(String.class));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"current_value\":\"21.5\"}",
                " \r\n\t{\"current_value\":21.5}\n",
                "{\"current_value\":-1e300}",
                "{\"current_value\":123456789012345678901234567890.10}",
                "{\"current_value\":\"on\",\"at\":\"2013-05-06T00:30:45.694188Z\"}",
                "{\"current_value\":\"on\",\"at\":\"2013-05-06T00:30:45+02:00\"}",
                "{\"current_value\":\"on\",\"at\":\"2013-05-06T00:30+0200\"}",
                "{\"current_value\":\"on\",\"at\":\"2013-05-06T00:30:45\"}",
                "{\"current_value\":\"on\",\"at\":\"2013-05-06\"}",
                "{\"version\":\"1.0.0\",\"id\":\"t\",\"current_value\":\"1\"}",
                "{\"current_value\":\"1\",\"max_value\":\"2.0\",\"min_value\":0}",
                "{\"tags\":[\"a\",\"b c\"]}",
                "{\"tags\":[]}",
                "{\"tags\":\"a,b\"}",
                "{\"unit\":{\"type\":\"derivedSI\",\"symbol\":\"°C\",\"label\":\"Celsius\"}}",
                "{\"unit\":{\"type\":\"\",\"symbol\":\"\",\"label\":\"\"}}",
                "{\"current_value\":\"1\",\"datapoints\":[]}",
                "{\"datapoints\":[{\"at\":\"2013-04-22T00:35:43Z\",\"value\":\"41\"},"
                        + "{\"value\":42,\"at\":\"2013-04-22T00:55:43Z\"}]}"
            })
    void aDocumentGoesAsItCame(String document) throws Exception {
        isTaken(document);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{}}",
                "{} {}",
                "{on}",
                "{'current_value':1}",
                "{\"current_value\":1,}",
                "{\"current_value\":1,\"current_value\":2}",
                "{\"current_value\":NaN}",
                "{\"current_value\":01}"
            })
    void whatIsNoJsonIsRefused(String document) {
        assertTrue(refusal(document).startsWith("The document is not JSON: "), refusal(document));
    }

    @Test
    void whatIsNoUtf8IsRefused() {
        byte[] latin1 = "{\"current_value\":\"é\"}".getBytes(ISO_8859_1);
        assertThrows(InvalidMessageException.class, () -> through(latin1));
    }

    @Test
    void deepNestingIsRefused() {
        for (int depth : new int[] {500, 1_001, 30_000}) {
            refusal("{\"tags\":" + "[".repeat(depth) + "]".repeat(depth) + "}");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"value", "datastreams", "Current_value", "${header.x}", ""})
    void anUnknownFieldIsRefusedAndTheKnownOnesAreNamed(String field) {
        assertEquals(
                "there is no field '"
                        + field
                        + "'; the fields are [at, current_value, datapoints, id, max_value,"
                        + " min_value, tags, unit, version]",
                refusal("{\"current_value\":1,\"" + field + "\":1}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "true", "[]", "{}", "\"\"", "\" \"", "[1]", "{\"a\":1}"})
    void aValueIsAStringOrANumber(String value) {
        assertEquals(NO_VALUE, refusal("{\"current_value\":" + value + "}"));
        assertEquals(
                NO_VALUE.replace("current", "max"),
                refusal("{\"current_value\":1,\"max_value\":" + value + "}"));
    }

    @Test
    void aValueHasAtMostItsCharacters() throws Exception {
        isTaken("{\"current_value\":\"" + "\uD83C\uDF21".repeat(255) + "\"}");
        assertEquals(NO_VALUE, refusal("{\"current_value\":\"" + "ä".repeat(256) + "\"}"));
        isTaken("{\"current_value\":" + "9".repeat(255) + "}");
        assertEquals(NO_VALUE, refusal("{\"current_value\":" + "9".repeat(256) + "}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "1",
                "\"\"",
                "\"now\"",
                "\"2013-02-30T00:00:00Z\"",
                "\"2013-05-06T25:00:00Z\"",
                "\"2013-05-06 00:30:45Z\"",
                "\"06.05.2013\"",
                "\"99999-01-01T00:00:00Z\"",
                "\"2013-05-06T00:30:45Z \"",
                "[\"2013-05-06T00:30:45Z\"]"
            })
    void aTimeIsIso8601(String at) {
        assertEquals(NO_TIME, refusal("{\"current_value\":1,\"at\":" + at + "}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "1", "{}", "[1]", "[\"\"]", "[[]]", "\"\"", "{\"a\":\"b\"}"})
    void tagsAreStrings(String tags) {
        assertEquals(NO_TAGS, refusal("{\"tags\":" + tags + "}"));
    }

    @Test
    void aTagHasAtMostItsCharacters() throws Exception {
        isTaken("{\"tags\":[\"" + "ä".repeat(255) + "\"]}");
        assertEquals(NO_TAGS, refusal("{\"tags\":[\"" + "ä".repeat(256) + "\"]}"));
    }

    @Test
    void aUnitHasThreeFields() {
        String example = "'unit' is an object such as {\"symbol\":\"C\",\"label\":\"Celsius\"}";
        for (String unit : List.of("null", "\"C\"", "[]", "1")) {
            assertEquals(example, refusal("{\"unit\":" + unit + "}"));
        }
        assertEquals(
                "there is no field 'name' in 'unit'; the fields are [label, symbol, type]",
                refusal("{\"unit\":{\"name\":\"C\"}}"));
        for (String value : List.of("null", "1", "[]", "\"" + "x".repeat(256) + "\"")) {
            assertEquals(
                    "'unit' holds strings of up to 255 characters",
                    refusal("{\"unit\":{\"label\":" + value + "}}"));
        }
        assertEquals(
                "'type' in 'unit' is one of [basicSI, derivedSI, conversionBasedUnits,"
                        + " derivedUnits, contextDependentUnits]",
                refusal("{\"unit\":{\"type\":\"SI\"}}"));
    }

    @Test
    void anIdIsThatOfTheTopic() throws Exception {
        isTaken("{\"id\":\"t\",\"current_value\":1}");
        for (String id : List.of("\"T\"", "\"\"", "null", "1", "[\"t\"]", "\"other\"")) {
            assertEquals(
                    "'id' is not that of the topic's datastream, 't': it may be left out",
                    refusal("{\"id\":" + id + ",\"current_value\":1}"));
        }
    }

    @Test
    void anIdMayBeANumber() throws Exception {
        Exchange exchange = new DefaultExchange(CONTEXT);
        exchange.setVariable("datastream", "0");
        exchange.getIn().setBody("{\"id\":0,\"current_value\":1}");
        new PayloadFormatProcessor().process(exchange);
        assertForm("json", "application/json", exchange);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"0.6-alpha\"", "1", "null", "\"2\""})
    void thereIsOneVersion(String version) {
        assertEquals(
                "'version' is \"1.0.0\", or left out",
                refusal("{\"current_value\":1,\"version\":" + version + "}"));
    }

    @Test
    void datapointsHaveATimeAndAValue() {
        String none =
                "'datapoints' is a list of up to 500 of"
                        + " {\"at\":\"2012-01-01T00:00:00Z\",\"value\":\"21.5\"}";
        for (String datapoints : List.of("null", "{}", "\"1\"", "1")) {
            assertEquals(none, refusal("{\"datapoints\":" + datapoints + "}"));
        }
        String good = "{\"at\":\"2013-04-22T00:35:43Z\",\"value\":\"41\"}";
        assertEquals(
                "Datapoint 2 of 2: it is no object",
                refusal("{\"datapoints\":[" + good + ",\"41\"]}"));
        assertEquals(
                "Datapoint 1 of 1: " + NO_TIME, refusal("{\"datapoints\":[{\"value\":\"41\"}]}"));
        assertEquals(
                "Datapoint 1 of 1: " + NO_VALUE.replace("current_value", "value"),
                refusal("{\"datapoints\":[{\"at\":\"2013-04-22T00:35:43Z\"}]}"));
        assertEquals(
                "Datapoint 1 of 1: there is no field 'current_value'; the fields are [at, value]",
                refusal("{\"datapoints\":[{\"current_value\":\"1\"}]}"));
    }

    @Test
    void aRequestHoldsAtMost500Datapoints() throws Exception {
        String datapoint = "{\"at\":\"2013-04-22T00:35:43Z\",\"value\":\"41\"}";
        isTaken("{\"datapoints\":[" + String.join(",", Collections.nCopies(500, datapoint)) + "]}");
        assertTrue(
                refusal(
                                "{\"datapoints\":["
                                        + String.join(",", Collections.nCopies(501, datapoint))
                                        + "]}")
                        .startsWith("'datapoints' is a list of up to 500"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"version\":\"1.0.0\"}",
                "{\"id\":\"t\",\"at\":\"2013-04-22T00:35:43Z\"}",
                "{\"datapoints\":[]}",
                "{\"max_value\":1}"
            })
    void whatStoresNothingIsRefused(String document) {
        assertEquals(NOTHING, refusal(document));
    }

    @Test
    void aRefusalShowsNoKey() {
        for (String document :
                List.of("{" + KEY + "}", "{\"" + KEY + "\":1}", "{\"a\":" + KEY + "}")) {
            assertFalse(refusal(document).contains(KEY), refusal(document));
        }
        assertTrue(refusal("{\"" + "x".repeat(1_000) + "\":1}").length() < 300);
    }
}
