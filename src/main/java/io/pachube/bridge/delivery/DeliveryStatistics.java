package io.pachube.bridge.delivery;

import java.time.Duration;
import java.util.Collection;

/**
 * Counters and state of one name of a {@link DeliveryComponent}, or the sums over several. Counters
 * count from the start of the name.
 *
 * @param received messages that routes have handed over
 * @param delivered messages that their targets have
 * @param rejected messages that could never be delivered
 * @param abandoned messages that were retried for too long
 * @param skipped messages whose route made no request
 * @param delayed messages that were ever delayed
 * @param delayedNow messages that are delayed now
 * @param oldestDelayed how long the oldest of these has been
 * @param pending messages that wait or are in flight
 * @param inFlight messages of the attempts that run
 * @param attempts that run
 * @param oldest age of the oldest pending message, counted from the creation of its exchange
 * @param outage how long nobody has been answered; zero: no outage
 * @param probationKeys ordering keys on probation
 * @param isConsumed a route consumes the name
 */
public record DeliveryStatistics(
        long received,
        long delivered,
        long rejected,
        long abandoned,
        long skipped,
        long delayed,
        int delayedNow,
        Duration oldestDelayed,
        int pending,
        int inFlight,
        int attempts,
        Duration oldest,
        Duration outage,
        int probationKeys,
        boolean isConsumed) {

    static final DeliveryStatistics NONE =
            new DeliveryStatistics(
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    Duration.ZERO,
                    0,
                    0,
                    0,
                    Duration.ZERO,
                    Duration.ZERO,
                    0,
                    true);

    static DeliveryStatistics of(DeliveryTarget target) {
        int pending = target.pending();
        MessageCompletion ended = target.completion();
        return new DeliveryStatistics(
                target.received(),
                ended.delivered(),
                ended.rejected(),
                ended.abandoned(),
                ended.skipped(),
                ended.delayedTotal(),
                ended.delayed(),
                ended.oldestDelayed(),
                pending,
                Math.min(pending, target.attempts().messages()),
                target.attempts().size(),
                target.oldest(),
                pending == 0 ? Duration.ZERO : target.policy().outageDuration(),
                target.policy().probationKeys(),
                target.hasConsumer());
    }

    static DeliveryStatistics sum(Collection<DeliveryStatistics> names) {
        return names.stream().reduce(NONE, DeliveryStatistics::plus);
    }

    private DeliveryStatistics plus(DeliveryStatistics other) {
        return new DeliveryStatistics(
                received + other.received,
                delivered + other.delivered,
                rejected + other.rejected,
                abandoned + other.abandoned,
                skipped + other.skipped,
                delayed + other.delayed,
                delayedNow + other.delayedNow,
                max(oldestDelayed, other.oldestDelayed),
                pending + other.pending,
                inFlight + other.inFlight,
                attempts + other.attempts,
                max(oldest, other.oldest),
                max(outage, other.outage),
                probationKeys + other.probationKeys,
                isConsumed && other.isConsumed);
    }

    private static Duration max(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? b : a;
    }

    /** Returns how many messages wait: for their turn, their account, a retry or the target. */
    public int waiting() {
        return pending - inFlight;
    }

    /** Returns true if messages wait for a name without a consumer route. */
    public boolean isUnconsumed() {
        return !isConsumed() && pending() > 0;
    }

    public boolean isOutage() {
        return !outage.isZero();
    }
}
