package io.pachube.bridge.delivery;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/**
 * Decides what becomes of a value after a failed attempt: tried again, or given up.
 *
 * <p><b>Outage</b>: no connection, no answer, 502, 503, 504 or 429, with success for nobody. A
 * value is then held without end. Every other answer proves that Pachube is up, and the give-up
 * clock of the values that fail all the same runs; it stands still in an outage.
 *
 * <p>Whose fault is it when one value fails as in an outage? Where Pachube answered others in the
 * later half of its request, it is the value's (<i>struck</i>), and its failures are no sign of an
 * outage any more. Otherwise one datastream that never gets an answer could, once its values fill
 * the broker's window, keep all others waiting for good. Not to get a connection is never a value's
 * own fault.
 *
 * <p>After a value was given up its lane is <i>suspect</i>: each next value gets one attempt, until
 * one succeeds.
 *
 * <p>Pure but for its clock and the jitter; thread safe.
 */
public final class RetryPolicy {

    private static final Logger LOG = LoggerFactory.getLogger(RetryPolicy.class);

    /** Answers that a Pachube gives which is not really there. */
    private static final Set<Integer> OUTAGE = Set.of(429, 502, 503, 504);

    /** Pachube says so both to a key that may not, and to one that is too fast (contract, 6). */
    private static final int FORBIDDEN = 403;

    private static final int MOST_SUSPECTS = 100_000;
    private static final long OUTAGE_TOLD_AFTER = Duration.ofSeconds(5).toNanos();

    /**
     * What an operator may set.
     *
     * @param retryOn statuses that are tried again
     * @param refuseOn statuses that are refused at once, though {@code retryOn} holds them
     * @param forbiddenAttempts how often a 403 is tried in all before it is taken as meant
     * @param firstDelay before the second attempt; each next one takes double
     * @param longestDelay what the delay grows to
     * @param longestRetryAfter how long an answer's {@code Retry-After} is obeyed at most
     * @param giveUpAfter how long a value is tried while Pachube is up
     */
    public record Limits(
            StatusList retryOn,
            StatusList refuseOn,
            int forbiddenAttempts,
            Duration firstDelay,
            Duration longestDelay,
            Duration longestRetryAfter,
            Duration giveUpAfter) {}

    /**
     * @param delayMillis before the next attempt; 0 where there is none
     */
    record Decision(Verdict verdict, long delayMillis) {}

    private final Limits limits;
    private final LongSupplier nanoTime;

    /** Lanes whose last value was given up; the value: whether it failed as in an outage. */
    private final Map<String, Boolean> suspects =
            new LinkedHashMap<>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                    return size() > MOST_SUSPECTS;
                }
            };

    private boolean outage;
    private long outageSince;
    private long outages;
    private boolean outageTold;
    private boolean everProved;
    private long lastProof;

    /**
     * @param nanoTime a clock as {@link System#nanoTime}
     */
    public RetryPolicy(Limits limits, LongSupplier nanoTime) {
        this.limits = limits;
        this.nanoTime = nanoTime;
    }

    /** Whether Pachube seems to be away. */
    public synchronized boolean isOutage() {
        return outage;
    }

    /** A request of the value is about to be made. */
    void begins(Value value) {
        value.begun = nanoTime.getAsLong();
    }

    /** A value was stored. */
    synchronized void succeeded(Value value) {
        proved(nanoTime.getAsLong());
        suspects.remove(value.lane);
    }

    /** A request was refused that says nothing of any one value. */
    synchronized void answered() {
        proved(nanoTime.getAsLong());
    }

    /** A request of the value has failed. */
    synchronized Decision failed(Value value, Failure failure) {
        long now = nanoTime.getAsLong();
        value.failures++;
        boolean first = value.failures == 1;
        boolean suspect = suspects.containsKey(value.lane);
        boolean asInOutage =
                failure.kind() == Failure.Kind.UNREACHABLE
                        || failure.kind() == Failure.Kind.UNANSWERED
                        || OUTAGE.contains(failure.status());

        if (first) {
            value.struck = suspect && suspects.get(value.lane);
        }
        if (failure.kind() == Failure.Kind.INVALID) {
            return new Decision(Verdict.REFUSE, 0);
        }
        if (!asInOutage) {
            proved(now);
            value.struck = true;
        } else {
            value.struck |= provedLately(value, now);
            if (!outage && (!value.struck || failure.kind() == Failure.Kind.UNREACHABLE)) {
                outage = true;
                outageSince = now;
            }
            tellOutage(now);
        }
        if (first) {
            value.clockStart = upTime(now);
        }
        if (failure.kind() == Failure.Kind.ANSWERED && !mayRetry(value, failure.status())) {
            if (failure.status() == FORBIDDEN) {
                suspects.put(value.lane, false);
            }
            return new Decision(Verdict.REFUSE, 0);
        }
        long delay = delay(value.failures, failure.retryAfter());
        if (outage) {
            return new Decision(Verdict.RETRY, delay);
        }
        // the others may wait for this value, but never longer than the limit: the last attempt is
        // made before it
        long lastAttempt = limits.giveUpAfter().minus(limits.firstDelay()).toMillis();
        long left = lastAttempt - (upTime(now) - value.clockStart) / 1_000_000;
        if (suspect || left <= 0) {
            suspects.put(value.lane, asInOutage);
            return new Decision(Verdict.GIVE_UP, 0);
        }
        return new Decision(Verdict.RETRY, Math.min(delay, left));
    }

    private boolean mayRetry(Value value, int status) {
        if (limits.refuseOn().contains(status) || !limits.retryOn().contains(status)) {
            return false;
        }
        return status != FORBIDDEN
                || (++value.refusals < limits.forbiddenAttempts()
                        && !suspects.containsKey(value.lane));
    }

    private void proved(long now) {
        if (outage) {
            outage = false;
            outages += now - outageSince;
        }
        if (outageTold) {
            outageTold = false;
            LOG.info("Pachube answers again");
        }
        everProved = true;
        lastProof = now;
    }

    /** Once, and not every hiccup. */
    private void tellOutage(long now) {
        if (outage && !outageTold && now - outageSince > OUTAGE_TOLD_AFTER) {
            outageTold = true;
            LOG.warn("Pachube does not answer: values are held until it does");
        }
    }

    /** Halfway: what was answered just before Pachube went away proves nothing. */
    private boolean provedLately(Value value, long now) {
        return everProved && lastProof - value.begun > (now - value.begun) / 2;
    }

    /** Nanoseconds outside outages, from some beginning. */
    private long upTime(long now) {
        return (outage ? outageSince : now) - outages;
    }

    private long delay(int failures, Duration retryAfter) {
        long doubled = limits.firstDelay().toMillis() << Math.min(failures - 1, 20);
        long longest = Math.min(doubled, limits.longestDelay().toMillis());
        long jittered = longest - ThreadLocalRandom.current().nextLong(longest / 4 + 1);
        if (retryAfter == null) {
            return Math.max(1, jittered);
        }
        long wished = Math.min(retryAfter.toMillis(), limits.longestRetryAfter().toMillis());
        return Math.max(1, Math.max(wished, jittered));
    }
}
