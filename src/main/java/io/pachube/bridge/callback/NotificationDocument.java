package io.pachube.bridge.callback;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

import io.pachube.bridge.pachube.PachubeTime;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The document that is published with {@code "format":"json"}: the value with its metadata, in one
 * form for all variants of Pachube's answers (contract, 4.5 and 3). Unknown fields are absent.
 *
 * <p>Immutable.
 */
public final class NotificationDocument {

    private static final JsonMapper JSON = new JsonMapper();

    /** Decimal numbers, of a length that is cheap to parse. */
    public static final Pattern NUMBER =
            Pattern.compile("[+-]?(\\d{1,32}(\\.\\d{0,32})?|\\.\\d{1,32})([eE][+-]?\\d{1,3})?");

    /** Without value and time. */
    private final ObjectNode metadata;

    private NotificationDocument(ObjectNode metadata) {
        this.metadata = metadata;
    }

    /** Returns the document of a notification. */
    static NotificationDocument ofNotification(JsonNode notification) {
        JsonNode stream = notification.path("triggering_datastream");
        ObjectNode metadata = JSON.createObjectNode();
        environment(metadata, notification.path("environment"));
        datastream(metadata, stream.path("id"), stream.path("units"), stream.path("value"));
        ObjectNode trigger = JSON.createObjectNode();
        number(trigger, "id", notification.path("id"));
        text(trigger, "type", notification.path("type"));
        number(trigger, "threshold", notification.path("threshold_value"));
        put(metadata, "trigger", trigger);
        if (notification.path("debug").asBoolean()) {
            metadata.put("debug", true);
        }
        return new NotificationDocument(metadata);
    }

    /**
     * Returns the document of a datapoint of a history.
     *
     * @param notified the document of the notification; null: there was none
     * @param feed as Pachube returns it; missing: only its id is known
     * @param stream as Pachube returns it
     */
    public static NotificationDocument ofDatastream(
            NotificationDocument notified, String environment, JsonNode feed, JsonNode stream) {
        ObjectNode metadata = JSON.createObjectNode();
        environment(metadata, feed);
        if (notified != null) {
            metadata.setAll(notified.metadata);
        } else if (feed.isMissingNode()) {
            number(metadata.putObject("environment"), "id", TextNode.valueOf(environment));
        }
        datastream(metadata, stream.path("id"), stream.path("unit"), stream);
        if (notified == null) {
            metadata.putObject("trigger").put("type", "change");
        }
        return new NotificationDocument(metadata);
    }

    private static void environment(ObjectNode metadata, JsonNode from) {
        ObjectNode environment = JSON.createObjectNode();
        number(environment, "id", from.path("id"));
        text(environment, "title", from.path("title"));
        JsonNode place = from.path("location");
        ObjectNode location = JSON.createObjectNode();
        text(location, "name", place.path("name"));
        number(location, "lat", place.path("lat"));
        number(location, "lon", place.has("lng") ? place.path("lng") : place.path("lon"));
        put(environment, "location", location);
        put(metadata, "environment", environment);
    }

    private static void datastream(
            ObjectNode metadata, JsonNode id, JsonNode units, JsonNode range) {
        ObjectNode datastream = JSON.createObjectNode();
        text(datastream, "id", id);
        ObjectNode unit = JSON.createObjectNode();
        Stream.of("label", "symbol", "type").forEach(name -> text(unit, name, units.path(name)));
        put(datastream, "unit", unit);
        number(datastream, "minimum", range.path("min_value"));
        number(datastream, "maximum", range.path("max_value"));
        put(metadata, "datastream", datastream);
    }

    private static void put(ObjectNode to, String name, ObjectNode value) {
        if (!value.isEmpty()) {
            to.set(name, value);
        }
    }

    private static void text(ObjectNode to, String name, JsonNode value) {
        if (value.isValueNode() && !value.isNull() && !value.asText().isBlank()) {
            to.put(name, value.asText());
        }
    }

    /** Copies a number, which Pachube writes as a number or as a text. */
    private static void number(ObjectNode to, String name, JsonNode value) {
        String text = value.asText("").strip();
        if (NUMBER.matcher(text).matches()) {
            to.put(name, new BigDecimal(text));
        }
    }

    /**
     * Returns the document as one JSON object, UTF-8.
     *
     * @param time when the value was written; null: not known
     */
    public byte[] toJson(String value, Instant time) {
        ObjectNode document = JSON.createObjectNode().put("value", value);
        if (time != null) {
            document.put("time", PachubeTime.format(time));
        }
        try {
            return JSON.writeValueAsBytes(document.setAll(metadata));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // texts and numbers always have a JSON form
        }
    }
}
