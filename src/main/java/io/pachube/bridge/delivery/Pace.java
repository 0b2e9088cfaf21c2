package io.pachube.bridge.delivery;

import java.time.Duration;

/**
 * Keeps the requests of one API key apart: one begins when the one before it has ended an interval
 * ago, so that however long each is on its way, they arrive at least that far apart (contract, 6:
 * rates are limited for each key). Who waits is served in order of arrival and occupies no thread;
 * keys do not wait for each other, and a key without requests leaves nothing behind.
 *
 * <p>Thread safe.
 */
public final class Pace {

    private final Workers workers;
    private final long nanos;
    private final Lines<Runnable> lines = new Lines<>();
    private volatile boolean stopping;

    /**
     * @param interval zero: none is kept
     */
    public Pace(Workers workers, Duration interval) {
        this.workers = workers;
        this.nanos = interval.toNanos();
    }

    /** Whether an interval is kept. */
    public boolean isKept() {
        return nanos > 0;
    }

    /** From now on nobody waits: what makes a request is to look whether it still may. */
    public void stop() {
        stopping = true;
    }

    /**
     * Executes on a worker what makes a request, when the key's turn has come; {@link #leave} or
     * {@link #pass} must follow.
     *
     * @param key null: nobody's, at once
     */
    void enter(String key, Runnable request) {
        if (nanos == 0 || key == null || lines.join(key, request)) {
            workers.begin(request);
        }
    }

    /** None was made: who comes next need not wait for it. */
    void pass(String key) {
        if (nanos > 0 && key != null) {
            workers.execute(() -> next(key));
        }
    }

    /** The request has ended. */
    void leave(String key) {
        if (nanos > 0 && key != null) {
            workers.executeIn(stopping ? 0 : nanos, () -> next(key));
        }
    }

    private void next(String key) {
        Runnable request = lines.next(key);
        if (request != null) {
            workers.begin(request);
        }
    }

    /** How many keys are in use: a request is on its way, or was within the interval. */
    int size() {
        return lines.size();
    }
}
