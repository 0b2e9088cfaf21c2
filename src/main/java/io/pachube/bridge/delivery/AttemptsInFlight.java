package io.pachube.bridge.delivery;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The attempts of one target from their start until their threads are free again.
 *
 * <p>The thread of an attempt that succeeded completes its messages, and asks for the next attempt
 * then: until then no other one is started in its place. Changes of the count are made with the
 * lock of the queue; all else is thread safe.
 */
final class AttemptsInFlight {

    private static final Logger LOG = LoggerFactory.getLogger(AttemptsInFlight.class);

    /** Messages are completed in less, unless a step behind the delivery blocks. */
    private static final long COMPLETION_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final String name;
    private final Object lock;
    private final Set<Attempt> attempts = ConcurrentHashMap.newKeySet();

    /** Attempts that succeeded, until a thread has the lock and lets them leave. */
    private final Queue<Attempt> succeeded = new ConcurrentLinkedQueue<>();

    /** Attempts that have left, while their threads complete the messages. */
    private final Set<Attempt> completing = ConcurrentHashMap.newKeySet();

    /** Attempts that were left alone, while their threads run. */
    private final Set<Attempt> abandoned = ConcurrentHashMap.newKeySet();

    /** Attempts in flight, and those whose threads complete the messages. */
    private int count;

    /**
     * @param name of the target, for the log
     */
    AttemptsInFlight(String name, Object lock) {
        this.name = name;
        this.lock = lock;
    }

    /** Called with the lock. A thread that does not come back is replaced, but not without end. */
    boolean isLessThan(int max) {
        return count < max && count + abandoned.size() < 2 * max;
    }

    /** Called with the lock. */
    void add(Attempt attempt) {
        count++;
        attempts.add(attempt);
    }

    /** Called with the lock when an attempt has ended, and its thread is free. */
    void remove(Attempt attempt) {
        count--;
        attempts.remove(attempt);
    }

    /** Called when an attempt has succeeded, without the lock. */
    void onSuccess(Attempt attempt) {
        attempt.succeeded = System.nanoTime();
        succeeded.add(attempt);
    }

    /** Removes an attempt that succeeded; null: there is none. Called with the lock. */
    Attempt pollSucceeded() {
        Attempt attempt = succeeded.poll();
        if (attempt != null) {
            attempts.remove(attempt);
            completing.add(attempt);
        }
        return attempt;
    }

    /**
     * Called with the lock when a thread has completed the messages of an attempt.
     *
     * @param attempt may be null, or one that did not succeed
     */
    void free(Attempt attempt) {
        if (attempt != null && completing.remove(attempt)) {
            count--;
        }
    }

    /** A step behind the delivery may block: others are started then. Called now and then. */
    void freeBlocked(long now) {
        for (Attempt attempt : completing) {
            if (now - attempt.succeeded > COMPLETION_NANOS) {
                synchronized (lock) {
                    free(attempt);
                }
            }
        }
    }

    boolean contains(Attempt attempt) {
        return attempts.contains(attempt);
    }

    int size() {
        return attempts.size();
    }

    /** Returns how many messages run in attempts. */
    int messages() {
        return attempts.stream().mapToInt(attempt -> attempt.messages.size()).sum();
    }

    void forEach(Consumer<Attempt> action) {
        attempts.forEach(action);
    }

    void cancelAll(CancelReason reason) {
        attempts.forEach(attempt -> attempt.cancel(reason));
    }

    /** Waits, at most so long, until no attempt is in flight. */
    boolean awaitNone(long nanos) {
        long end = System.nanoTime() + nanos;
        while (!attempts.isEmpty() && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        return attempts.isEmpty();
    }

    /**
     * Cancels the attempts that are overdue.
     *
     * @return when the oldest request in flight began; null without any
     */
    Long checkDeadlines(long now) {
        Long[] oldest = {null};
        attempts.forEach(
                attempt -> {
                    attempt.checkDeadline(now);
                    Long request = attempt.requests().oldest();
                    if (request != null && (oldest[0] == null || request - oldest[0] < 0)) {
                        oldest[0] = request;
                    }
                });
        return oldest[0];
    }

    /** Replaces the thread of an attempt that ignores that it was cancelled. */
    void onAbandoned(Attempt attempt) {
        LOG.warn(
                "delivery:{}: an attempt did not stop within 10 s of being cancelled; its thread is"
                        + " replaced. Look for a step that waits without a time-out.",
                name);
        abandoned.add(attempt);
        if (!attempt.isRunning()) {
            abandoned.remove(attempt);
        }
    }

    /** Returns true if the thread of an abandoned attempt is free now. */
    boolean onReturn(Attempt attempt) {
        boolean isFree = abandoned.remove(attempt);
        if (isFree) {
            LOG.info("delivery:{}: a thread that did not stop has ended", name);
        }
        return isFree;
    }
}
