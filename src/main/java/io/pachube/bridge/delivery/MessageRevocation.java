package io.pachube.bridge.delivery;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

/**
 * Takes the messages of one target back to their sources: at once those that wait, and the others
 * when their attempts have ended. Thread safe; its lock is the queue's.
 */
final class MessageRevocation {

    private final DeliveryComponent component;
    private final OrderedQueue queue;
    private final AttemptsInFlight attempts;
    private final MessageCompletion completion;
    private final AttemptScheduler scheduler;

    MessageRevocation(
            DeliveryComponent component,
            OrderedQueue queue,
            AttemptsInFlight attempts,
            MessageCompletion completion,
            AttemptScheduler scheduler) {
        this.component = component;
        this.queue = queue;
        this.attempts = attempts;
        this.completion = completion;
        this.scheduler = scheduler;
    }

    /** Revokes one message. */
    void revoke(PendingMessage message) {
        synchronized (queue) {
            message.isRevoked = true; // it may not be handed over yet
        }
        revoke(other -> other == message);
    }

    /** Revokes the messages that were handed over by these routes. */
    void revokeFrom(Collection<String> routeIds) {
        revoke(message -> routeIds.contains(message.exchange.getFromRouteId()));
    }

    /** Revokes the messages of an attempt that are withdrawn; returns true if there are any. */
    boolean revokeWithdrawn(List<PendingMessage> messages) {
        boolean isAny = false;
        for (PendingMessage message : messages) {
            if (component.withdrawn().test(message.exchange)) {
                isAny = true;
                synchronized (queue) {
                    message.isRevoked = true;
                }
            }
        }
        return isAny;
    }

    /** Revokes whatever waits. */
    void revokeWaiting() {
        List<PendingMessage> waiting;
        synchronized (queue) {
            waiting = removeWaiting(message -> true);
        }
        end(waiting);
    }

    private void revoke(Predicate<PendingMessage> which) {
        List<PendingMessage> waiting;
        List<Attempt> running = new ArrayList<>();
        synchronized (queue) {
            waiting = removeWaiting(which);
            attempts.forEach(
                    attempt -> {
                        attempt.messages.stream()
                                .filter(which)
                                .forEach(message -> message.isRevoked = true);
                        if (attempt.messages.stream().allMatch(message -> message.isRevoked)) {
                            running.add(attempt);
                        }
                    });
        }
        running.forEach(attempt -> attempt.cancel(CancelReason.REVOKED));
        end(waiting);
        scheduler.pump();
    }

    private List<PendingMessage> removeWaiting(Predicate<PendingMessage> which) {
        List<PendingMessage> waiting = queue.removeWaiting(which);
        waiting.forEach(message -> message.isRevoked = true);
        return waiting;
    }

    private void end(List<PendingMessage> messages) {
        if (!messages.isEmpty()) {
            scheduler.execute(() -> messages.forEach(completion::revoke));
        }
    }
}
