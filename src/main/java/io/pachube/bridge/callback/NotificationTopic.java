package io.pachube.bridge.callback;

import io.pachube.bridge.datapoint.DatastreamAddress;
import io.pachube.bridge.delivery.InvalidMessageException;
import io.pachube.bridge.pachube.PercentEncoding;

/**
 * The MQTT topic of a trigger's notifications: {@code <prefix>/<key>/<topic>}, or under {@code
 * public}. That of a mirror is below the datastream's own topic, which no command can name.
 */
public final class NotificationTopic {

    /** The topic of a mirror's trigger: the level below the datastream. */
    public static final String MIRROR = "/value";

    /** No message can be published on a topic with a character from there on. */
    public static final int FIRST_REJECTED_BY_PAHO = 0xfdd0;

    private NotificationTopic() {}

    /** Returns the levels below the key; null for null. */
    public static String relative(String environment, String datastream, String topic) {
        return topic != null && topic.startsWith("/")
                ? environment + "/" + encodeLevel(datastream) + topic
                : topic;
    }

    /**
     * Returns the topic.
     *
     * @param environment of the datastream, unchecked, as the datastream is
     * @throws InvalidMessageException if the topic or the history needs the two, and they are
     *     invalid
     */
    public static String resolve(
            String prefix,
            String key,
            NotificationOptions options,
            String environment,
            String datastream,
            String topic)
            throws InvalidMessageException {
        String owner = prefix + "/" + (options.isPublic() ? DatastreamAddress.PUBLIC : key) + "/";
        if (topic.startsWith("/") || options.history()) {
            DatastreamAddress.parse(prefix, owner + environment + "/" + encodeLevel(datastream));
        }
        return owner + relative(environment, datastream, topic);
    }

    /** Returns a datastream's id as a level: percent-encoded where MQTT or Paho rejects it. */
    private static String encodeLevel(String datastream) {
        return PercentEncoding.encode(
                datastream, c -> c != '+' && c != '%' && c < FIRST_REJECTED_BY_PAHO);
    }
}
