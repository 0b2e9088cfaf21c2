package io.pachube.sandbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.pachube.sandbox.DatastreamUpdate.Point;

import java.util.ArrayList;
import java.util.List;

/** Parses and creates the JSON documents. {@link EemlFormat} is converted from and to them. */
final class JsonFormat {
    private static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                    .build();

    private JsonFormat() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    static ObjectNode parse(String text) {
        try {
            if (MAPPER.readTree(text) instanceof ObjectNode document) {
                return document;
            }
            throw new ApiException(400, "JSON Parser Error", "JSON doesn't appear to be a hash");
        } catch (JsonProcessingException e) {
            throw new ApiException(
                    400, "JSON Parser Error", "parse error: " + e.getOriginalMessage());
        }
    }

    /** A field's text; null where it is absent, null or blank. Numbers keep their digits. */
    static String text(JsonNode node, String field) {
        String text = node.path(field).isValueNode() ? node.get(field).asText() : "";
        return text.isBlank() || node.get(field).isNull() ? null : text;
    }

    /** The datastream of a PUT; the wrapper that a POST needs is taken here too. */
    static DatastreamUpdate datastream(String id, JsonNode document) {
        JsonNode inner = document.path("datastreams").path(0);
        JsonNode stream = inner.isObject() ? inner : document;
        String value = text(stream, "current_value");
        String at = text(stream, "at");
        return new DatastreamUpdate(
                id,
                value == null ? null : new Point(at == null ? null : Timestamps.parse(at), value),
                points(stream),
                stream.has("tags") ? tags(stream.get("tags")) : null,
                stream.has("unit") ? unit(stream.get("unit")) : null);
    }

    static List<DatastreamUpdate> datastreams(JsonNode document) {
        List<DatastreamUpdate> writes = new ArrayList<>();
        document.path("datastreams").forEach(s -> writes.add(datastream(text(s, "id"), s)));
        return writes;
    }

    static List<Point> points(JsonNode document) {
        List<Point> points = new ArrayList<>();
        for (JsonNode point : document.path("datapoints")) {
            String at = text(point, "at");
            String value = text(point, "value");
            if (at == null || value == null) {
                throw ApiException.invalid("Datapoint is invalid: at and value can't be blank");
            }
            points.add(new Point(Timestamps.parse(at), value));
        }
        return points;
    }

    private static ObjectNode unit(JsonNode given) {
        ObjectNode unit = object();
        for (String name : List.of("type", "symbol", "label")) {
            String text = text(given, name);
            if (text != null) {
                unit.put(name, text);
            }
        }
        return unit;
    }

    /** Tags come as a list or as one text with commas. */
    static ArrayNode tags(JsonNode tags) {
        ArrayNode list = array();
        List<String> texts = new ArrayList<>();
        if (tags.isArray()) {
            tags.forEach(tag -> texts.add(tag.asText()));
        } else if (!tags.isNull()) {
            texts.addAll(List.of(tags.asText().split(",")));
        }
        for (String tag : texts) {
            if (tag.length() > 255) {
                throw ApiException.invalid("Tag is too long (maximum is 255 characters)");
            }
            if (!tag.isBlank()) {
                list.add(tag.strip());
            }
        }
        return list;
    }
}
