package io.pachube.bridge.delivery;

import io.pachube.bridge.delivery.RequestFailure.Kind;
import io.pachube.bridge.delivery.RetryDecision.Outcome;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/**
 * Decides what follows a failed attempt of a message for one target.
 *
 * <p><b>Evidence</b> that the target is up is an HTTP answer other than 502, 503 and 504, or, for a
 * route without HTTP, an attempt that succeeded.
 *
 * <p><b>Outage</b>: attempts are not answered, and there is no evidence. It ends with the next
 * evidence. Messages are retried without end.
 *
 * <p>The <b>retry clock</b> of a message that is answered with an error runs outside outages. That
 * of a message without an answer runs only while both hold: (a) an attempt of another ordering key
 * that began after the message's first attempt was answered, and (b) there was evidence since the
 * message's latest attempt began. (a) protects messages behind a proxy that answers for a server
 * that is down; (b) protects those in flight when a server stops. Where nobody else makes requests
 * (b) comes from a probe, see {@link #wantsProbe}.
 *
 * <p><b>Probation</b>: after a message was abandoned, its ordering key gets one attempt a message,
 * until one succeeds; if it was abandoned without an answer, only one attempt every {@code
 * retry.max-delay}, and the messages between are abandoned at once.
 *
 * <p>Pure but for its clock, the jitter and the log; thread safe.
 */
final class RetryPolicy {

    private static final int FORBIDDEN = 403;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int MAX_PROBATION_KEYS = 100_000;
    private static final long MIN_DELAY = Duration.ofMillis(1).toNanos();

    private record Probation(boolean isUnanswered, long latestAttempt) {}

    private final LongSupplier nanoTime;
    private final Evidence evidence = new Evidence();
    private final Outage outage;
    private RetrySettings settings;

    private final Map<String, Probation> probation = new BoundedMap<>(MAX_PROBATION_KEYS);

    /**
     * @param name of the target, for the log
     * @param nanoTime a clock like {@link System#nanoTime}
     */
    RetryPolicy(String name, RetrySettings settings, LongSupplier nanoTime) {
        this.settings = settings;
        this.nanoTime = nanoTime;
        outage = new Outage(name);
    }

    synchronized void setSettings(RetrySettings settings) {
        this.settings = settings;
    }

    /** Returns true if nobody is answered. */
    synchronized boolean isOutage() {
        return outage.isOpen();
    }

    /** Returns how long nobody has been answered; zero: there is no outage. */
    synchronized Duration outageDuration() {
        return outage.duration(nanoTime.getAsLong());
    }

    /** Returns why nobody is answered; null: there is no outage. */
    synchronized String outageReason() {
        return outage.reason();
    }

    synchronized boolean hasEvidence() {
        return evidence.isAny();
    }

    /** Returns how many ordering keys are on probation. */
    synchronized int probationKeys() {
        return probation.size();
    }

    /**
     * Returns true if the message must be abandoned without an attempt: its ordering key is on
     * probation without an answer, and the latest attempt was less than {@code retry.max-delay}
     * ago.
     */
    synchronized boolean isSuspended(RetryState message) {
        if (probation.isEmpty() || message.failedAttempts > 0 || outage.isOpen()) {
            return false;
        }
        Probation state = probation.get(message.orderingKey);
        return state != null
                && state.isUnanswered
                && nanoTime.getAsLong() - state.latestAttempt < settings.maxDelay().toNanos();
    }

    /** Begins an attempt with one message, unless that {@link #isSuspended is suspended}. */
    synchronized boolean mayAttempt(RetryState message) {
        if (isSuspended(message)) {
            return false;
        }
        onAttempt(message);
        return true;
    }

    /** Called when an attempt begins. */
    synchronized void onAttempt(RetryState message) {
        long now = nanoTime.getAsLong();
        if (message.failedAttempts == 0) {
            message.firstAttempt = now;
        } else {
            message.clock += sinceLatestAttempt(message, now);
        }
        message.latestAttempt = now;
        message.latestUpTime = outage.upTime(now);
        if (!probation.isEmpty()) {
            probation.computeIfPresent(
                    message.orderingKey, (key, state) -> new Probation(state.isUnanswered, now));
        }
    }

    /** How long the retry clock has run since the latest attempt began. */
    private long sinceLatestAttempt(RetryState message, long now) {
        if (message.isLocal) {
            return 0;
        }
        if (!message.isUnanswered) {
            return outage.upTime(now) - message.latestUpTime;
        }
        return evidence.isUpFor(message) ? now - message.latestAttempt : 0;
    }

    /**
     * Called for evidence that the target is up.
     *
     * @param orderingKey of the attempt that was answered; null for a probe
     * @param began when that attempt began
     */
    synchronized void onEvidence(String orderingKey, long began) {
        long now = nanoTime.getAsLong();
        evidence.add(orderingKey, began, now);
        outage.end(now);
    }

    /** Called when a message is delivered. */
    synchronized void onSuccess(RetryState message) {
        if (!probation.isEmpty()) {
            probation.remove(message.orderingKey);
        }
    }

    /** Called when an attempt of the message has failed. */
    synchronized RetryDecision onFailure(RetryState message, RequestFailure failure) {
        long now = nanoTime.getAsLong();
        message.failedAttempts++;
        message.isUnanswered = failure.isUnanswered();
        message.isLocal = failure.kind() == Kind.LOCAL;
        switch (failure.kind()) {
            case INVALID, NESTED_REJECTED -> {
                return RetryDecision.reject();
            }
            case NESTED_ABANDONED -> {
                return abandon(message, false);
            }
            case LOCAL -> {
                return RetryDecision.retry(delay(message, failure));
            }
            default -> {}
        }
        if (failure.status() > 0 && !mayRetry(message, failure.status())) {
            return RetryDecision.reject();
        }
        if (failure.isUnanswered()) {
            boolean isUnreachable = failure.kind() == Kind.NO_CONNECTION;
            if (isUnreachable || !evidence.isUpFor(message)) {
                evidence.onUnanswered(now);
                if (isUnreachable || !evidence.isRecent(now)) {
                    outage.begin(now);
                }
                outage.onFailure(now, failure.reason());
                return !isUnreachable && isDue(message)
                        ? abandon(message, true)
                        : RetryDecision.retry(delay(message, failure));
            }
        } else if (outage.isOpen()) {
            return RetryDecision.retry(delay(message, failure));
        }
        return retryOrAbandon(message, failure, now);
    }

    /**
     * Returns true if the clock of the message's earlier attempts is enough to abandon it: an
     * attempt that fails at once sees no evidence of its own.
     */
    private boolean isDue(RetryState message) {
        return message.clock > 0
                && (message.clock >= settings.timeout().minus(settings.initialDelay()).toNanos()
                        || probation.containsKey(message.orderingKey));
    }

    private RetryDecision retryOrAbandon(RetryState message, RequestFailure failure, long now) {
        boolean isThrottled = failure.status() == TOO_MANY_REQUESTS;
        long delay = delay(message, failure);
        long left =
                settings.timeout().minus(settings.initialDelay()).toNanos()
                        - message.clock
                        - sinceLatestAttempt(message, now);
        if (isThrottled && failure.retryAfter() != null && left <= delay && !message.isGraceUsed) {
            message.isGraceUsed = true;
            return new RetryDecision(Outcome.RETRY, delay, delay);
        }
        if (left <= 0 || probation.containsKey(message.orderingKey) && !isThrottled) {
            return abandon(message, failure.isUnanswered());
        }
        // others may wait for this message: its last attempt begins before the time-out
        return isThrottled
                ? new RetryDecision(Outcome.RETRY, delay, delay)
                : RetryDecision.retry(Math.min(delay, left));
    }

    private RetryDecision abandon(RetryState message, boolean isUnanswered) {
        probation.put(message.orderingKey, new Probation(isUnanswered, message.latestAttempt));
        return RetryDecision.abandon();
    }

    private boolean mayRetry(RetryState message, int status) {
        if (settings.rejectOn().contains(status) || !settings.retryOn().contains(status)) {
            return false;
        }
        if (status != FORBIDDEN) {
            return true;
        }
        // Pachube says so to a key that may not, and to one that is too fast (contract, 6)
        if (++message.forbiddenAttempts < settings.maxAttemptsForbidden()
                && !probation.containsKey(message.orderingKey)) {
            return true;
        }
        probation.put(message.orderingKey, new Probation(false, message.latestAttempt));
        return false;
    }

    /**
     * Returns true if a probe is due, and counts it as made: a request is unanswered for half its
     * time-out, or an attempt failed without an answer, and there was no evidence since. Without
     * it, a message that is never answered could fill the window of its MQTT session, so that
     * nobody else makes a request that shows that the target is up.
     *
     * @param oldestRequest when the oldest request in flight began; null without any
     */
    synchronized boolean wantsProbe(Long oldestRequest) {
        return evidence.wantsProbe(
                oldestRequest, nanoTime.getAsLong(), settings.requestTimeout().toNanos());
    }

    /** Exponential back-off with jitter; not less than the Retry-After. */
    private long delay(RetryState message, RequestFailure failure) {
        long max = settings.maxDelay().toNanos();
        long delay = settings.initialDelay().toNanos();
        for (int i = 1; i < message.failedAttempts && delay < max; i++) {
            delay *= 2;
        }
        delay = Math.min(delay, max);
        delay -= ThreadLocalRandom.current().nextLong(delay / 4 + 1);
        if (failure.retryAfter() != null) {
            Duration retryAfter = failure.retryAfter();
            if (retryAfter.compareTo(settings.maxRetryAfter()) > 0) {
                retryAfter = settings.maxRetryAfter();
            }
            delay = Math.max(delay, retryAfter.toNanos());
        }
        return Math.max(MIN_DELAY, delay);
    }
}
