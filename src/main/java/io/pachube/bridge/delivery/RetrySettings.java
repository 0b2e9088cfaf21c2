package io.pachube.bridge.delivery;

import java.time.Duration;

/**
 * The settings of a {@link RetryPolicy}.
 *
 * @param retryOn HTTP statuses that are retried
 * @param rejectOn HTTP statuses that are rejected at once, though {@code retryOn} holds them
 * @param maxAttemptsForbidden attempts before a 403 is rejected
 * @param initialDelay before the second attempt; each next delay is twice as long
 * @param maxDelay upper bound of the delay
 * @param maxRetryAfter upper bound of an answer's Retry-After
 * @param timeout how long a message is retried while its target is up
 * @param requestTimeout how long a request may be unanswered
 */
record RetrySettings(
        HttpStatusSet retryOn,
        HttpStatusSet rejectOn,
        int maxAttemptsForbidden,
        Duration initialDelay,
        Duration maxDelay,
        Duration maxRetryAfter,
        Duration timeout,
        Duration requestTimeout) {}
