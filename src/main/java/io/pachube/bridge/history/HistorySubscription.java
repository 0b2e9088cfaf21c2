package io.pachube.bridge.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.NotificationTopic;
import io.pachube.bridge.callback.ReceivedNotification;
import io.pachube.bridge.datapoint.DatastreamAddress;
import io.pachube.bridge.pachube.PachubeTime;

import java.io.IOException;
import java.time.Instant;

/**
 * A history subscription: a trigger with a history, and its cursor. Immutable.
 *
 * @param datastream its id; or {@value DatastreamAddress#WILDCARD} for the mirror of a whole feed,
 *     which is the pattern of those of its datastreams
 * @param topic of the trigger
 * @param url the trigger's callback address, if the command named one; null: {@code callback.url}
 * @param cursor the time, by Pachube's clock, of the last datapoint published; null: none was
 */
record HistorySubscription(
        String key,
        String environment,
        String datastream,
        String topic,
        NotificationOptions options,
        String url,
        Instant cursor) {

    private static final JsonMapper JSON = new JsonMapper();

    /** Returns the unique id of this subscription; it holds the API key. */
    String id() {
        return ReceivedNotification.orderingKey(key, environment, datastream, topic);
    }

    boolean isMirror() {
        return topic.equals(NotificationTopic.MIRROR);
    }

    boolean isFeedWide() {
        return datastream.equals(DatastreamAddress.WILDCARD);
    }

    boolean belongsTo(String ofKey, String ofEnvironment) {
        return key.equals(ofKey) && environment.equals(ofEnvironment);
    }

    boolean lags(Instant newest) {
        return newest != null && (cursor == null || cursor.isBefore(newest));
    }

    HistorySubscription withCursor(Instant time) {
        return new HistorySubscription(key, environment, datastream, topic, options, url, time);
    }

    byte[] toJson() {
        ObjectNode json =
                JSON.createObjectNode()
                        .put("key", key)
                        .put("environment", environment)
                        .put("datastream", datastream)
                        .put("topic", topic)
                        .put("options", options.toByte())
                        .put("url", url)
                        .put("last", cursor == null ? null : cursor.toString());
        try {
            return JSON.writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // texts and numbers always have a JSON form
        }
    }

    /** Reads what {@link #toJson} has written, also that of a later version with more fields. */
    static HistorySubscription fromJson(byte[] json) throws IOException {
        JsonNode read = JSON.readTree(json);
        return new HistorySubscription(
                read.path("key").asText(),
                read.path("environment").asText(),
                read.path("datastream").asText(),
                read.path("topic").asText(),
                NotificationOptions.fromByte((byte) read.path("options").asInt()),
                read.path("url").textValue(),
                PachubeTime.parse(read.path("last")));
    }

    /** Names no key. */
    @Override
    public String toString() {
        return "environment " + environment + ", datastream " + datastream;
    }
}
