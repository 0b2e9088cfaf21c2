package io.pachube.bridge.delivery;

/**
 * Asks the address that answered last whether it still does, where {@link RetryPolicy} wants to
 * know and no message's request tells. Thread safe.
 */
final class AvailabilityProbe {

    private final RetryPolicy policy;
    private volatile RequestInFlight answered;
    private volatile boolean isRunning;

    AvailabilityProbe(RetryPolicy policy) {
        this.policy = policy;
    }

    /** Called when the head of an answer has arrived. */
    void onResponse(RequestInFlight request) {
        answered = request;
    }

    /** Forgets the address, as the consumer route may be another one. */
    void reset() {
        answered = null;
    }

    /**
     * Returns true if {@link #run} is due.
     *
     * @param oldestRequest when the oldest request in flight began; null without any
     */
    boolean isDue(Long oldestRequest) {
        if (answered == null || isRunning || !policy.wantsProbe(oldestRequest)) {
            return false;
        }
        isRunning = true;
        return true;
    }

    /** Makes the request, and waits for the head of its answer; once for each time it is due. */
    void run(long timeoutNanos) {
        try {
            RequestInFlight address = answered;
            if (address != null && address.probe(timeoutNanos)) {
                policy.onEvidence(null, 0);
            }
        } finally {
            isRunning = false;
        }
    }
}
