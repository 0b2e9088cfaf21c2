package io.pachube.bridge.delivery;

import io.pachube.bridge.delivery.RetryDecision.Outcome;

import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.support.SynchronizationAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Lets the exchanges of one target go on where they were handed over, and counts how they ended.
 *
 * <p>Thread safe. Exchanges and the listener are called without the lock of the queue.
 */
final class MessageCompletion {

    private static final Logger LOG = LoggerFactory.getLogger(MessageCompletion.class);

    private final String name;
    private final DeliveryComponent component;
    private final OrderedQueue queue;
    private final Runnable onReleased;

    /** Exchanges that failed for good and have not ended: their messages hold their keys. */
    private final Map<Exchange, PendingMessage> failing = new IdentityHashMap<>();

    private final Map<PendingMessage, Boolean> delayed = new ConcurrentHashMap<>();
    private final LongAdder delivered = new LongAdder();
    private final LongAdder rejected = new LongAdder();
    private final LongAdder abandoned = new LongAdder();
    private final LongAdder skipped = new LongAdder();
    private final LongAdder delayedTotal = new LongAdder();

    /**
     * @param queue the lock, and the keys that messages hold
     * @param onReleased called when a key is free
     */
    MessageCompletion(
            String name, DeliveryComponent component, OrderedQueue queue, Runnable onReleased) {
        this.name = name;
        this.component = component;
        this.queue = queue;
        this.onReleased = onReleased;
    }

    /**
     * Returns the message of an exchange that failed and is handed over again by an error handler;
     * null for any other. Called with the lock.
     */
    PendingMessage failed(Exchange exchange) {
        return failing.isEmpty() ? null : failing.remove(exchange);
    }

    /** Returns the age of the oldest message whose exchange failed. Called with the lock. */
    long oldestFailedMillis() {
        return failing.values().stream().mapToLong(PendingMessage::ageMillis).max().orElse(0);
    }

    /** Marks a message that goes on being retried. Called with the lock. */
    void markDelayed(PendingMessage message) {
        message.isDelayed = true;
        message.delayedSince = System.nanoTime();
        delayed.put(message, true);
    }

    /** Tells the listener of a delayed message. */
    void tellDelayed(PendingMessage message, Throwable thrown) {
        delayedTotal.increment();
        try {
            component
                    .listener()
                    .onDelayed(message.exchange, thrown, message.host(), message.attempts);
        } catch (RuntimeException e) {
            LOG.warn("delivery:{}: the listener failed; a delay is not reported", name, e);
        }
    }

    /** Completes the messages of an attempt that succeeded. */
    void deliver(Attempt attempt, boolean isSkipped) {
        (isSkipped ? skipped : delivered).add(attempt.messages.size());
        for (PendingMessage message : attempt.messages) {
            if (message.exchange.getPattern().isOutCapable()) {
                Message result = attempt.result();
                message.exchange.getMessage().setBody(result.getBody());
                message.exchange.getMessage().setHeaders(result.getHeaders());
            }
            end(message, null);
        }
    }

    /** Lets a message go back to its source. */
    void revoke(PendingMessage message) {
        end(message, new MessageRevokedException(name));
    }

    /** Fails a message. Its key is free when its exchange has ended: when its report is out. */
    void fail(PendingMessage message, Outcome outcome, Throwable thrown) {
        Exchange exchange = message.exchange;
        synchronized (queue) {
            failing.put(exchange, message);
        }
        boolean hasUnitOfWork = exchange.getUnitOfWork() != null;
        if (hasUnitOfWork) {
            exchange.getExchangeExtension()
                    .addOnCompletion(
                            new SynchronizationAdapter() {
                                @Override
                                public void onDone(Exchange done) {
                                    release(exchange, message);
                                }
                            });
        }
        end(message, failure(message, outcome, thrown));
        if (!hasUnitOfWork) {
            release(exchange, message);
        }
    }

    private DeliveryFailedException failure(
            PendingMessage message, Outcome outcome, Throwable thrown) {
        if (outcome == Outcome.REJECT) {
            rejected.increment();
            return new MessageRejectedException(name, thrown, message.host(), message.attempts);
        }
        abandoned.increment();
        return new MessageAbandonedException(name, thrown, message.host(), message.attempts);
    }

    private void release(Exchange exchange, PendingMessage message) {
        synchronized (queue) {
            if (!failing.remove(exchange, message)) {
                return; // handed over again
            }
            queue.release(message);
        }
        onReleased.run();
    }

    private void end(PendingMessage message, Exception failure) {
        if (message.isDelayed) {
            delayed.remove(message);
        }
        if (message.parent != null) {
            message.parent.onNestedEnd(message);
        }
        Exchange exchange = message.exchange;
        try {
            if (failure != null) {
                if (failure instanceof MessageRevokedException) {
                    component.listener().onRevoked(exchange);
                }
                exchange.setException(failure);
            }
            message.callback.done(false);
        } catch (Throwable e) { // an Error in a step behind: the exchange would never end
            LOG.error(
                    "delivery:{}: a step behind the delivery failed; its message goes back to its"
                            + " source",
                    name,
                    e);
            if (message.parent == null) {
                component.listener().onRevoked(exchange);
            }
            AttemptExchange.close(exchange, e);
            if (message.parent != null) {
                message.parent.complete(e); // its route never calls back
            }
        }
    }

    long delivered() {
        return delivered.sum();
    }

    long rejected() {
        return rejected.sum();
    }

    long abandoned() {
        return abandoned.sum();
    }

    long skipped() {
        return skipped.sum();
    }

    /** Returns how many messages were ever delayed. */
    long delayedTotal() {
        return delayedTotal.sum();
    }

    /** Returns how many messages are delayed now. */
    int delayed() {
        return delayed.size();
    }

    /** Returns for how long the message that is delayed the longest has been. */
    Duration oldestDelayed() {
        long now = System.nanoTime();
        return Duration.ofNanos(
                delayed.keySet().stream()
                        .mapToLong(message -> now - message.delayedSince)
                        .max()
                        .orElse(0));
    }
}
