package io.pachube.bridge.mqtt;

import io.pachube.bridge.mqtt.PendingPublish.State;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The publishes whose callers have stopped waiting, and which a retry may join. Bounded in number,
 * bytes and time.
 *
 * <p>Not thread safe: {@link PendingPublishes} guards it.
 */
final class UnclaimedPublishes {

    private static final int MAX_UNCLAIMED = 2_000;

    /** A retry comes within this time, or never: a history's with the next sweep. */
    private static final long RETRY_NANOS = TimeUnit.MINUTES.toNanos(2);

    private final Set<PendingPublish> publishes = new LinkedHashSet<>();
    private final long maxBytes;
    private final LongSupplier nanoTime;

    UnclaimedPublishes(long maxBytes, LongSupplier nanoTime) {
        this.maxBytes = maxBytes;
        this.nanoTime = nanoTime;
    }

    void add(PendingPublish publish) {
        publishes.add(publish);
    }

    void remove(PendingPublish publish) {
        publishes.remove(publish);
    }

    /** Returns the attempt that this one retries, or else this one. */
    PendingPublish claim(PendingPublish publish) {
        evict();
        for (Iterator<PendingPublish> each = publishes.iterator(); each.hasNext(); ) {
            PendingPublish known = each.next();
            if (known.isRetriedBy(publish)) {
                each.remove();
                return known;
            }
        }
        for (PendingPublish known : publishes) {
            known.isSuperseded |= known.topic.equals(publish.topic);
        }
        return publish;
    }

    private void evict() {
        if (publishes.isEmpty()) {
            return;
        }
        long now = nanoTime.getAsLong();
        publishes.removeIf(
                known -> known.state != State.IN_FLIGHT && now - known.since > RETRY_NANOS);
        long all = publishes.stream().mapToLong(known -> known.size).sum();
        Iterator<PendingPublish> each = publishes.iterator();
        while (each.hasNext() && (all > maxBytes || publishes.size() > MAX_UNCLAIMED)) {
            PendingPublish oldest = each.next();
            if (oldest.state != State.IN_FLIGHT) {
                all -= oldest.size;
                each.remove();
            }
        }
    }
}
