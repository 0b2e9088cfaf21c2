package io.pachube.bridge.trigger;

import io.pachube.bridge.datapoint.DatastreamTopic;
import io.pachube.bridge.delivery.InvalidMessageException;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Where what a trigger tells is published: {@code <prefix>/<key>/<topic>}, or under {@code public}.
 * A mirror's goes below the datastream's own topic, which no client can name as a trigger's.
 */
public final class PublishedTopic {

    /** The topic of a mirror's trigger: the level below the datastream. */
    public static final String VALUE = "/value";

    private PublishedTopic() {}

    /** The levels below the key; null for null. */
    public static String below(String environment, String datastream, String topic) {
        return topic != null && topic.startsWith("/")
                ? environment + "/" + level(datastream) + topic
                : topic;
    }

    /**
     * @param environment of the datastream, from wherever; so is the datastream
     * @throws InvalidMessageException if they are needed, for the topic or the history, and are no
     *     such ids
     */
    public static String of(
            String prefix,
            String key,
            Options options,
            String environment,
            String datastream,
            String topic)
            throws InvalidMessageException {
        String owner = prefix + "/" + (options.isPublic() ? DatastreamTopic.PUBLIC : key) + "/";
        if (topic.startsWith("/") || options.history()) {
            DatastreamTopic.parse(prefix, owner + environment + "/" + level(datastream));
        }
        return owner + below(environment, datastream, topic);
    }

    /**
     * A datastream's id as a level: without what a topic may not hold, or Paho does not take, the
     * way in which it is read in the topics that come.
     */
    private static String level(String datastream) {
        StringBuilder level = new StringBuilder(datastream.length());
        datastream
                .codePoints()
                .forEach(
                        c -> {
                            if (c != '+'
                                    && c != '%'
                                    && c < TriggerCommand.FIRST_THAT_PAHO_REFUSES) {
                                level.appendCodePoint(c);
                            } else {
                                for (byte b :
                                        Character.toString(c).getBytes(StandardCharsets.UTF_8)) {
                                    level.append('%')
                                            .append(HexFormat.of().withUpperCase().toHexDigits(b));
                                }
                            }
                        });
        return level.toString();
    }
}
