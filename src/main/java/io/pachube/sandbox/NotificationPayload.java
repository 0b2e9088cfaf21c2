package io.pachube.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.time.Instant;
import java.util.List;

/** Renders a notification in each of its formats (contract, section 4.5). */
final class NotificationPayload {
    private NotificationPayload() {}

    static ObjectNode document(
            NotificationFormat format, Trigger trigger, String base, Instant now, boolean debug) {
        String url = base + "/triggers/" + trigger.id;
        String feed = base + "/feeds/" + trigger.feed.id;
        String stream = feed + "/datastreams/" + ApiRequest.encoded(trigger.stream.id);
        ObjectNode document =
                switch (format) {
                    case WIRE_2011 -> wire2011(trigger, now, url, feed, stream);
                    case DOCS -> docs(trigger, now, url, feed, stream);
                    case WIRE_2014 -> wire2014(trigger, now, url, feed, stream);
                };
        return debug ? document.put("debug", true) : document;
    }

    private static ObjectNode wire2011(
            Trigger trigger, Instant now, String url, String feed, String stream) {
        ObjectNode document = JsonFormat.object();
        environment(document, trigger.feed, feed, "lon", true);
        document.put("id", trigger.id).put("threshold_value", threshold(trigger));
        document.put("timestamp", Timestamps.seconds(now));
        ObjectNode triggering =
                document.putObject("triggering_datastream").put("id", trigger.stream.id);
        JsonNode unit = trigger.stream.unit;
        if (unit != null && !unit.isEmpty()) {
            ObjectNode units = triggering.putObject("units");
            List.of("label", "symbol", "type").forEach(n -> units.put(n, unit.path(n).asText("")));
        }
        triggering.put("url", stream);
        ObjectNode value = triggering.putObject("value");
        trigger.stream.extremes(value);
        value.put("value", trigger.stream.value);
        return document.put("type", trigger.type).put("url", url);
    }

    private static ObjectNode docs(
            Trigger trigger, Instant now, String url, String feed, String stream) {
        ObjectNode document = JsonFormat.object();
        environment(document, trigger.feed, feed, "lng", false);
        document.put("id", trigger.id);
        Datastream.number(trigger.threshold)
                .ifPresentOrElse(
                        n -> document.put("threshold_value", n),
                        () -> document.put("threshold_value", threshold(trigger)));
        document.put("timestamp", Timestamps.format(now));
        ObjectNode triggering = document.putObject("triggering_datastream");
        triggering.put("id", trigger.stream.id).put("url", stream);
        at(triggering, trigger.stream);
        ObjectNode value = triggering.putObject("value");
        value.put("current_value", trigger.stream.value);
        trigger.stream.extremes(value);
        return document.put("type", trigger.type).put("url", url);
    }

    private static ObjectNode wire2014(
            Trigger trigger, Instant now, String url, String feed, String stream) {
        ObjectNode document = JsonFormat.object().put("id", trigger.id).put("url", url);
        document.put("type", trigger.type).put("threshold_value", threshold(trigger));
        document.put("timestamp", Timestamps.format(now));
        JsonNode metadata = trigger.feed.metadata;
        document.putObject("environment")
                .put("id", trigger.feed.id)
                .put("feed", feed)
                .put("title", metadata.path("title").asText())
                .put("description", JsonFormat.text(metadata, "description"))
                .put("private", trigger.feed.isPrivate);
        ObjectNode triggering = document.putObject("triggering_datastream");
        triggering.put("id", trigger.stream.id).put("url", stream);
        at(triggering, trigger.stream);
        ObjectNode value = triggering.putObject("value");
        trigger.stream.extremes(value);
        value.put("value", trigger.stream.value);
        JsonNode unit = trigger.stream.unit == null ? JsonFormat.object() : trigger.stream.unit;
        triggering
                .putObject("units")
                .put("type", JsonFormat.text(unit, "type"))
                .put("symbol", unit.path("symbol").asText(""))
                .put("label", unit.path("label").asText(""));
        return document;
    }

    private static void environment(
            ObjectNode document, Feed feed, String url, String longitude, boolean texts) {
        ObjectNode environment = document.putObject("environment");
        environment.put("description", feed.metadata.path("description").asText(""));
        environment.put("feed", url).put("id", feed.id);
        JsonNode from = feed.metadata.path("location");
        if (from.has("lat") || from.has("lon") || from.has("name")) {
            ObjectNode to = environment.putObject("location");
            coordinate(to, "lat", from.path("lat"), texts);
            coordinate(to, longitude, from.path("lon"), texts);
            to.put("name", from.path("name").asText(""));
        }
        environment.put("title", feed.metadata.path("title").asText());
    }

    private static void coordinate(ObjectNode to, String name, JsonNode value, boolean text) {
        if (text) {
            to.put(name, value.asText(""));
        } else {
            Datastream.number(value.asText()).ifPresent(n -> to.put(name, n));
        }
    }

    private static void at(ObjectNode triggering, Datastream stream) {
        if (stream.at != null) {
            triggering.put("at", Timestamps.format(stream.at));
        }
    }

    private static String threshold(Trigger trigger) {
        return trigger.threshold == null ? "" : trigger.threshold;
    }
}
