package io.pachube.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;

/** One trigger; guarded by the lock of its feed (contract, section 4.1). */
final class Trigger {
    private static final Set<String> COMPARISONS = Set.of("gt", "gte", "lt", "lte", "eq");
    private static final Set<String> EVENTS = Set.of("change", "frozen", "live");
    private static final int MAX_URL = 2048;

    final long id;
    final Feed feed;
    final Datastream stream;
    URI url;
    String type;

    /** Null for types that have none. */
    String threshold;

    /** Whether the condition held when it was last looked at: a notification is sent on an edge. */
    boolean conditionMet;

    Instant notifiedAt;

    Trigger(long id, Feed feed, Datastream stream, JsonNode document) {
        this.id = id;
        this.feed = feed;
        this.stream = stream;
        describe(document);
    }

    /** Applies a document; the feed and the datastream do not change. */
    void describe(JsonNode document) {
        URI newUrl = document.has("url") ? url(document) : url;
        String newType = document.has("trigger_type") ? text(document, "trigger_type") : type;
        String limit =
                document.has("threshold_value") ? text(document, "threshold_value") : threshold;
        if (newUrl == null || newType == null) {
            throw ApiException.invalid(
                    (newUrl == null ? "Url" : "Trigger type") + " can't be blank");
        }
        if (!COMPARISONS.contains(newType) && !EVENTS.contains(newType)) {
            throw ApiException.invalid("Trigger type is not included in the list");
        }
        if (COMPARISONS.contains(newType) && limit == null) {
            throw ApiException.invalid("Threshold value can't be blank");
        }
        String newThreshold = COMPARISONS.contains(newType) ? limit : null;
        // A new condition has not been seen to hold; the same one said again changes nothing.
        conditionMet &= newType.equals(type) && Objects.equals(newThreshold, threshold);
        url = newUrl;
        type = newType;
        threshold = newThreshold;
    }

    private static String text(JsonNode document, String field) {
        String text = JsonFormat.text(document, field);
        if (text != null && text.length() > 255) {
            throw ApiException.invalid(field + " is too long (maximum is 255 characters)");
        }
        return text;
    }

    private static URI url(JsonNode document) {
        String text = JsonFormat.text(document, "url");
        try {
            URI url = URI.create(text == null || text.length() > MAX_URL ? "" : text.strip());
            HttpRequest.newBuilder(url); // refuses a URL that it could not post to later
            if (url.getPort() < 65536) {
                return url;
            }
        } catch (IllegalArgumentException e) {
            // refused below
        }
        throw ApiException.invalid("Url is invalid");
    }

    ObjectNode json() {
        ObjectNode json =
                JsonFormat.object()
                        .put("id", id)
                        .put("url", url.toString())
                        .put("trigger_type", type)
                        .put("user", ApiKeys.USER)
                        .put("environment_id", feed.id)
                        .put("stream_id", stream.id);
        if (threshold != null) {
            json.put("threshold_value", threshold);
        }
        return json.put("notified_at", notifiedAt == null ? "" : Timestamps.seconds(notifiedAt));
    }
}
