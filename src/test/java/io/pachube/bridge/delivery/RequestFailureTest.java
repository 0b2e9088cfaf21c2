package io.pachube.bridge.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.core.JsonParseException;

import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;
import org.apache.camel.NoTypeConversionAvailableException;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.TypeConversionException;
import org.apache.camel.ValidationException;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.HttpHostConnectException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.MalformedInputException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

class RequestFailureTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final RequestFailure NO_CONNECTION = failure(RequestFailure.Kind.NO_CONNECTION);
    private static final RequestFailure NO_RESPONSE = failure(RequestFailure.Kind.NO_RESPONSE);
    private static final RequestFailure INVALID = failure(RequestFailure.Kind.INVALID);
    private static final RequestFailure LOCAL = failure(RequestFailure.Kind.LOCAL);
    private static final RequestFailure OTHER = failure(RequestFailure.Kind.OTHER);

    /** Stands for a failure of the broker's connection. */
    private static final class BrokerException extends IOException {}

    private static RequestFailure failure(RequestFailure.Kind kind) {
        return new RequestFailure(kind, 0, null);
    }

    private static RequestFailure of(Throwable thrown) {
        return of(thrown, 1);
    }

    private static RequestFailure of(Throwable thrown, int requests) {
        return RequestFailure.of(thrown, requests, e -> e instanceof BrokerException, NOW);
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 400, 401, 403, 404, 413, 422, 429, 500, 501, 505})
    void anHttpErrorHasItsStatus(int status) {
        assertEquals(
                new RequestFailure(RequestFailure.Kind.HTTP_ERROR, status, null),
                of(answer(status, Map.of())));
        assertFalse(of(answer(status, Map.of())).isUnanswered());
    }

    @ParameterizedTest
    @ValueSource(ints = {502, 503, 504})
    void anAnswerOfAProxyForADeadServerIsNoResponse(int status) {
        assertEquals(
                new RequestFailure(RequestFailure.Kind.NO_RESPONSE, status, null),
                of(answer(status, Map.of())));
        assertTrue(of(answer(status, Map.of())).isUnanswered());
        assertTrue(RequestFailure.isUnavailable(status));
    }

    @ParameterizedTest
    @CsvSource({"400, true", "413, true", "422, true", "401, false", "404, false", "500, false"})
    void aPayloadErrorMayBeThatOfOneMessageOfABatch(int status, boolean isPayloadError) {
        assertEquals(isPayloadError, of(answer(status, Map.of())).isPayloadError());
    }

    @Test
    void anAnswerMayHaveNoHeadersAtAll() {
        assertEquals(
                new RequestFailure(RequestFailure.Kind.HTTP_ERROR, 500, null),
                of(answer(500, null)));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "' 120 ', 120", "007, 7", "999999999, 999999999"})
    void retryAfterIsSeconds(String value, long seconds) {
        assertEquals(Duration.ofSeconds(seconds), retryAfter("Retry-After", value));
    }

    @ParameterizedTest
    @CsvSource({
        "'Thu, 01 Jan 2026 00:00:30 GMT', 30",
        "'Thu, 1 Jan 2026 01:00:00 GMT', 3600",
        "'Thu, 01 Jan 2026 00:00:00 GMT', 0",
        "'Wed, 31 Dec 2025 23:00:00 GMT', 0"
    })
    void retryAfterIsADateAndNeverNegative(String value, long seconds) {
        assertEquals(Duration.ofSeconds(seconds), retryAfter("Retry-After", value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"retry-after", "RETRY-AFTER", "Retry-After"})
    void theNameOfRetryAfterHasNoCase(String name) {
        assertEquals(Duration.ofSeconds(5), retryAfter(name, "5"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "soon",
                "-5",
                "+5",
                "1.5",
                "5s",
                "9999999999",
                "Mon, 01 Jan 2026 00:00:30 GMT",
                "2026-01-01T00:00:30Z"
            })
    void anyOtherRetryAfterIsIgnored(String value) {
        assertNull(retryAfter("Retry-After", value));
    }

    @Test
    void anotherHeaderIsNoRetryAfter() {
        assertNull(retryAfter("X-Retry-After", "5"));
    }

    @Test
    void aHeaderMayHaveNoValue() {
        Map<String, String> headers = new HashMap<>();
        headers.put("Retry-After", null);
        headers.put(null, "HTTP/1.1 500");
        assertNull(of(answer(500, headers)).retryAfter());
    }

    static Stream<Arguments> noConnection() throws Exception {
        return Stream.of(
                arguments(new ConnectException("Connection refused")),
                arguments(new HttpHostConnectException("Connection refused")),
                arguments(new ConnectTimeoutException("Connect timed out")),
                arguments(new UnknownHostException("api.pachube.com")),
                arguments(new NoRouteToHostException("No route to host")),
                arguments(new SSLHandshakeException("unable to find valid certification path")),
                arguments(new SSLPeerUnverifiedException("no subject alternative names")));
    }

    @ParameterizedTest
    @MethodSource("noConnection")
    void withoutAConnection(Exception thrown) {
        assertEquals(NO_CONNECTION, of(thrown));
        assertEquals(NO_CONNECTION, of(nested(thrown)));
    }

    static Stream<Arguments> noResponse() {
        return Stream.of(
                arguments(new SocketTimeoutException("Read timed out")),
                arguments(new SocketException("Connection reset")),
                arguments(new NoHttpResponseException("failed to respond")),
                arguments(new EOFException()),
                arguments(new AttemptTimeoutException(1_000, true)),
                arguments(new IOException("closed")));
    }

    @ParameterizedTest
    @MethodSource("noResponse")
    void aRequestWithoutAResponse(Exception thrown) {
        assertEquals(NO_RESPONSE, of(thrown));
        assertEquals(NO_RESPONSE, of(nested(thrown)));
    }

    @Test
    void anIOExceptionWithoutARequestSaysNothingOfTheTarget() {
        assertEquals(OTHER, of(new IOException("disk full"), 0));
    }

    @Test
    void anAnswerIsFoundBehindOtherExceptions() {
        assertEquals(
                new RequestFailure(RequestFailure.Kind.NO_RESPONSE, 503, Duration.ofSeconds(7)),
                of(nested(answer(503, Map.of("Retry-After", "7")))));
    }

    static Stream<Arguments> invalid() {
        Exchange exchange = new DefaultExchange(new DefaultCamelContext());
        return Stream.of(
                arguments(new InvalidMessageException("The payload is too long")),
                arguments(new RejectedException("errno 3")),
                arguments(new ValidationException(exchange, "no number")),
                arguments(
                        new TypeConversionException(
                                "abc", Long.class, new NumberFormatException("abc"))),
                arguments(
                        new TypeConversionException(
                                "abc", String.class, new MalformedInputException(1))),
                arguments(new NoTypeConversionAvailableException("abc", Map.class)),
                arguments(new InvalidPayloadException(exchange, Map.class)),
                arguments(new JsonParseException(null, "a step expected JSON")));
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void aMessageThatCanNeverBeDelivered(Exception thrown) {
        assertEquals(INVALID, of(thrown));
        assertEquals(INVALID, of(nested(thrown)));
    }

    static Stream<Arguments> others() {
        return Stream.of(
                arguments(new IllegalStateException()),
                arguments(new RetryException("try again")),
                arguments(new ResponseTooLargeException(1 << 20)),
                arguments(new AttemptTimeoutException(1_000, false)),
                arguments(new StackOverflowError()),
                arguments(new OutOfMemoryError()),
                arguments(new RuntimeCamelException("a step", new ArithmeticException())));
    }

    @ParameterizedTest
    @MethodSource("others")
    void anythingElseIsRetried(Throwable thrown) {
        assertEquals(OTHER, of(thrown));
        assertEquals(OTHER, of(nested(thrown)));
    }

    @Test
    void aNestedDeliveryHasDecided() {
        assertEquals(
                failure(RequestFailure.Kind.NESTED_REJECTED),
                of(new MessageRejectedException("x", answer(500, null), null, 1)));
        assertEquals(
                failure(RequestFailure.Kind.NESTED_ABANDONED),
                of(nested(new MessageAbandonedException("x", answer(400, null), null, 1))));
    }

    /** Its route was replaced, or the bridge shuts down: that says nothing of the message. */
    @Test
    void aNestedDeliveryThatWasRevokedIsNoFailureOfTheMessage() {
        assertEquals(LOCAL, of(new MessageRevokedException("x")));
    }

    @Test
    void aFailureOfTheBridgesOwnSide() {
        assertEquals(LOCAL, of(new BrokerException()));
        assertEquals(LOCAL, of(nested(new BrokerException()), 0));
    }

    /** An answer is read where it is converted, and the connection breaks there. */
    @Test
    void aConversionThatFailsByItsConnectionIsNoInvalidMessage() {
        assertEquals(
                NO_RESPONSE,
                of(new TypeConversionException("in", String.class, new SocketException("reset"))));
        assertEquals(
                NO_RESPONSE,
                of(
                        new TypeConversionException(
                                "in",
                                String.class,
                                new UncheckedIOException(new SocketTimeoutException()))));
        assertEquals(
                OTHER,
                of(
                        new TypeConversionException(
                                "in", String.class, new ResponseTooLargeException(1))));
    }

    @Test
    @Timeout(30)
    void causesThatNameEachOther() {
        IllegalStateException one = new IllegalStateException("one");
        IllegalStateException two = new IllegalStateException("two", one);
        one.initCause(two);
        assertEquals(OTHER, of(one));
    }

    private static Duration retryAfter(String name, String value) {
        return of(answer(503, Map.of("Content-Type", "text/plain", name, value))).retryAfter();
    }

    private static Exception nested(Throwable cause) {
        return new RuntimeCamelException("outer", new IllegalStateException("inner", cause));
    }

    private static HttpOperationFailedException answer(int status, Map<String, String> headers) {
        return new HttpOperationFailedException(
                "http://api.pachube.com/v2", status, "Status", null, headers, "");
    }
}
