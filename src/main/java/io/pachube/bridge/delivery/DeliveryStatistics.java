package io.pachube.bridge.delivery;

import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;

/**
 * Counters over all names of a {@link DeliveryComponent}, since its start.
 *
 * @param delivered messages that their targets have
 * @param rejected messages that could never be delivered
 * @param abandoned messages that were retried for too long
 * @param skipped messages whose route made no request
 * @param delayed messages that were ever delayed
 * @param delayedNow messages that are delayed now
 * @param oldestDelayed how long the oldest of these has been
 * @param pending messages that wait or are in flight
 */
public record DeliveryStatistics(
        long delivered,
        long rejected,
        long abandoned,
        long skipped,
        long delayed,
        int delayedNow,
        Duration oldestDelayed,
        int pending) {

    static DeliveryStatistics of(Collection<DeliveryTarget> targets) {
        return new DeliveryStatistics(
                targets.stream().mapToLong(DeliveryTarget::delivered).sum(),
                targets.stream().mapToLong(DeliveryTarget::rejected).sum(),
                targets.stream().mapToLong(DeliveryTarget::abandoned).sum(),
                targets.stream().mapToLong(DeliveryTarget::skipped).sum(),
                targets.stream().mapToLong(DeliveryTarget::delayedTotal).sum(),
                targets.stream().mapToInt(DeliveryTarget::delayed).sum(),
                targets.stream()
                        .map(DeliveryTarget::oldestDelayed)
                        .max(Comparator.naturalOrder())
                        .orElse(Duration.ZERO),
                targets.stream().mapToInt(DeliveryTarget::pending).sum());
    }
}
