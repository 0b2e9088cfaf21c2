package io.pachube.bridge.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.NotificationTopic;
import io.pachube.bridge.callback.ReceivedNotification;
import io.pachube.bridge.datapoint.DatastreamTopic;
import io.pachube.bridge.pachube.PachubeTime;

import java.io.IOException;
import java.time.Instant;

/**
 * A trigger with a history, and how far that has been published. Immutable.
 *
 * @param datastream its id; or {@value DatastreamTopic#ALL}: what a mirror of a whole feed is to be
 *     for each
 * @param topic of the trigger
 * @param url the trigger's callback, where the command has named one; null: {@code callback.url}
 * @param last the time, Pachube's, of the datapoint that was published last; null: there was none
 */
record Watch(
        String key,
        String environment,
        String datastream,
        String topic,
        NotificationOptions options,
        String url,
        Instant last) {

    private static final JsonMapper JSON = new JsonMapper();

    /** Two that have the same are one. */
    String identity() {
        return ReceivedNotification.orderingKey(key, environment, datastream, topic);
    }

    boolean isMirror() {
        return topic.equals(NotificationTopic.MIRROR);
    }

    boolean isOfAll() {
        return datastream.equals(DatastreamTopic.ALL);
    }

    boolean isIn(String ofKey, String ofEnvironment) {
        return key.equals(ofKey) && environment.equals(ofEnvironment);
    }

    boolean isBehind(Instant newest) {
        return newest != null && (last == null || last.isBefore(newest));
    }

    Watch at(Instant time) {
        return new Watch(key, environment, datastream, topic, options, url, time);
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
                        .put("last", last == null ? null : last.toString());
        try {
            return JSON.writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // texts and numbers always have a JSON form
        }
    }

    /**
     * @param json what a bridge has written; another version's may have more in it
     */
    static Watch of(byte[] json) throws IOException {
        JsonNode read = JSON.readTree(json);
        return new Watch(
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
