package io.pachube.bridge.delivery;

import io.pachube.bridge.delivery.RequestFailure.Kind;
import io.pachube.bridge.delivery.RetryDecision.Outcome;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

    private static final Logger LOG = LoggerFactory.getLogger(RetryPolicy.class);

    private static final int FORBIDDEN = 403;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int MAX_PROBATION_KEYS = 100_000;
    private static final long OUTAGE_LOGGED_AFTER = Duration.ofSeconds(5).toNanos();

    private static final long MIN_DELAY = Duration.ofMillis(1).toNanos();

    /** A target that answered others so recently is not down. */
    private static final long RECENT = Duration.ofSeconds(1).toNanos();

    private record Probation(boolean isUnanswered, long latestAttempt) {}

    /** An attempt that was answered. */
    private record Answered(String orderingKey, long began) {}

    private final String name;
    private final LongSupplier nanoTime;
    private RetrySettings settings;

    private final Map<String, Probation> probation = new BoundedMap<>(MAX_PROBATION_KEYS);

    private boolean outage;
    private long outageSince;
    private long outageNanos;
    private String outageReason;
    private boolean outageLogged;
    private boolean hasEvidence;
    private long latestEvidence;

    /** The answered attempts, of two ordering keys, that began last. */
    private Answered last;

    private Answered lastOfOther;

    /** Since when something is unanswered, as far as there was no evidence afterwards. */
    private boolean hasUnanswered;

    private long unansweredSince;
    private long latestProbe;
    private boolean hasProbed;

    /**
     * @param name of the target, for the log
     * @param nanoTime a clock like {@link System#nanoTime}
     */
    RetryPolicy(String name, RetrySettings settings, LongSupplier nanoTime) {
        this.name = name;
        this.settings = settings;
        this.nanoTime = nanoTime;
    }

    synchronized void setSettings(RetrySettings settings) {
        this.settings = settings;
    }

    /** Returns true if nobody is answered. */
    synchronized boolean isOutage() {
        return outage;
    }

    /** Returns how long nobody has been answered; zero: there is no outage. */
    synchronized Duration outageDuration() {
        return outage
                ? Duration.ofNanos(Math.max(1, nanoTime.getAsLong() - outageSince))
                : Duration.ZERO;
    }

    /** Returns why nobody is answered; null: there is no outage. */
    synchronized String outageReason() {
        return outage ? outageReason : null;
    }

    synchronized boolean hasEvidence() {
        return hasEvidence;
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
        if (probation.isEmpty() || message.failedAttempts > 0 || outage) {
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
        message.latestUpTime = upTime(now);
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
            return upTime(now) - message.latestUpTime;
        }
        return isUpFor(message) ? now - message.latestAttempt : 0;
    }

    /** (a) and (b). */
    private boolean isUpFor(RetryState message) {
        return hasEvidence
                && latestEvidence - message.latestAttempt > 0
                && (isAnsweredAfter(last, message) || isAnsweredAfter(lastOfOther, message));
    }

    private static boolean isAnsweredAfter(Answered answered, RetryState message) {
        return answered != null
                && answered.began - message.firstAttempt > 0
                && !answered.orderingKey.equals(message.orderingKey);
    }

    /**
     * Called for evidence that the target is up.
     *
     * @param orderingKey of the attempt that was answered; null for a probe
     * @param began when that attempt began
     */
    synchronized void onEvidence(String orderingKey, long began) {
        latestEvidence = nanoTime.getAsLong();
        hasEvidence = true;
        hasUnanswered = false;
        if (outage) {
            outage = false;
            outageNanos += latestEvidence - outageSince;
        }
        if (outageLogged) {
            outageLogged = false;
            LOG.info("delivery:{} answers again", name);
        }
        if (orderingKey != null) {
            if (last == null || last.orderingKey.equals(orderingKey)) {
                last = new Answered(orderingKey, began);
            } else if (began - last.began > 0) {
                lastOfOther = last;
                last = new Answered(orderingKey, began);
            } else if (lastOfOther == null || began - lastOfOther.began > 0) {
                lastOfOther = new Answered(orderingKey, began);
            }
        }
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
            if (isUnreachable || !isUpFor(message)) {
                noteUnanswered(now);
                beginOutage(now, isUnreachable, failure);
                return !isUnreachable && isDue(message)
                        ? abandon(message, true)
                        : RetryDecision.retry(delay(message, failure));
            }
        } else if (outage) {
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

    private void beginOutage(long now, boolean isUnreachable, RequestFailure failure) {
        boolean isRecent = hasEvidence && now - latestEvidence < RECENT;
        if (!outage && (isUnreachable || !isRecent)) {
            outage = true;
            outageSince = now;
        }
        if (outage) {
            outageReason = failure.reason();
        }
        if (outage && !outageLogged && now - outageSince > OUTAGE_LOGGED_AFTER) {
            outageLogged = true;
            LOG.warn(
                    "delivery:{} does not answer ({}); messages are retried until it does",
                    name,
                    failure.reason());
        }
    }

    private void noteUnanswered(long since) {
        if (!hasUnanswered) {
            hasUnanswered = true;
            unansweredSince = since;
        }
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
        long now = nanoTime.getAsLong();
        long half = settings.requestTimeout().toNanos() / 2;
        boolean isSlow =
                oldestRequest != null
                        && now - oldestRequest > half
                        && !(hasEvidence && now - latestEvidence < half / 2);
        boolean isUnanswered = hasUnanswered && !(hasEvidence && latestEvidence > unansweredSince);
        if (!(isSlow || isUnanswered) || hasProbed && now - latestProbe < half) {
            return false;
        }
        hasProbed = true;
        latestProbe = now;
        return true;
    }

    /** Nanoseconds outside outages, from some beginning. */
    private long upTime(long now) {
        return (outage ? outageSince : now) - outageNanos;
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
