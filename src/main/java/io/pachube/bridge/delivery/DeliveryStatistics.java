package io.pachube.bridge.delivery;

import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

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
        List<MessageCompletion> all = targets.stream().map(DeliveryTarget::completion).toList();
        return new DeliveryStatistics(
                all.stream().mapToLong(MessageCompletion::delivered).sum(),
                all.stream().mapToLong(MessageCompletion::rejected).sum(),
                all.stream().mapToLong(MessageCompletion::abandoned).sum(),
                all.stream().mapToLong(MessageCompletion::skipped).sum(),
                all.stream().mapToLong(MessageCompletion::delayedTotal).sum(),
                all.stream().mapToInt(MessageCompletion::delayed).sum(),
                all.stream()
                        .map(MessageCompletion::oldestDelayed)
                        .max(Comparator.naturalOrder())
                        .orElse(Duration.ZERO),
                targets.stream().mapToInt(DeliveryTarget::pending).sum());
    }
}
