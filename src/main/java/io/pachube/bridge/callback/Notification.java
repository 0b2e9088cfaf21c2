package io.pachube.bridge.callback;

import com.fasterxml.jackson.databind.JsonNode;

import io.pachube.bridge.json.StrictJson;
import io.pachube.bridge.pachube.PachubeTime;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;

/**
 * A notification as Pachube posts it (contract, 4.4 and 4.5): a form whose field {@code body} holds
 * the JSON document; the bare document is accepted, too.
 *
 * @param value the new value, as text
 * @param document the JSON document
 */
public record Notification(String value, JsonNode document) {

    /** The largest body, in bytes. */
    public static final int MAX_BODY_BYTES = 64 * 1024;

    /**
     * Reads any of the four variants that Pachube has sent.
     *
     * @param contentType the request's; may be null
     * @throws CallbackRejectedException 400, if it is no notification
     */
    public static Notification parse(String contentType, byte[] body)
            throws CallbackRejectedException {
        JsonNode document = document(contentType, body);
        JsonNode value = document.path("triggering_datastream").path("value");
        // documents say current_value, the wire said value
        JsonNode found =
                value.hasNonNull("value") ? value.get("value") : value.path("current_value");
        if (!found.isTextual() && !found.isNumber()) {
            throw invalid("there is no triggering_datastream.value.value");
        }
        return new Notification(text(found), document);
    }

    /** Returns the feed's id as it was sent; empty if it was not. */
    public String environment() {
        return document.path("environment").path("id").asText("");
    }

    /** Returns the datastream's id as it was sent; empty if it was not. */
    public String datastream() {
        return document.path("triggering_datastream").path("id").asText("");
    }

    /** Returns the document to be published, without value and time. */
    public NotificationDocument toDocument() {
        return NotificationDocument.ofNotification(document);
    }

    /** Returns true if the trigger was tested at Pachube. */
    public boolean isDebug() {
        return document.path("debug").asBoolean();
    }

    /** Returns the payload to be published. */
    byte[] payload(NotificationOptions options) {
        return options.json()
                ? toDocument().toJson(value, time())
                : value.getBytes(StandardCharsets.UTF_8);
    }

    /** Returns the time of the value; in some variants there is only that of the trigger. */
    private Instant time() {
        JsonNode at = document.path("triggering_datastream").path("at");
        return PachubeTime.parse(at.isMissingNode() ? document.path("timestamp") : at);
    }

    /** Digit by digit; with an exponent only where there was one, and not a small one. */
    private static String text(JsonNode value) {
        int scale = value.isBigDecimal() ? value.decimalValue().scale() : -1;
        return scale >= 0 && scale <= 1000 ? value.decimalValue().toPlainString() : value.asText();
    }

    private static JsonNode document(String contentType, byte[] body)
            throws CallbackRejectedException {
        String type = contentType == null ? "" : contentType.toLowerCase(Locale.ROOT);
        boolean form =
                type.startsWith("application/x-www-form-urlencoded")
                        ? !startsLikeJson(body)
                        : !type.startsWith("application/json") && !startsLikeJson(body);
        try {
            return form
                    ? StrictJson.MAPPER.readTree(field(new String(body, StandardCharsets.UTF_8)))
                    : StrictJson.MAPPER.readTree(body);
        } catch (IOException | NumberFormatException e) { // the latter: an exponent beyond int
            throw invalid("the document is not JSON");
        }
    }

    private static boolean startsLikeJson(byte[] body) {
        return new String(body, 0, Math.min(body.length, 16), StandardCharsets.ISO_8859_1)
                .stripLeading()
                .startsWith("{");
    }

    private static String field(String form) throws CallbackRejectedException {
        for (String pair : form.split("&")) {
            if (pair.startsWith("body=")) {
                try {
                    return URLDecoder.decode(pair.substring(5), StandardCharsets.UTF_8);
                } catch (IllegalArgumentException e) {
                    throw invalid("the field 'body' is not percent-encoded");
                }
            }
        }
        throw invalid("there is no form field 'body', and no JSON document");
    }

    private static CallbackRejectedException invalid(String why) {
        return new CallbackRejectedException(
                400, "Bad Request", "This is no notification of a trigger: " + why);
    }
}
