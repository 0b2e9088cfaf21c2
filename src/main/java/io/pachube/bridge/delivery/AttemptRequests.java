package io.pachube.bridge.delivery;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The HTTP requests of one attempt. Thread safe; its lock is the attempt. */
final class AttemptRequests {

    private final Attempt attempt;
    private final Set<RequestInFlight> inFlight = new HashSet<>(2);
    private int count;
    private String address;

    AttemptRequests(Attempt attempt) {
        this.attempt = attempt;
    }

    /**
     * Called before a request: waits, if it is not the first one, until the rate limit of its
     * account allows it.
     *
     * @throws IOException if the attempt was cancelled
     */
    void begin(RequestInFlight request) throws IOException {
        long wait =
                attempt.settings.getMinRequestInterval() == 0
                        ? 0
                        : attempt.limiter.remaining(attempt.account());
        if (wait > 0) {
            try {
                TimeUnit.NANOSECONDS.sleep(wait);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("The attempt was cancelled");
            }
            attempt.listener.onRateLimited(attempt.target.name(), wait);
            request.begin();
        }
        attempt.cancelIfWithdrawn();
        synchronized (attempt) {
            if (attempt.isCancelled()) {
                throw new InterruptedIOException("The attempt was cancelled");
            }
            count++;
            address = request.address();
            inFlight.add(request);
        }
        for (PendingMessage message : attempt.messages) {
            message.host = request.host();
        }
        attempt.target.scheduler().onRequest();
    }

    /** Called when the head of an answer has arrived. */
    void onResponse(int status, RequestInFlight request) {
        request.status(status);
        if (!RequestFailure.isUnavailable(status)) {
            attempt.target.onResponse(attempt, request);
        }
    }

    /** Called when an answer was read to the end, or failed. */
    void end(RequestInFlight request) {
        synchronized (attempt) {
            inFlight.remove(request);
        }
        if (attempt.settings.getMinRequestInterval() > 0) {
            attempt.limiter.delay(attempt.account(), attempt.settings.minRequestIntervalNanos());
        }
        attempt.listener.onRequest(
                attempt.target.name(), request.status(), System.nanoTime() - request.began());
    }

    List<RequestInFlight> inFlight() {
        synchronized (attempt) {
            return List.copyOf(inFlight);
        }
    }

    /** Returns how many requests have begun. */
    int count() {
        synchronized (attempt) {
            return count;
        }
    }

    /** Returns scheme, host and port of the latest one; null without. */
    String address() {
        synchronized (attempt) {
            return address;
        }
    }

    /** Returns when the oldest one in flight began; null without any. */
    Long oldest() {
        synchronized (attempt) {
            Long oldest = null;
            for (RequestInFlight request : inFlight) {
                if (oldest == null || request.began() - oldest < 0) {
                    oldest = request.began();
                }
            }
            return oldest;
        }
    }
}
