package io.pachube.bridge.delivery;

import com.fasterxml.jackson.core.JsonProcessingException;

import org.apache.camel.InvalidPayloadException;
import org.apache.camel.NoTypeConversionAvailableException;
import org.apache.camel.TypeConversionException;
import org.apache.camel.ValidationException;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.core5.http.MessageConstraintException;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * Why an attempt failed, as far as {@link RetryPolicy} distinguishes it.
 *
 * @param kind of the failure
 * @param status the HTTP status; 0 without an answer
 * @param retryAfter the answer's Retry-After; null without
 * @param reason for the log of an outage, with the address; null without
 */
record RequestFailure(Kind kind, int status, Duration retryAfter, String reason) {

    RequestFailure(Kind kind, int status, Duration retryAfter) {
        this(kind, status, retryAfter, null);
    }

    /** Causes may name each other. */
    private static final int MAX_CAUSES = 100;

    /** Too large, malformed or invalid: of a batch, one message may be. */
    private static final Set<Integer> PAYLOAD_ERRORS = Set.of(400, 413, 422);

    enum Kind {
        /** No connection: never the fault of one message. */
        NO_CONNECTION,
        /** No answer, or one that says that the server is down. */
        NO_RESPONSE,
        /** Any other HTTP answer. */
        HTTP_ERROR,
        /** The message can never be delivered. */
        INVALID,
        /** A failure of the bridge's own side, such as the broker's connection or a reload. */
        LOCAL,
        /** A nested delivery rejected the message. */
        NESTED_REJECTED,
        /** A nested delivery abandoned the message. */
        NESTED_ABANDONED,
        /** Anything else. */
        OTHER
    }

    /** Returns true for a status that means that the target is down, as a proxy says for it. */
    static boolean isUnavailable(int status) {
        return status >= 502 && status <= 504;
    }

    /**
     * Adds why the target counts as down.
     *
     * @param address of the latest request; null without
     */
    RequestFailure withReason(Throwable thrown, String address) {
        if (!isUnanswered()) {
            return this;
        }
        String reason =
                FailureMessages.outageReason(thrown) + (address == null ? "" : ", " + address);
        return new RequestFailure(kind, status, retryAfter, reason);
    }

    boolean isPayloadError() {
        return kind == Kind.HTTP_ERROR && PAYLOAD_ERRORS.contains(status);
    }

    /** Returns true for an answer that says that the server failed, and is up. */
    boolean isServerError() {
        return kind == Kind.HTTP_ERROR && status >= 500;
    }

    /** Returns true if a request was made, and no answer arrived. */
    boolean isSilence() {
        return kind == Kind.NO_RESPONSE && status == 0;
    }

    /** Returns true if the failure may mean that the target is down. */
    boolean isUnanswered() {
        return kind == Kind.NO_CONNECTION || kind == Kind.NO_RESPONSE;
    }

    /**
     * @param requests how many HTTP requests the attempt made
     * @param local recognises failures of the bridge's own side
     */
    static RequestFailure of(
            Throwable thrown, int requests, Predicate<Throwable> local, Instant now) {
        Throwable e = thrown;
        for (int i = 0; e != null && i < MAX_CAUSES; i++) {
            RequestFailure failure = ofOne(e, requests, local, now);
            if (failure != null) {
                return failure;
            }
            e = e.getCause();
        }
        return of(Kind.OTHER);
    }

    /** Returns true if the connection broke while an answer was read and converted. */
    private static boolean isReadFailure(Throwable conversion) {
        Throwable e = conversion;
        for (int i = 0; e != null && i < MAX_CAUSES; i++) {
            if (e instanceof SocketException
                    || e instanceof InterruptedIOException
                    || e instanceof ResponseTooLargeException) {
                return true;
            }
            e = e.getCause();
        }
        return false;
    }

    private static RequestFailure ofOne(
            Throwable e, int requests, Predicate<Throwable> local, Instant now) {
        if (e instanceof HttpOperationFailedException answer) {
            int status = answer.getStatusCode();
            return new RequestFailure(
                    isUnavailable(status) ? Kind.NO_RESPONSE : Kind.HTTP_ERROR,
                    status,
                    retryAfter(answer.getResponseHeaders(), now));
        }
        if (e instanceof MessageRejectedException) {
            return of(Kind.NESTED_REJECTED);
        }
        if (e instanceof MessageAbandonedException) {
            return of(Kind.NESTED_ABANDONED);
        }
        if (e instanceof RejectedException
                || e instanceof ValidationException
                || e instanceof JsonProcessingException) {
            return of(Kind.INVALID);
        }
        if (e instanceof TypeConversionException
                || e instanceof NoTypeConversionAvailableException
                || e instanceof InvalidPayloadException) {
            return isReadFailure(e) ? null : of(Kind.INVALID);
        }
        if (e instanceof MessageRevokedException) {
            return of(Kind.LOCAL);
        }
        if (e instanceof RetryException
                || e instanceof ResponseTooLargeException
                || e instanceof MessageConstraintException) { // an answer's head is too large
            return of(Kind.OTHER);
        }
        if (local.test(e)) {
            return of(Kind.LOCAL);
        }
        if (e instanceof AttemptTimeoutException timeout) {
            return of(timeout.isRequestInFlight() ? Kind.NO_RESPONSE : Kind.OTHER);
        }
        if (e instanceof ConnectException
                || e instanceof ConnectTimeoutException
                || e instanceof UnknownHostException
                || e instanceof NoRouteToHostException
                || e instanceof SSLHandshakeException
                || e instanceof SSLPeerUnverifiedException) {
            return of(Kind.NO_CONNECTION);
        }
        return e instanceof IOException && requests > 0 ? of(Kind.NO_RESPONSE) : null;
    }

    private static RequestFailure of(Kind kind) {
        return new RequestFailure(kind, 0, null);
    }

    /** Seconds, or an HTTP date (RFC 9110, 10.2.3); anything else is ignored. */
    private static Duration retryAfter(Map<String, String> headers, Instant now) {
        String value = null;
        if (headers != null) {
            for (Map.Entry<String, String> header : headers.entrySet()) {
                if ("Retry-After".equalsIgnoreCase(header.getKey()) && header.getValue() != null) {
                    value = header.getValue().strip();
                }
            }
        }
        if (value == null) {
            return null;
        }
        try {
            if (value.matches("[0-9]{1,9}")) {
                return Duration.ofSeconds(Long.parseLong(value));
            }
            Instant at =
                    ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
            return at.isAfter(now) ? Duration.between(now, at) : Duration.ZERO;
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
