package io.pachube.bridge.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.LogLines;
import io.pachube.bridge.delivery.InvalidMessageException;
import io.pachube.bridge.delivery.MessageAbandonedException;
import io.pachube.bridge.delivery.RetryException;

import org.apache.camel.Exchange;
import org.apache.camel.NoTypeConversionAvailableException;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.TypeConversionException;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import javax.net.ssl.SSLHandshakeException;

class ErrorReporterTest {

    private static final String KEY = "Zu7x_Secret-Api-Key_0123456789";
    private static final String HOST = "api.pachube.com";
    private static final String TOPIC = "pb/" + KEY + "/504/temp%2Berature";
    private static final String FORBIDDEN =
            "{\"title\":\"Forbidden\",\"errors\":\"You do not have the necessary permissions to"
                    + " access this resource\"}";

    private final DefaultCamelContext context = new DefaultCamelContext();
    private final Exchange exchange = new DefaultExchange(context);
    private final ErrorReporter reporter = new ErrorReporter();

    @AfterEach
    void close() throws IOException {
        context.close();
    }

    @Test
    void aReportHasTheFieldsInOrder() throws Exception {
        JsonNode report = report(answer(403, "Forbidden", FORBIDDEN), false);

        List<String> fields = new ArrayList<>();
        report.fieldNames().forEachRemaining(fields::add);
        assertEquals(
                List.of(
                        "operation",
                        "status",
                        "error",
                        "message",
                        "retrying",
                        "attempts",
                        "payload",
                        "at"),
                fields);
        assertEquals("publish", report.get("operation").textValue());
        assertEquals(3, report.get("attempts").intValue());
        assertEquals("21.5", report.get("payload").textValue());
    }

    @Test
    void itSaysWhen() throws Exception {
        Instant before = Instant.now();
        JsonNode report = report(answer(403, "Forbidden", FORBIDDEN), false);
        Instant at = Instant.parse(report.get("at").textValue());

        assertFalse(at.isBefore(before.minus(Duration.ofMillis(1))), report.toString());
        assertFalse(at.isAfter(Instant.now()), report.toString());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void itSaysWhetherTheMessageIsHeld(boolean retrying) throws Exception {
        assertEquals(
                retrying,
                report(answer(503, "Service Unavailable", ""), retrying)
                        .get("retrying")
                        .booleanValue());
    }

    @Test
    void pachubesOwnErrorIsPassedOn() throws Exception {
        assertAnswer(
                403,
                "Forbidden",
                "You do not have the necessary permissions to access this resource",
                answer(403, "Whatever", FORBIDDEN));
    }

    @Test
    void errorsThatAreNoTextArePassedOnAsJson() throws Exception {
        assertAnswer(
                422,
                "Unprocessable Entity",
                "[\"Stream is invalid\",{\"value\":[\"is too long\"]}]",
                answer(
                        422,
                        "Whatever",
                        "{\"title\":\"Unprocessable Entity\",\"errors\":[\"Stream is invalid\","
                                + "{\"value\":[\"is too long\"]}]}"));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", " ", "{\"title\":null\0,\"errors\":null}", "\u0089PNG", "\uFFFD"})
    void anAnswerWithoutTextIsDescribedByHostAndStatus(String body) throws Exception {
        assertAnswer(
                502,
                "Bad Gateway",
                "api.pachube.com answered with status 502",
                answer(502, "Bad Gateway", body));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<html><body>\n<h1>502 Bad Gateway</h1></body></html>",
                "Bad Gateway",
                "0",
                "null",
                "502",
                "\"Bad Gateway\"",
                "[]",
                "[{\"title\":\"a\"}]",
                "{\"title\":null,\"errors\":null}",
                "{\"title\":\"a\"",
                "{\"message\":\"a\"}"
            })
    void anyTextOrJsonIsQuoted(String body) throws Exception {
        assertAnswer(
                502,
                "Bad Gateway",
                "api.pachube.com answered with status 502: " + body,
                answer(502, "Bad Gateway", body));
    }

    @ParameterizedTest
    @CsvSource({
        "http://api.example.org/v2/feeds/1, api.example.org",
        "https://u:p@my_host:8443/v2?a=http://b, my_host:8443",
        "pachube-http://http://127.0.0.1:8090/v2?httpMethod=PUT, 127.0.0.1:8090",
        "pachube-http://127.0.0.1:8090/v2?httpMethod=PUT, 127.0.0.1:8090",
        "http://[::1]:80/v2, [::1]:80",
        "direct:x, The service"
    })
    void theHostIsNamed(String address, String host) throws Exception {
        assertEquals(
                host + " answered with status 500",
                report(
                                new HttpOperationFailedException(
                                        address, 500, "", null, Map.of(), null),
                                false)
                        .get("message")
                        .textValue());
        assertEquals(
                HOST + " could not be reached: reset",
                report(new IOException("reset"), true).get("message").textValue());
    }

    @Test
    void aRedirectsReportGivesTheLocationAndSaysWhatToSet() throws Exception {
        assertAnswer(
                301,
                "Moved Permanently",
                "api.pachube.com answered with status 301: redirects are not followed with an API"
                        + " key. Set pachube.url so that this request goes to"
                        + " https://api.cosm.com/v2/x?key=***",
                new HttpOperationFailedException(
                        "http://api.pachube.com/v2/x",
                        301,
                        "Moved Permanently",
                        "https://api.cosm.com/v2/x?key=" + KEY,
                        Map.of(),
                        "<html>"));
    }

    @Test
    void whyNoAnswerCameIsSaidInWords() throws Exception {
        exchange.setProperty(Exchange.TO_ENDPOINT, "http://api.pachube.com/v2");
        Map.of(
                        new UnknownHostException("nowhere.example"),
                                "unknown host: nowhere.example",
                        new SSLHandshakeException("no valid certification path"),
                                "TLS: no valid certification path",
                        new ConnectException("Connection refused"), "Connection refused")
                .forEach(
                        (thrown, reason) ->
                                assertEquals(
                                        "api.pachube.com could not be reached: " + reason,
                                        message(thrown)));
    }

    @Test
    void aStepThatCannotReadAValueSaysSoInWords() throws Exception {
        byte[] value = ("2012-01-01T00:00:00Z,21.5 " + KEY).getBytes(StandardCharsets.UTF_8);
        Exception noJson = new JsonParseException(null, "Unexpected character");
        String message = message(new TypeConversionException(value, JsonNode.class, noJson));
        assertTrue(
                message.startsWith(
                        "A step of the route cannot read '2012-01-01T00:00:00Z,21.5 ***' as JSON: "),
                message);
        assertEquals(
                "A step of the route cannot read 'x' as Integer",
                message(
                        new TypeConversionException(
                                "x", Integer.class, new NumberFormatException("no"))));
        assertEquals(
                "A step of the route cannot read '21.5' as Thread",
                message(
                        new RuntimeCamelException(
                                new NoTypeConversionAvailableException(
                                        "21.5".getBytes(StandardCharsets.UTF_8), Thread.class))));
        assertEquals("no", message(new RuntimeCamelException(new IllegalStateException("no"))));
    }

    @Test
    void theLogNamesTheDatastreamWithoutTheKey() throws Exception {
        try (LogLines log = new LogLines(ErrorReporter.class)) {
            report(answer(403, "Forbidden", FORBIDDEN), false);
            assertEquals(
                    List.of(
                            "publish given up on pb/***/504/temp%2Berature: 403 Forbidden You do"
                                    + " not have the necessary permissions to access this resource"),
                    log.lines());
        }
    }

    @Test
    void aCallbackTokenIsNotQuoted() throws Exception {
        String url = "http://bridge.example/callback/AX" + "y".repeat(200);
        assertFalse(message(answer(422, "no", "{\"url\":\"" + url + "\"}")).contains("yyy"));
        assertFalse(message(answer(422, "no", "{\"errors\":\"" + url + "\"}")).contains("yyy"));
    }

    @Test
    void aLongTextIsMaskedBeforeItIsCut() throws Exception {
        for (int before = 512 - KEY.length(); before <= 512; before++) {
            String message = message(answer(500, "Oops", "e".repeat(before) + " " + KEY + " tail"));
            assertFalse(message.contains("Zu7x"), message);
        }
    }

    @Test
    void aDeepDocumentIsNoError() throws Exception {
        assertAnswer(
                500,
                "Oops",
                "api.pachube.com answered with status 500: " + "[".repeat(512) + "...",
                answer(500, "Oops", "[".repeat(50_000)));
    }

    @Test
    void aLongAnswerIsCut() throws Exception {
        JsonNode report =
                report(answer(500, "Oops", "{\"errors\":\"" + "e".repeat(50_000) + "\"}"), false);

        assertEquals("e".repeat(512) + "...", report.get("message").textValue());
    }

    @Test
    void anAnswerWithHalfACharacterIsNoObstacle() throws Exception {
        assertEquals(
                422,
                report(answer(422, "Oops", "{\"errors\":\"a \\ud800 b\"}"), false)
                        .get("status")
                        .intValue());
    }

    @Test
    void anAnswerIsFoundBehindOtherExceptions() throws Exception {
        assertAnswer(
                403,
                "Forbidden",
                "You do not have the necessary permissions to access this resource",
                new RuntimeCamelException("outer", answer(403, "Forbidden", FORBIDDEN)));
    }

    @ParameterizedTest
    @CsvSource({"Connection refused, Connection refused", "Read timed out, Read timed out"})
    void withoutAnAnswerThereIsNoStatus(String text, String told) throws Exception {
        for (Exception thrown :
                List.of(
                        new ConnectException(text),
                        new SocketTimeoutException(text),
                        new RuntimeCamelException("outer", new IOException(text)))) {
            JsonNode report = report(thrown, true);

            assertNull(report.get("status"));
            assertEquals("No answer", report.get("error").textValue());
            assertEquals(
                    HOST + " could not be reached: " + told, report.get("message").textValue());
            assertEquals(3, report.get("attempts").intValue());
        }
    }

    @Test
    void aFailureWithoutAMessageIsNamed() throws Exception {
        assertEquals(
                HOST + " could not be reached: SocketTimeoutException",
                report(new SocketTimeoutException(), true).get("message").textValue());
        assertEquals(
                "IllegalStateException",
                report(new IllegalStateException(), false).get("message").textValue());
    }

    @Test
    void aMessageThatIsRefusedWasNeverTried() throws Exception {
        keep("publish", "21.5");
        exchange.setProperty(
                Exchange.EXCEPTION_CAUGHT, new InvalidMessageException("The topic is wrong"));
        JsonNode report = new JsonMapper().readTree(reporter.failed(exchange).toJson());

        assertNull(report.get("status"));
        assertEquals("Invalid message", report.get("error").textValue());
        assertEquals("The topic is wrong", report.get("message").textValue());
        assertEquals(0, report.get("attempts").intValue());

        exchange.setProperty(
                Exchange.EXCEPTION_CAUGHT, new JsonParseException(null, "a step expected JSON"));
        JsonNode noJson = new JsonMapper().readTree(reporter.failed(exchange).toJson());
        assertEquals("Invalid message", noJson.get("error").textValue());
        assertEquals(0, noJson.get("attempts").intValue());
    }

    /** The fault: each of these was called an invalid message. */
    @Test
    void whatWasRetriedAndAnErrorAreNoInvalidMessage() throws Exception {
        JsonNode delayed = report(new RetryException("busy"), true);
        assertEquals("Not delivered", delayed.get("error").textValue());
        assertEquals("busy", delayed.get("message").textValue());
        exchange.setProperty(
                Exchange.EXCEPTION_CAUGHT,
                new MessageAbandonedException("x", new RetryException("busy"), null, 9));
        JsonNode abandoned = new JsonMapper().readTree(reporter.failed(exchange).toJson());
        assertEquals("Not delivered", abandoned.get("error").textValue());
        assertEquals("busy", abandoned.get("message").textValue());
        exchange.setException(new NoClassDefFoundError("some/Missing")); // wrapped by Camel
        exchange.setProperty(Exchange.EXCEPTION_CAUGHT, exchange.getException());
        JsonNode error = new JsonMapper().readTree(reporter.failed(exchange).toJson());
        assertEquals("Internal error", error.get("error").textValue());
        assertEquals(
                "java.lang.NoClassDefFoundError: some/Missing", error.get("message").textValue());
    }

    @Test
    void theKeyIsNeverInIt() throws Exception {
        String telling = "key " + KEY + " at http://api.pachube.com/v2?key=" + KEY;
        for (Exception thrown :
                List.of(
                        answer(403, telling, null),
                        answer(
                                403,
                                "no",
                                "{\"title\":\""
                                        + telling
                                        + "\",\"errors\":{\""
                                        + KEY
                                        + "\":[\""
                                        + telling
                                        + "\"]}}"),
                        new IOException(telling),
                        new InvalidMessageException(telling),
                        new IllegalStateException(telling))) {
            keep("publish", "21.5 " + telling);
            exchange.setProperty(Exchange.EXCEPTION_CAUGHT, thrown);

            String report = new String(reporter.failed(exchange).toJson(), StandardCharsets.UTF_8);

            assertFalse(report.contains(KEY), report);
            assertTrue(report.contains("***"), report);
        }
    }

    @Test
    void theOperationAndPayloadAreThoseOfTheMessageAsItCame() throws Exception {
        keep("trigger", "{\"command\":\"delete\"}");
        exchange.getIn().setBody("changed on the way");
        exchange.setProperty(Exchange.EXCEPTION_CAUGHT, answer(404, "Not Found", ""));

        JsonNode report = new JsonMapper().readTree(reporter.failed(exchange).toJson());

        assertEquals("trigger", report.get("operation").textValue());
        assertEquals("{\"command\":\"delete\"}", report.get("payload").textValue());
    }

    @Test
    void itGoesToTheMessagesTopicAsItWasReceived() {
        keep("publish", "21.5");

        assertEquals(TOPIC + "/error", ErrorReporter.topic(exchange));
    }

    @Test
    void whereNobodyIsToBeToldThereIsNoTopic() {
        assertNull(ErrorReporter.topic(exchange));
        new OriginalMessage("publish", null, null, new byte[0]).attachTo(exchange);
        assertNull(ErrorReporter.topic(exchange));
    }

    @Test
    void noTextOfASubjectNamesTheKey() {
        assertEquals(
                "publish of 4 bytes",
                new OriginalMessage("publish", TOPIC, KEY, new byte[4]).toString());
    }

    private void assertAnswer(int status, String error, String message, Exception thrown)
            throws IOException {
        JsonNode report = report(thrown, false);
        assertEquals(status, report.path("status").intValue());
        assertEquals(error, report.path("error").textValue());
        assertEquals(message, report.path("message").textValue());
        assertEquals(3, report.path("attempts").intValue());
    }

    private String message(Exception thrown) {
        try {
            return report(thrown, true).get("message").textValue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonNode report(Exception thrown, boolean retrying) throws IOException {
        keep("publish", "21.5");
        ErrorReport report;
        if (retrying) {
            report = reporter.delayed(exchange, thrown, HOST, 3);
        } else {
            exchange.setProperty(
                    Exchange.EXCEPTION_CAUGHT,
                    new MessageAbandonedException("pachube", thrown, HOST, 3));
            report = reporter.failed(exchange);
        }
        return new JsonMapper().readTree(report.toJson());
    }

    private void keep(String operation, String payload) {
        new OriginalMessage(operation, TOPIC, KEY, payload.getBytes(StandardCharsets.UTF_8))
                .attachTo(exchange);
    }

    private static HttpOperationFailedException answer(int status, String reason, String body) {
        return new HttpOperationFailedException(
                "http://api.pachube.com/v2", status, reason, null, Map.of(), body);
    }
}
