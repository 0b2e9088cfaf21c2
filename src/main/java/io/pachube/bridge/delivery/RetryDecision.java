package io.pachube.bridge.delivery;

/**
 * What follows a failed attempt.
 *
 * @param outcome for the message
 * @param delayNanos before the next attempt; 0 unless {@link Outcome#RETRY}
 * @param accountDelayNanos before the next request of the account; 0: no delay
 */
record RetryDecision(Outcome outcome, long delayNanos, long accountDelayNanos) {

    enum Outcome {
        RETRY,
        /** It can never be delivered. */
        REJECT,
        /** It was retried for long enough. */
        ABANDON
    }

    static RetryDecision reject() {
        return new RetryDecision(Outcome.REJECT, 0, 0);
    }

    static RetryDecision abandon() {
        return new RetryDecision(Outcome.ABANDON, 0, 0);
    }

    static RetryDecision retry(long delayNanos) {
        return new RetryDecision(Outcome.RETRY, delayNanos, 0);
    }
}
