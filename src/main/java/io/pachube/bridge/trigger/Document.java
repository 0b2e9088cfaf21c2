package io.pachube.bridge.trigger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.stream.Stream;

/**
 * What is published with {@code "format":"json"}: the value with all that is known of it, in one
 * form, however Pachube wrote it (contract, 4.5 and 3). What is not known is absent.
 *
 * <p>Immutable.
 */
public final class Document {

    private static final JsonMapper JSON = new JsonMapper();
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSX").withZone(ZoneOffset.UTC);

    /** Without value and time. */
    private final ObjectNode about;

    private Document(ObjectNode about) {
        this.about = about;
    }

    /** Of what a trigger has posted. */
    static Document ofNotification(JsonNode notification) {
        JsonNode stream = notification.path("triggering_datastream");
        ObjectNode about = JSON.createObjectNode();
        environment(about, notification.path("environment"));
        datastream(about, stream.path("id"), stream.path("units"), stream.path("value"));
        ObjectNode trigger = JSON.createObjectNode();
        number(trigger, "id", notification.path("id"));
        text(trigger, "type", notification.path("type"));
        number(trigger, "threshold", notification.path("threshold_value"));
        put(about, "trigger", trigger);
        if (notification.path("debug").asBoolean()) {
            about.put("debug", true);
        }
        return new Document(about);
    }

    /**
     * Of a datapoint that was asked for.
     *
     * @param notified what a notification has told; null: there was none
     * @param feed as Pachube gives it; without, no more is known of it than its id
     * @param stream as Pachube gives it
     */
    public static Document ofDatastream(
            Document notified, String environment, JsonNode feed, JsonNode stream) {
        ObjectNode about = JSON.createObjectNode();
        environment(about, feed);
        if (notified != null) {
            about.setAll(notified.about);
        } else if (feed.isMissingNode()) {
            number(about.putObject("environment"), "id", TextNode.valueOf(environment));
        }
        datastream(about, stream.path("id"), stream.path("unit"), stream);
        if (notified == null) {
            about.putObject("trigger").put("type", "change");
        }
        return new Document(about);
    }

    private static void environment(ObjectNode about, JsonNode from) {
        ObjectNode environment = JSON.createObjectNode();
        number(environment, "id", from.path("id"));
        text(environment, "title", from.path("title"));
        JsonNode place = from.path("location");
        ObjectNode location = JSON.createObjectNode();
        text(location, "name", place.path("name"));
        number(location, "lat", place.path("lat"));
        number(location, "lon", place.has("lng") ? place.path("lng") : place.path("lon"));
        put(environment, "location", location);
        put(about, "environment", environment);
    }

    private static void datastream(ObjectNode about, JsonNode id, JsonNode units, JsonNode range) {
        ObjectNode datastream = JSON.createObjectNode();
        text(datastream, "id", id);
        ObjectNode unit = JSON.createObjectNode();
        Stream.of("label", "symbol", "type").forEach(name -> text(unit, name, units.path(name)));
        put(datastream, "unit", unit);
        number(datastream, "minimum", range.path("min_value"));
        number(datastream, "maximum", range.path("max_value"));
        put(about, "datastream", datastream);
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

    /** Pachube writes them as numbers and as texts. */
    private static void number(ObjectNode to, String name, JsonNode value) {
        String text = value.asText("").strip();
        if (TriggerCommand.NUMBER.matcher(text).matches()) {
            to.put(name, new BigDecimal(text));
        }
    }

    /** A time as Pachube writes it (contract, 1); null: it is none. */
    public static Instant time(JsonNode text) {
        try {
            return Instant.parse(text.asText("")); // offsets too
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    /** As Pachube writes it. */
    public static String text(Instant time) {
        return TIME.format(time);
    }

    /**
     * One JSON object, UTF-8.
     *
     * @param time when the value was written; null: not known
     */
    public byte[] toJson(String value, Instant time) {
        ObjectNode document = JSON.createObjectNode().put("value", value);
        if (time != null) {
            document.put("time", text(time));
        }
        try {
            return JSON.writeValueAsBytes(document.setAll(about));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // texts and numbers always have a JSON form
        }
    }
}
