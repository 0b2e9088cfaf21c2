package io.pachube.bridge.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;

import io.pachube.bridge.callback.ReceivedNotification;

/**
 * A task of one history subscription; those with the same ordering key run one after the other.
 *
 * @param subscription its cursor is looked up when the task begins
 * @param feed of the datastream, as Pachube returned it; missing if it was not requested
 * @param stream the datastream as it is in the feed; null if it is to be requested
 * @param received the notification; null unless {@link Kind#NOTIFIED}
 */
record HistoryTask(
        Kind kind,
        HistorySubscription subscription,
        JsonNode feed,
        JsonNode stream,
        ReceivedNotification received) {

    HistoryTask(Kind kind, HistorySubscription subscription, JsonNode feed, JsonNode stream) {
        this(kind, subscription, feed, stream, null);
    }

    static HistoryTask notified(ReceivedNotification received) {
        HistorySubscription subscription =
                new HistorySubscription(
                        received.target().key(),
                        received.notification().environment(),
                        received.notification().datastream(),
                        received.target().topic(),
                        received.target().options(),
                        null,
                        null);
        return new HistoryTask(
                Kind.NOTIFIED, subscription, MissingNode.getInstance(), null, received);
    }

    enum Kind {
        /** A notification arrived. */
        NOTIFIED,
        /** A command asks for it: it begins, or continues. */
        SUBSCRIBED,
        /** A poll found that it lags. */
        LAGGING,
        /** Its trigger was deleted. */
        UNSUBSCRIBED
    }

    /** Names no key. */
    @Override
    public String toString() {
        return kind + " " + subscription;
    }
}
