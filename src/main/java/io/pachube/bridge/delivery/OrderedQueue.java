package io.pachube.bridge.delivery;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The waiting messages of one target: those of one ordering key leave one after the other, in the
 * order of arrival, or together in one batch.
 *
 * <p>A message that {@link #take took} its place holds its ordering key, until it is {@link
 * #release released}. A group is the messages that may share a batch. Its next batch may start when
 * none of the group is in flight, or when a full batch waits.
 *
 * <p>All messages of one ordering key are in one group: one with another batch key joins that of
 * those before it, and shares no batch with them.
 *
 * <p>A group or key without messages leaves nothing behind. Not thread safe.
 */
final class OrderedQueue {

    private final Map<String, OrderingKey> keys = new HashMap<>();

    /** Where the batch key is not the ordering key. */
    private final Map<String, BatchGroup> groups = new HashMap<>();

    /** Those whose next batch is held back. */
    private final Set<BatchGroup> corked = new HashSet<>();

    private final Deque<BatchGroup> ready = new ArrayDeque<>();
    private int batchSize = 1;
    private int size;

    void setBatchSize(int batchSize) {
        this.batchSize = batchSize;
    }

    /** Returns how many messages wait or hold their key. */
    int size() {
        return size;
    }

    /** Returns the age of the oldest message that waits. */
    long oldestMillis() {
        long oldest = 0;
        for (OrderingKey key : keys.values()) {
            PendingMessage first = key.group.waiting.peek(); // the others came later
            if (first != null) {
                oldest = Math.max(oldest, first.ageMillis());
            }
        }
        return oldest;
    }

    /** Returns how many ordering keys and batch keys have messages. */
    int groups() {
        return keys.size() + groups.size();
    }

    /**
     * @param cork holds back the batch of the message; null: nothing does
     */
    void add(PendingMessage message, Cork cork) {
        join(message);
        if (cork != null) {
            message.group.cork = cork;
            corked.add(message.group);
        }
        message.group.waiting.add(message);
        addWaiting(message);
    }

    /** Adds a message before all that wait. */
    void addFirst(PendingMessage message) {
        join(message);
        message.group.waiting.addFirst(message);
        addWaiting(message);
    }

    private void join(PendingMessage message) {
        String name = message.retry.orderingKey;
        OrderingKey key = keys.get(name);
        if (key == null) {
            String batchKey = message.batchKey;
            key =
                    new OrderingKey(
                            name,
                            batchKey == null
                                    ? null
                                    : groups.computeIfAbsent(
                                            batchKey, k -> new BatchGroup(k, null)));
            keys.put(name, key);
        }
        message.key = key;
        message.group = key.group;
        message.group.size++;
        size++;
    }

    /**
     * Lets the groups start that are not held back any more.
     *
     * @return false if there are none
     */
    boolean uncork() {
        return corked.removeIf(
                group -> {
                    boolean ends = !group.cork.isOpen();
                    if (ends) {
                        group.cork = null;
                        signal(group);
                    }
                    return ends;
                });
    }

    private void addWaiting(PendingMessage message) {
        message.key.waiting++;
        if (message.key.held == 0) {
            message.group.eligible++;
            signal(message.group);
        }
    }

    /** Puts messages that hold their keys before all that wait; they go on holding. */
    void putBack(List<PendingMessage> messages) {
        for (int i = messages.size() - 1; i >= 0; i--) {
            PendingMessage message = messages.get(i);
            message.group.waiting.addFirst(message);
            message.key.waiting++;
        }
    }

    /** Puts a group that may start into the line. */
    void signal(BatchGroup group) {
        if (!group.isQueued && mayStart(group)) {
            group.isQueued = true;
            ready.add(group);
        }
    }

    private boolean mayStart(BatchGroup group) {
        return group.eligible > 0
                && (group.inFlight == 0 && group.cork == null
                        || batchSize > 1 && group.eligible >= batchSize && group.trial == null);
    }

    /** Returns the group whose turn it is, with something to start; null if there is none. */
    BatchGroup nextReady() {
        for (BatchGroup group = ready.poll(); group != null; group = ready.poll()) {
            group.isQueued = false;
            if (mayStart(group)) {
                return group;
            }
        }
        return null;
    }

    boolean hasReady() {
        return !ready.isEmpty();
    }

    /** Returns the message that the group's next batch begins with. */
    PendingMessage first(BatchGroup group) {
        for (PendingMessage message : group.waiting) {
            if (message.key.held == 0) {
                return message;
            }
        }
        throw new IllegalStateException("No message is eligible");
    }

    /**
     * Takes the group's next batch: it holds its keys, and is in flight.
     *
     * @return at least one message
     */
    List<PendingMessage> take(BatchGroup group) {
        List<PendingMessage> batch = new ArrayList<>(Math.min(batchSize, group.eligible));
        List<PendingMessage> skipped = null;
        Set<OrderingKey> passedOver = null;
        while (!group.waiting.isEmpty() && batch.size() < batchSize) {
            PendingMessage message = group.waiting.peek();
            boolean taken =
                    batch.isEmpty()
                            ? message.key.held == 0
                            : message.fits(batch) && !contains(passedOver, message.key);
            if (taken) {
                hold(group.waiting.poll(), batch);
                if (message.row == null) {
                    break;
                }
                continue;
            }
            if (group.only != null) {
                break; // whatever follows has the same key
            }
            if (skipped == null) {
                skipped = new ArrayList<>();
                passedOver = new HashSet<>();
            }
            skipped.add(group.waiting.poll());
            passedOver.add(message.key);
        }
        if (skipped != null) {
            for (int i = skipped.size() - 1; i >= 0; i--) {
                group.waiting.addFirst(skipped.get(i));
            }
        }
        group.inFlight++;
        signal(group);
        return batch;
    }

    private static boolean contains(Set<OrderingKey> keys, OrderingKey key) {
        return keys != null && keys.contains(key);
    }

    private static void hold(PendingMessage message, List<PendingMessage> batch) {
        OrderingKey key = message.key;
        if (key.held == 0) {
            message.group.eligible -= key.waiting;
            key.holder = batch;
        }
        key.waiting--;
        key.held++;
        message.isHolding = true;
        batch.add(message);
    }

    /** A batch is not in flight any more; its messages still hold their keys. */
    void ended(BatchGroup group) {
        group.inFlight--;
        signal(group);
    }

    /** The message does not hold its key any more; it may go on waiting. */
    void unhold(PendingMessage message) {
        message.isHolding = false;
        if (--message.key.held == 0) {
            message.key.holder = null;
            message.group.eligible += message.key.waiting;
            signal(message.group);
        }
    }

    /** The message, which holds its key and does not wait, has ended. */
    void release(PendingMessage message) {
        unhold(message);
        forget(message);
    }

    /**
     * Removes messages that wait, whether they hold their keys or not.
     *
     * @return those that were removed, in their order within a group
     */
    List<PendingMessage> removeWaiting(Predicate<PendingMessage> which) {
        List<PendingMessage> removed = new ArrayList<>();
        for (BatchGroup group : keys.values().stream().map(key -> key.group).distinct().toList()) {
            group.waiting.removeIf(
                    message -> {
                        boolean matches = which.test(message);
                        if (matches) {
                            removed.add(message);
                        }
                        return matches;
                    });
        }
        for (PendingMessage message : removed) {
            message.key.waiting--;
            if (message.isHolding) {
                unhold(message);
            } else if (message.key.held == 0) {
                message.group.eligible--;
            }
            forget(message);
        }
        return removed;
    }

    private void forget(PendingMessage message) {
        size--;
        OrderingKey key = message.key;
        if (key.held == 0 && key.waiting == 0) {
            keys.remove(key.name, key);
        }
        BatchGroup group = message.group;
        if (--group.size == 0 && group.only == null) {
            groups.remove(group.name, group);
        }
    }
}
