package io.pachube.bridge.delivery;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The messages of one batch key in an {@link OrderedQueue}, whose lock guards it. */
final class BatchGroup {

    /** The batch key; null where that is the ordering key. */
    final String name;

    /** Of the only ordering key, where the batch key is the ordering key. */
    final OrderingKey only;

    final Deque<PendingMessage> waiting = new ArrayDeque<>(4);

    /** Batches in flight. */
    int inFlight;

    /** Messages that wait while nothing holds their key. */
    int eligible;

    /** Messages that wait or hold their key. */
    int size;

    /** It is in the line of groups that may start, or its account wakes it. */
    boolean isQueued;

    /** Holds back its next batch, unless that is full; null: nothing does. */
    Cork cork;

    /** A batch that was rejected, until one of its messages is delivered or rejected. */
    List<PendingMessage> trial;

    /** Since when the rate limit holds back its next batch, in nanoseconds; 0: it does not. */
    private long limitedSince;

    BatchGroup(String name, OrderingKey only) {
        this.name = name;
        this.only = only;
    }

    /** Returns the batch key. */
    String name() {
        return only == null ? name : only.name;
    }

    /** The rate limit of the account holds back the next batch. */
    void onLimited() {
        if (limitedSince == 0) {
            limitedSince = System.nanoTime();
        }
    }

    /** Returns for how many nanoseconds the rate limit has held back the batch that begins. */
    long endLimited() {
        if (limitedSince == 0) {
            return 0;
        }
        long nanos = System.nanoTime() - limitedSince;
        limitedSince = 0;
        return nanos;
    }
}
