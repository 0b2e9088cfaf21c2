package io.pachube.bridge.delivery;

/** What {@link RetryPolicy} knows of one message; guarded by the policy. */
final class RetryState {

    final String orderingKey;

    /** Attempts that have failed. */
    int failedAttempts;

    /** Attempts that a 403 has ended. */
    int forbiddenAttempts;

    /** When the first attempt began, in {@link System#nanoTime}. */
    long firstAttempt;

    /** When the latest attempt began, in {@link System#nanoTime}. */
    long latestAttempt;

    /** The target's up-time when the latest attempt began. */
    long latestUpTime;

    /** The latest failure may mean that the target is down. */
    boolean isUnanswered;

    /** The latest failure does not count at all. */
    boolean isLocal;

    /** The retry clock before the latest attempt, in nanoseconds. */
    long clock;

    /** The attempt that follows a Retry-After that outlasts the clock was granted. */
    boolean isGraceUsed;

    RetryState(String orderingKey) {
        this.orderingKey = orderingKey;
    }
}
