package io.pachube.bridge.trigger;

import com.fasterxml.jackson.databind.JsonNode;

import io.pachube.bridge.json.StrictJson;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;

/**
 * What a trigger posts to the bridge (contract, 4.4 and 4.5): a form whose field {@code body} holds
 * the JSON document; the bare document is taken too.
 *
 * @param value the new value, as text
 * @param sent the document
 */
public record Notification(String value, JsonNode sent) {

    /** The largest body, in bytes. */
    public static final int BODY_LIMIT = 64 * 1024;

    /**
     * Reads any of the four variants that Pachube has sent.
     *
     * @param contentType the request's; may be null
     * @throws NotificationException 400, if it is no notification
     */
    public static Notification parse(String contentType, byte[] body) throws NotificationException {
        JsonNode document = document(contentType, body);
        JsonNode value = document.path("triggering_datastream").path("value");
        // documents say current_value, the wire said value
        JsonNode found =
                value.hasNonNull("value") ? value.get("value") : value.path("current_value");
        if (!found.isTextual() && !found.isNumber()) {
            throw notOne("there is no triggering_datastream.value.value");
        }
        return new Notification(text(found), document);
    }

    /** The feed's id, as it was sent; empty where it was not. */
    public String environment() {
        return sent.path("environment").path("id").asText("");
    }

    /** Its id, as it was sent; empty where it was not. */
    public String datastream() {
        return sent.path("triggering_datastream").path("id").asText("");
    }

    /** All that it tells but value and time. */
    public Document document() {
        return Document.ofNotification(sent);
    }

    /** Somebody has tried the trigger at Pachube. */
    public boolean isDebug() {
        return sent.path("debug").asBoolean();
    }

    /** What is published. */
    byte[] payload(Options options) {
        return options.json()
                ? document().toJson(value, time())
                : value.getBytes(StandardCharsets.UTF_8);
    }

    /** When the value was written; some variants tell only when the trigger fired. */
    private Instant time() {
        JsonNode at = sent.path("triggering_datastream").path("at");
        return Document.time(at.isMissingNode() ? sent.path("timestamp") : at);
    }

    /** Digit by digit; with an exponent only where there was one, and not a small one. */
    private static String text(JsonNode value) {
        int scale = value.isBigDecimal() ? value.decimalValue().scale() : -1;
        return scale >= 0 && scale <= 1000 ? value.decimalValue().toPlainString() : value.asText();
    }

    private static JsonNode document(String contentType, byte[] body) throws NotificationException {
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
            throw notOne("the document is not JSON");
        }
    }

    private static boolean startsLikeJson(byte[] body) {
        return new String(body, 0, Math.min(body.length, 16), StandardCharsets.ISO_8859_1)
                .stripLeading()
                .startsWith("{");
    }

    private static String field(String form) throws NotificationException {
        for (String pair : form.split("&")) {
            if (pair.startsWith("body=")) {
                try {
                    return URLDecoder.decode(pair.substring(5), StandardCharsets.UTF_8);
                } catch (IllegalArgumentException e) {
                    throw notOne("the field 'body' is not percent-encoded");
                }
            }
        }
        throw notOne("there is no form field 'body', and no JSON document");
    }

    private static NotificationException notOne(String why) {
        return new NotificationException(
                400, "Bad Request", "This is no notification of a trigger: " + why);
    }
}
