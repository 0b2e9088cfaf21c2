package io.pachube.bridge.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.delivery.FailureMessages;
import io.pachube.bridge.delivery.ResponseTooLargeException;
import io.pachube.bridge.json.StrictJson;

import org.apache.camel.NoTypeConversionAvailableException;
import org.apache.camel.TypeConversionException;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.hc.core5.http.MessageConstraintException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Describes a failure in an error report.
 *
 * @param status the HTTP status; null without an answer
 * @param error the failure in a word or two
 * @param message the failure in a sentence
 */
record FailureDescription(Integer status, String error, String message) {

    private static final JsonMapper JSON = new JsonMapper();

    /** Also that of a Camel endpoint, whose scheme may be a component's own name. */
    private static final Pattern AUTHORITY =
            Pattern.compile(
                    "(?i)^(?:[\\w-]+:(?://)?)?(?:[\\w-]+-)?https?://(?:[^/?#@]*@)?"
                            + "((?:\\[[^\\]]*\\]|[^/?#:]+)(?::\\d+)?)");

    /**
     * Describes an exception.
     *
     * @param host of the latest request; null if none was made
     * @param key is masked in quotes
     * @param wasRetried if the message itself may be valid
     */
    static FailureDescription of(Throwable thrown, String host, String key, boolean wasRetried) {
        HttpOperationFailedException answer = cause(thrown, HttpOperationFailedException.class);
        if (answer != null) {
            return ofAnswer(answer, key);
        }
        Throwable tooLarge = cause(thrown, ResponseTooLargeException.class);
        if (tooLarge != null) {
            return of("Answer too large", FailureMessages.messageOf(tooLarge));
        }
        Throwable headTooLarge = cause(thrown, MessageConstraintException.class);
        if (headTooLarge != null) {
            return of(
                    "Answer too large",
                    "Head of the answer: " + FailureMessages.messageOf(headTooLarge));
        }
        IOException noAnswer = cause(thrown, IOException.class);
        if (noAnswer != null && cause(thrown, JsonProcessingException.class) == null) {
            return of(
                    "No answer",
                    (host == null ? "The service" : host)
                            + " could not be reached: "
                            + FailureMessages.reason(noAnswer));
        }
        Error internal = cause(thrown, Error.class);
        return internal == null
                ? of(wasRetried ? "Not delivered" : "Invalid message", refused(thrown))
                : of("Internal error", internal.toString());
    }

    private static FailureDescription of(String error, String message) {
        return new FailureDescription(null, error, message);
    }

    private static FailureDescription ofAnswer(HttpOperationFailedException answer, String key) {
        int status = answer.getStatusCode();
        JsonNode body = body(answer.getResponseBody());
        String reason = answer.getStatusText();
        String title =
                text(
                        body,
                        "title",
                        reason == null || reason.isBlank() ? "Status " + status : reason);
        String errors = ErrorReport.quote(text(body, "errors", null), key);
        return new FailureDescription(
                status,
                ErrorReport.quote(title, key),
                errors == null ? described(answer, key) : errors);
    }

    /** Names the host, and quotes its answer if that is text. */
    private static String described(HttpOperationFailedException answer, String key) {
        String message = host(answer.getUri()) + " answered with status " + answer.getStatusCode();
        if (answer.getRedirectLocation() != null) {
            return message
                    + ": redirects are not followed with an API key. Set pachube.url so that this"
                    + " request goes to "
                    + ErrorReport.quote(answer.getRedirectLocation(), key);
        }
        String body = answer.getResponseBody();
        return body == null || body.isBlank() || !isText(body)
                ? message
                : message + ": " + ErrorReport.quote(body.strip(), key);
    }

    private static boolean isText(String body) {
        return body.chars()
                .noneMatch(
                        c ->
                                c == '\uFFFD'
                                        || Character.isISOControl(c) && !Character.isWhitespace(c));
    }

    /** Returns host and port of an address, also of that of a Camel endpoint. */
    private static String host(String address) {
        Matcher authority = AUTHORITY.matcher(address == null ? "" : address);
        return authority.find() ? authority.group(1) : "The service";
    }

    /** Says what a step could not read, where Camel's own words name Java types alone. */
    private static String refused(Throwable thrown) {
        TypeConversionException unread = cause(thrown, TypeConversionException.class);
        if (unread != null) {
            JsonProcessingException reason = cause(unread, JsonProcessingException.class);
            return unread(unread.getValue(), unread.getToType())
                    + (reason == null ? "" : ": " + reason.getOriginalMessage());
        }
        var unreadable = cause(thrown, NoTypeConversionAvailableException.class);
        return unreadable == null
                ? FailureMessages.messageOf(thrown)
                : unread(unreadable.getValue(), unreadable.getToType());
    }

    private static String unread(Object value, Class<?> type) {
        String text =
                value instanceof byte[] bytes
                        ? new String(bytes, StandardCharsets.UTF_8)
                        : String.valueOf(value);
        return "A step of the route cannot read '"
                + StrictJson.abbreviate(text)
                + "' as "
                + (type == JsonNode.class ? "JSON" : type.getSimpleName());
    }

    private static <T extends Throwable> T cause(Throwable thrown, Class<T> type) {
        for (Throwable e = thrown; e != null; e = e.getCause()) {
            if (type.isInstance(e)) {
                return type.cast(e);
            }
        }
        return null;
    }

    /** Pachube's errors are JSON, {@code {"title","errors"}} (contract, section 6); or anything. */
    private static JsonNode body(String text) {
        try {
            return text == null ? null : JSON.readTree(text);
        } catch (IOException e) {
            return null;
        }
    }

    private static String text(JsonNode body, String field, String otherwise) {
        JsonNode value = body == null ? null : body.get(field);
        if (value == null || value.isNull()) {
            return otherwise;
        }
        return value.isTextual() ? value.textValue() : value.toString();
    }
}
