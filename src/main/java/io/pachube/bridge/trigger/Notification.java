package io.pachube.bridge.trigger;

import com.fasterxml.jackson.databind.JsonNode;

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
 * @param time when it was written; null where that is not told
 * @param environment the feed's id, as it was sent; empty where it was not
 * @param datastream its id, as it was sent; empty where it was not
 * @param document all of it
 */
public record Notification(
        String value, Instant time, String environment, String datastream, Document document) {

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
        JsonNode datastream = document.path("triggering_datastream");
        JsonNode value = datastream.path("value");
        // documents say current_value, the wire said value
        JsonNode found =
                value.hasNonNull("value") ? value.get("value") : value.path("current_value");
        if (!found.isTextual() && !found.isNumber()) {
            throw notOne("there is no triggering_datastream.value.value");
        }
        return new Notification(
                text(found),
                Document.time(
                        datastream.has("at") ? datastream.get("at") : document.path("timestamp")),
                document.path("environment").path("id").asText(""),
                datastream.path("id").asText(""),
                Document.ofNotification(document));
    }

    /** Somebody has tried the trigger at Pachube. */
    public boolean isDebug() {
        return document.isDebug();
    }

    /** What is published. */
    byte[] payload(Options options) {
        return options.json()
                ? document.toJson(value, time)
                : value.getBytes(StandardCharsets.UTF_8);
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
