package io.pachube.bridge.delivery;

import java.time.Duration;

/**
 * The evidence that a target is up, and since when a request is unanswered. Times are nanoseconds
 * of one clock. Guarded by its {@link RetryPolicy}, which defines the terms.
 */
final class Evidence {

    /** A target that answered others so recently is not down. */
    private static final long RECENT = Duration.ofSeconds(1).toNanos();

    /** An attempt that was answered. */
    private record Answered(String orderingKey, long began) {}

    private boolean any;
    private long latest;

    /** The answered attempts, of two ordering keys, that began last. */
    private Answered last;

    private Answered lastOfOther;

    /** Since when something is unanswered, as far as there was no evidence afterwards. */
    private boolean hasUnanswered;

    private long unansweredSince;
    private long latestProbe;
    private boolean hasProbed;

    boolean isAny() {
        return any;
    }

    boolean isRecent(long now) {
        return any && now - latest < RECENT;
    }

    /**
     * @param orderingKey of the attempt that was answered; null for a probe
     * @param began when that attempt began
     */
    void add(String orderingKey, long began, long now) {
        latest = now;
        any = true;
        hasUnanswered = false;
        if (orderingKey == null) {
            return;
        }
        if (last == null || last.orderingKey.equals(orderingKey)) {
            last = new Answered(orderingKey, began);
        } else if (began - last.began > 0) {
            lastOfOther = last;
            last = new Answered(orderingKey, began);
        } else if (lastOfOther == null || began - lastOfOther.began > 0) {
            lastOfOther = new Answered(orderingKey, began);
        }
    }

    void onUnanswered(long now) {
        if (!hasUnanswered) {
            hasUnanswered = true;
            unansweredSince = now;
        }
    }

    /** Returns true if the retry clock of a message without an answer runs: (a) and (b). */
    boolean isUpFor(RetryState message) {
        return any
                && latest - message.latestAttempt > 0
                && (isAnsweredAfter(last, message) || isAnsweredAfter(lastOfOther, message));
    }

    private static boolean isAnsweredAfter(Answered answered, RetryState message) {
        return answered != null
                && answered.began - message.firstAttempt > 0
                && !answered.orderingKey.equals(message.orderingKey);
    }

    /**
     * Returns true if a probe is due, and counts it as made.
     *
     * @param oldestRequest when the oldest request in flight began; null without any
     * @param requestTimeout in nanoseconds
     */
    boolean wantsProbe(Long oldestRequest, long now, long requestTimeout) {
        long half = requestTimeout / 2;
        boolean isSlow =
                oldestRequest != null
                        && now - oldestRequest > half
                        && !(any && now - latest < half / 2);
        boolean isUnanswered = hasUnanswered && !(any && latest > unansweredSince);
        if (!(isSlow || isUnanswered) || hasProbed && now - latestProbe < half) {
            return false;
        }
        hasProbed = true;
        latestProbe = now;
        return true;
    }
}
