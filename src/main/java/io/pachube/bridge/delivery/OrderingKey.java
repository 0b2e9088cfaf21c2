package io.pachube.bridge.delivery;

import java.util.List;

/** The messages of one ordering key in an {@link OrderedQueue}, whose lock guards it. */
final class OrderingKey {
    final String name;
    final BatchGroup group;
    int waiting;
    int held;

    /** The batch that was the first to hold it. */
    List<PendingMessage> holder;

    /**
     * @param group null: a group of its own
     */
    OrderingKey(String name, BatchGroup group) {
        this.name = name;
        this.group = group == null ? new BatchGroup(null, this) : group;
    }
}
