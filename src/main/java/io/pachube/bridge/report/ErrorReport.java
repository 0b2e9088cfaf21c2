package io.pachube.bridge.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.log.SecretMasker;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * Describes a message that failed or is delayed; published as JSON.
 *
 * @param operation {@code publish} or {@code trigger}
 * @param status the HTTP status; null without an answer
 * @param error the failure in a word or two
 * @param message the failure in a sentence
 * @param retrying true if the message is delayed and retried; false if it failed for good
 * @param attempts number of failed attempts; 0 if the message was rejected before any
 * @param payload the message's payload, cut at {@value #PAYLOAD_LIMIT} bytes; null where it is not
 *     UTF-8
 * @param payloadBase64 the same where it is not UTF-8
 * @param at the time in UTC, ISO 8601 with milliseconds
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({
    "operation",
    "status",
    "error",
    "message",
    "retrying",
    "attempts",
    "payload",
    "payload_base64",
    "at"
})
public record ErrorReport(
        String operation,
        Integer status,
        String error,
        String message,
        boolean retrying,
        int attempts,
        String payload,
        @JsonProperty("payload_base64") String payloadBase64,
        String at) {

    /** Bytes of a payload that a report repeats. */
    public static final int PAYLOAD_LIMIT = 1024;

    /** Characters of an answer that a report quotes. */
    static final int QUOTE_LIMIT = 512;

    private static final int MESSAGE_LIMIT = 2 * QUOTE_LIMIT;
    private static final int SHORT_MESSAGE_LIMIT = 100;
    private static final JsonMapper JSON = new JsonMapper();
    private static final DateTimeFormatter MILLIS =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

    /** Cuts the payload, and takes the API key out of every text. */
    static ErrorReport of(
            String operation,
            Integer status,
            String error,
            String message,
            boolean retrying,
            int attempts,
            byte[] payload,
            String key,
            Instant at) {
        // a key is ASCII: this finds it in UTF-8 and in whatever else
        String unmasked = new String(payload, StandardCharsets.ISO_8859_1);
        byte[] shown = masked(unmasked, key).getBytes(StandardCharsets.ISO_8859_1);
        String text = text(shown);
        return new ErrorReport(
                operation,
                status,
                shown(error, key),
                shown(message, key),
                retrying,
                attempts,
                text,
                text == null ? Base64.getEncoder().encodeToString(cut(shown)) : null,
                MILLIS.format(at));
    }

    /** One JSON object, UTF-8. */
    public byte[] toJson() {
        try {
            return JSON.writeValueAsBytes(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // strings and numbers always have a JSON form
        }
    }

    /** The same without the payload, and with the beginning of the message. */
    ErrorReport shortened() {
        return new ErrorReport(
                operation,
                status,
                error,
                cut(message, SHORT_MESSAGE_LIMIT),
                retrying,
                attempts,
                null,
                null,
                at);
    }

    private static String text(byte[] payload) {
        int length = Math.min(payload.length, PAYLOAD_LIMIT);
        // not in the middle of a character
        while (length < payload.length
                && length > PAYLOAD_LIMIT - 4
                && isContinuation(payload[length])) {
            length--;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(payload, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static boolean isContinuation(byte b) {
        return (b & 0xc0) == 0x80;
    }

    private static byte[] cut(byte[] payload) {
        return Arrays.copyOf(payload, Math.min(payload.length, PAYLOAD_LIMIT));
    }

    /** Returns the beginning of what a service said, without secrets; null for null. */
    static String quote(String text, String key) {
        return text == null ? null : cut(SecretMasker.maskTokens(text), key, QUOTE_LIMIT);
    }

    private static String shown(String text, String key) {
        return cut(text, key, MESSAGE_LIMIT);
    }

    private static String cut(String text, String key, int limit) {
        if (text == null) {
            return null;
        }
        // before the cut: that may leave a part of the key
        return cut(SecretMasker.maskConfigured(masked(text, key)), limit);
    }

    private static String cut(String text, int limit) {
        if (text == null || text.length() <= limit) {
            return text;
        }
        boolean splits = Character.isHighSurrogate(text.charAt(limit - 1));
        return text.substring(0, splits ? limit - 1 : limit) + "...";
    }

    /**
     * Pachube's answer, or a client's payload, may repeat the key. A short key, such as {@code 1},
     * is looked for as a word only.
     */
    static String masked(String text, String key) {
        if (key == null || !text.contains(key)) {
            return text;
        }
        return key.length() >= 8
                ? text.replace(key, "***")
                : text.replaceAll(
                        "(?<![A-Za-z0-9_-])" + Pattern.quote(key) + "(?![A-Za-z0-9_-])", "***");
    }
}
