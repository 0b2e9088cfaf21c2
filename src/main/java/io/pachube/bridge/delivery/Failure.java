package io.pachube.bridge.delivery;

import com.fasterxml.jackson.core.JsonProcessingException;

import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.hc.client5.http.ConnectTimeoutException;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Set;

import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * Why a request failed, as far as the policy cares.
 *
 * @param kind how far the request came
 * @param status the HTTP status; 0 where no answer came
 * @param retryAfter what the answer asks for; null: nothing
 */
record Failure(Kind kind, int status, Duration retryAfter) {

    /** Unparsable, too much, or invalid (contract, 6). */
    private static final Set<Integer> OF_CONTENT = Set.of(400, 413, 422);

    enum Kind {
        /** No connection: that is never one datastream's fault. */
        UNREACHABLE,
        /** No answer: reset, closed or timed out. */
        UNANSWERED,
        /** An answer, with a status. */
        ANSWERED,
        /** No request was made, or none that could succeed. */
        INVALID
    }

    /** What was sent is bad: of a batch, one value may be. */
    boolean isOfContent() {
        return kind == Kind.ANSWERED && OF_CONTENT.contains(status);
    }

    static Failure of(Throwable thrown, Instant now) {
        for (Throwable e = thrown; e != null; e = e.getCause()) {
            if (e instanceof HttpOperationFailedException answer) {
                return new Failure(
                        Kind.ANSWERED,
                        answer.getStatusCode(),
                        retryAfter(answer.getResponseHeaders(), now));
            }
            if (e instanceof ConnectException
                    || e instanceof ConnectTimeoutException
                    || e instanceof UnknownHostException
                    || e instanceof NoRouteToHostException
                    || e instanceof SSLHandshakeException
                    || e instanceof SSLPeerUnverifiedException) {
                return new Failure(Kind.UNREACHABLE, 0, null);
            }
            if (e instanceof JsonProcessingException) {
                break; // an IOException too: of a step that could not read the value
            }
            if (e instanceof IOException) {
                return new Failure(Kind.UNANSWERED, 0, null);
            }
        }
        return new Failure(Kind.INVALID, 0, null);
    }

    /** Seconds, or an HTTP date (RFC 9110, 10.2.3); anything else is no wish. */
    private static Duration retryAfter(Map<String, String> headers, Instant now) {
        String wish = null;
        if (headers != null) {
            for (Map.Entry<String, String> header : headers.entrySet()) {
                if ("Retry-After".equalsIgnoreCase(header.getKey())) {
                    wish = header.getValue().strip();
                }
            }
        }
        if (wish == null) {
            return null;
        }
        try {
            if (wish.matches("[0-9]{1,9}")) {
                return Duration.ofSeconds(Long.parseLong(wish));
            }
            Instant at =
                    ZonedDateTime.parse(wish, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
            return at.isAfter(now) ? Duration.between(now, at) : Duration.ZERO;
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
