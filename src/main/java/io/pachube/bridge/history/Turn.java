package io.pachube.bridge.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;

import io.pachube.bridge.callback.ReceivedNotification;

/**
 * One thing to be done with a watch, in its lane.
 *
 * @param watch which; how far it is, is looked up when the turn has come
 * @param feed of the datastream, as Pachube gave it; missing where it was not asked for
 * @param stream the datastream as it is in the feed; null where it is to be asked for
 * @param received the notification; null unless {@link Kind#NOTIFIED}
 */
record Turn(Kind kind, Watch watch, JsonNode feed, JsonNode stream, ReceivedNotification received) {

    Turn(Kind kind, Watch watch, JsonNode feed, JsonNode stream) {
        this(kind, watch, feed, stream, null);
    }

    static Turn notified(ReceivedNotification received) {
        Watch watch =
                new Watch(
                        received.target().key(),
                        received.notification().environment(),
                        received.notification().datastream(),
                        received.target().topic(),
                        received.target().options(),
                        null,
                        null);
        return new Turn(Kind.NOTIFIED, watch, MissingNode.getInstance(), null, received);
    }

    enum Kind {
        /** A notification has come. */
        NOTIFIED,
        /** A command wants it: it begins, or goes on. */
        DECLARED,
        /** It was found to be behind. */
        BEHIND,
        /** It ends. */
        ENDED
    }

    /** Names no key. */
    @Override
    public String toString() {
        return kind + " " + watch;
    }
}
