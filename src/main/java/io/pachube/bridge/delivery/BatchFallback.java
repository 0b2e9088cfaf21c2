package io.pachube.bridge.delivery;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The batch keys whose messages are sent alone, one after the other, as their batches are not
 * allowed: an account may be good for single resources only.
 *
 * <p>After a batch was rejected with 403 or 404, its first message is tried alone. If it is
 * delivered, so are the others, and the batch key's messages go on alone for a while. If it is
 * rejected in the same way, so are the others, without a request. Guarded by its {@link
 * DeliveryTarget}.
 */
final class BatchFallback {

    private static final long ALONE_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final int MAX_BATCH_KEYS = 100_000;

    /** Until when, in {@link System#nanoTime}, the messages of a batch key are sent alone. */
    private final Map<String, Long> alone = new BoundedMap<>(MAX_BATCH_KEYS);

    /** Returns true for the statuses that may hold for the batch, and not for each message. */
    static boolean mayHelp(RequestFailure failure) {
        return failure.status() == 403 || failure.status() == 404;
    }

    /** Called before a batch is taken: makes the group's next message go alone if it must. */
    void beforeTake(BatchGroup group, PendingMessage first) {
        if (group.trial != null || isAlone(group)) {
            first.row = null;
        }
    }

    private boolean isAlone(BatchGroup group) {
        Long until = alone.isEmpty() ? null : alone.get(group.name());
        if (until == null) {
            return false;
        }
        if (until - System.nanoTime() > 0) {
            return true;
        }
        alone.remove(group.name());
        return false;
    }

    void onBatchRejected(BatchGroup group, List<PendingMessage> batch) {
        batch.forEach(message -> message.row = null);
        group.trial = List.copyOf(batch);
    }

    void onDelivered(BatchGroup group) {
        if (group.trial != null) {
            group.trial = null;
            alone.put(group.name(), System.nanoTime() + ALONE_NANOS);
        }
    }

    void onRejected(BatchGroup group, RequestFailure failure, Throwable thrown) {
        if (group.trial != null && mayHelp(failure)) {
            group.trial.forEach(message -> message.batchRejection = thrown);
            group.trial = null;
        }
    }
}
