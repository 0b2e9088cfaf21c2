package io.pachube.bridge.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.core.JsonParseException;

import org.apache.camel.RuntimeCamelException;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.HttpHostConnectException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;

import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

class FailureTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Failure UNREACHABLE = new Failure(Failure.Kind.UNREACHABLE, 0, null);
    private static final Failure UNANSWERED = new Failure(Failure.Kind.UNANSWERED, 0, null);
    private static final Failure INVALID = new Failure(Failure.Kind.INVALID, 0, null);

    @ParameterizedTest
    @ValueSource(ints = {301, 400, 403, 404, 422, 429, 500, 503})
    void anAnswerHasItsStatus(int status) {
        assertEquals(
                new Failure(Failure.Kind.ANSWERED, status, null),
                Failure.of(answer(status, Map.of()), NOW));
    }

    @Test
    void anAnswerMayHaveNoHeadersAtAll() {
        assertEquals(
                new Failure(Failure.Kind.ANSWERED, 500, null), Failure.of(answer(500, null), NOW));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "' 120 ', 120", "007, 7", "999999999, 999999999"})
    void retryAfterIsSeconds(String wish, long seconds) {
        assertEquals(Duration.ofSeconds(seconds), retryAfter("Retry-After", wish));
    }

    @ParameterizedTest
    @CsvSource({
        "'Thu, 01 Jan 2026 00:00:30 GMT', 30",
        "'Thu, 1 Jan 2026 01:00:00 GMT', 3600",
        "'Thu, 01 Jan 2026 00:00:00 GMT', 0",
        "'Wed, 31 Dec 2025 23:00:00 GMT', 0"
    })
    void retryAfterIsADateAndNeverNegative(String wish, long seconds) {
        assertEquals(Duration.ofSeconds(seconds), retryAfter("Retry-After", wish));
    }

    @ParameterizedTest
    @ValueSource(strings = {"retry-after", "RETRY-AFTER", "Retry-After"})
    void retryAftersNameHasNoCase(String name) {
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
    void whateverElseIsNoWish(String wish) {
        assertNull(retryAfter("Retry-After", wish));
    }

    @Test
    void anotherHeaderIsNoWish() {
        assertNull(retryAfter("X-Retry-After", "5"));
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
    void withoutAConnectionItIsUnreachable(Exception thrown) {
        assertEquals(UNREACHABLE, Failure.of(thrown, NOW));
        assertEquals(UNREACHABLE, Failure.of(nested(thrown), NOW));
    }

    static Stream<Arguments> noAnswer() {
        return Stream.of(
                arguments(new SocketTimeoutException("Read timed out")),
                arguments(new SocketException("Connection reset")),
                arguments(new NoHttpResponseException("failed to respond")),
                arguments(new EOFException()),
                arguments(new IOException("closed")));
    }

    @ParameterizedTest
    @MethodSource("noAnswer")
    void onAConnectionItIsUnanswered(Exception thrown) {
        assertEquals(UNANSWERED, Failure.of(thrown, NOW));
        assertEquals(UNANSWERED, Failure.of(nested(thrown), NOW));
    }

    @Test
    void anAnswerIsFoundBehindOtherExceptions() {
        assertEquals(
                new Failure(Failure.Kind.ANSWERED, 503, Duration.ofSeconds(7)),
                Failure.of(nested(answer(503, Map.of("Retry-After", "7"))), NOW));
    }

    static Stream<Arguments> others() {
        return Stream.of(
                arguments(new InvalidMessageException("The payload is too long")),
                arguments(new IllegalStateException()),
                arguments(new JsonParseException(null, "a step expected JSON")),
                arguments(new RuntimeCamelException("a step", new ArithmeticException())));
    }

    @ParameterizedTest
    @MethodSource("others")
    void whatIsNoFailureOfARequestIsInvalid(Exception thrown) {
        assertEquals(INVALID, Failure.of(thrown, NOW));
        assertEquals(INVALID, Failure.of(nested(thrown), NOW));
    }

    private static Duration retryAfter(String name, String wish) {
        return Failure.of(answer(503, Map.of("Content-Type", "text/plain", name, wish)), NOW)
                .retryAfter();
    }

    private static Exception nested(Exception cause) {
        return new RuntimeCamelException("outer", new IllegalStateException("inner", cause));
    }

    private static HttpOperationFailedException answer(int status, Map<String, String> headers) {
        return new HttpOperationFailedException(
                "http://api.pachube.com/v2", status, "Status", null, headers, "");
    }
}
