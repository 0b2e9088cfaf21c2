package io.pachube.bridge.datapoint;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * A clock that never shows the same time twice, nor an earlier one: where the machine's stands
 * still, or is set back, it goes on by a microsecond each time until that has caught up. Thread
 * safe.
 */
public final class MonotonicClock {

    private final LongSupplier micros;
    private final AtomicLong last = new AtomicLong(Long.MIN_VALUE);

    /**
     * @param micros the time, in microseconds since 1970, UTC
     */
    MonotonicClock(LongSupplier micros) {
        this.micros = micros;
    }

    /** Returns a clock that follows the machine's. */
    public static MonotonicClock ofMachine() {
        return new MonotonicClock(
                () -> {
                    Instant now = Instant.now();
                    return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
                });
    }

    /** Returns microseconds since 1970, UTC, more than any returned before. */
    public long next() {
        return last.accumulateAndGet(
                micros.getAsLong(), (before, now) -> Math.max(before + 1, now));
    }
}
