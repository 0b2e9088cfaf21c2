package io.pachube.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/** One feed and its datastreams; its monitor guards all of them. */
final class Feed {
    /** Without an update for this long, a feed is frozen (contract, section 1). */
    static final Duration LIVE = Duration.ofMinutes(15);

    private static final int MAX_METADATA = 4 * 1024;
    private static final List<String> METADATA =
            List.of(
                    "title",
                    "icon",
                    "website",
                    "tags",
                    "description",
                    "auto_feed_url",
                    "email",
                    "location");

    final long id;
    final Instant created;
    final Map<String, Datastream> streams = new LinkedHashMap<>();
    final ObjectNode metadata = JsonFormat.object();
    boolean isPrivate;
    boolean deleted;
    Instant updated;

    Feed(long id, Instant created) {
        this.id = id;
        this.created = created;
        this.updated = created;
    }

    Datastream stream(String name) {
        Datastream stream = streams.get(name);
        if (stream == null) {
            throw ApiException.notFound();
        }
        return stream;
    }

    /** What a document says of a feed, checked: only such fields as a feed has. */
    static ObjectNode metadata(JsonNode document) {
        ObjectNode metadata = JsonFormat.object();
        for (String name : METADATA) {
            JsonNode value = document.get(name);
            if (value != null) {
                metadata.set(name, name.equals("tags") ? JsonFormat.tags(value) : value);
            }
        }
        if (document.has("title") && JsonFormat.text(document, "title") == null) {
            throw ApiException.invalid("Title can't be blank");
        }
        ApiException.requireAtMost(
                metadata.toString().length(), MAX_METADATA, "characters of metadata a feed");
        return metadata;
    }

    void describe(ObjectNode more, JsonNode document) {
        metadata.setAll(more);
        metadata.properties().removeIf(p -> p.getValue().isNull() || isBlank(p.getValue()));
        isPrivate = document.path("private").asBoolean(isPrivate);
    }

    private static boolean isBlank(JsonNode value) {
        return value.isValueNode() ? value.asText().isBlank() : value.isEmpty();
    }

    String status(Instant now) {
        return now.isBefore(updated.plus(LIVE)) ? "live" : "frozen";
    }

    /** Its JSON form, keys in the order of the vendor's library (contract, section 3.2). */
    ObjectNode json(
            String base,
            Instant now,
            boolean user,
            Predicate<Datastream> chosen,
            Function<Datastream, ObjectNode> render) {
        ObjectNode json = JsonFormat.object().put("id", id);
        copy(json, "title").put("private", Boolean.toString(isPrivate));
        copy(json, "icon", "website", "tags", "description");
        json.put("feed", base + "/feeds/" + id + ".json");
        copy(json, "auto_feed_url").put("status", status(now));
        json.put("updated", Timestamps.format(updated)).put("created", Timestamps.format(created));
        copy(json, "email").put("creator", base.replaceFirst("/v2$", "/users/" + ApiKeys.USER));
        if (user) {
            json.putObject("user").put("login", ApiKeys.USER);
        }
        json.put("version", "1.0.0");
        ArrayNode list = json.putArray("datastreams");
        streams.values().stream().filter(chosen).map(render).forEach(list::add);
        return copy(json, "location");
    }

    private ObjectNode copy(ObjectNode json, String... names) {
        for (String name : names) {
            if (metadata.has(name)) {
                json.set(name, metadata.get(name));
            }
        }
        return json;
    }
}
