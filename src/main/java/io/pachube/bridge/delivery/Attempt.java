package io.pachube.bridge.delivery;

import org.apache.camel.AsyncProcessor;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.SafeCopyProperty;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One run of the consumer route of a delivery, on a fresh exchange, with one message or one batch.
 * It ends exactly once, after the stack of the route has unwound: with the route, with a Throwable,
 * or when it does not end after it was cancelled.
 *
 * <p>It travels with its exchange and all copies, so that a request knows it. Thread safe.
 */
final class Attempt implements SafeCopyProperty {

    /** What ignores cancel and interrupt for so long is left alone, and its thread replaced. */
    private static final long CANCEL_NANOS = TimeUnit.SECONDS.toNanos(10);

    final DeliveryTarget target;
    final DeliveryConfiguration settings;
    final BatchGroup group;
    final List<PendingMessage> messages;

    /** The rate limits that its requests keep. */
    final AccountRateLimiter limiter;

    /** When it succeeded, in {@link System#nanoTime}; set by the scheduler. */
    volatile long succeeded;

    private final DeliveryConsumer consumer;
    final DeliveryListener listener;

    /** How long the rate limit has held it back, in nanoseconds. */
    private final long limited;

    /** Joins the messages; null if its only message is sent as it is. */
    private final BatchFormat format;

    private final AttemptRequests requests = new AttemptRequests(this);
    private final List<PendingMessage> nested = new ArrayList<>(0);
    private Exchange exchange;
    private long began;

    /** When it began, or when its last nested delivery ended. */
    private long timedFrom;

    private Thread thread;
    private boolean returned;
    private boolean completed;
    private boolean ended;
    private Throwable thrown;
    private CancelReason cancel;
    private long cancelled;
    private boolean wasRequestInFlight;

    Attempt(
            DeliveryTarget target,
            DeliveryConsumer consumer,
            DeliveryConfiguration settings,
            AccountRateLimiter limiter,
            BatchFormat format,
            BatchGroup group,
            List<PendingMessage> messages) {
        this.target = target;
        this.consumer = consumer;
        this.listener = consumer.getEndpoint().getComponent().listener();
        this.limited = group.endLimited();
        this.settings = settings;
        this.limiter = limiter;
        this.format = messages.get(0).row == null ? null : format;
        this.group = group;
        this.messages = messages;
    }

    @Override
    public SafeCopyProperty safeCopy() {
        return this;
    }

    /** Returns true if a route of the target, or one that it waits for, handed this over. */
    boolean isNestedIn(DeliveryTarget other) {
        return target == other
                || messages.stream()
                        .anyMatch(
                                message ->
                                        message.parent != null && message.parent.isNestedIn(other));
    }

    /** Returns true if the messages are joined by the batch format, even a single one. */
    boolean isBatch() {
        return format != null;
    }

    String account() {
        return messages.get(0).account;
    }

    /** Returns true if it, or the attempt that waits for it, has acquired the account. */
    boolean hasAccount(AccountRateLimiter limiter, String account) {
        return this.limiter == limiter && account().equals(account)
                || messages.get(0).parent != null
                        && messages.get(0).parent.hasAccount(limiter, account);
    }

    /** Returns true if its account is that of the attempt that waits for it. */
    boolean sharesAccount() {
        Attempt parent = messages.get(0).parent;
        return parent != null && parent.hasAccount(limiter, account());
    }

    /** Runs the route. Returns before the attempt has ended if a step is asynchronous. */
    void run() {
        cancelIfWithdrawn();
        synchronized (this) {
            if (cancel == null) {
                began = System.nanoTime();
                timedFrom = began;
                thread = Thread.currentThread();
            }
        }
        try {
            if (thread == null) {
                throw new MessageRevokedException(target.name());
            }
            exchange = AttemptExchange.create(consumer, this, format);
            listener.onAttempt(target.name(), messages.size());
            if (limited > 0) {
                listener.onRateLimited(target.name(), limited);
            }
            AsyncProcessor route = consumer.getAsyncProcessor();
            route.process(exchange, doneSync -> complete(null));
        } catch (Throwable e) { // an Error does not reach the exchange
            synchronized (this) {
                if (!completed) {
                    completed = true;
                    thrown = e;
                }
            }
            if (exchange != null) {
                AttemptExchange.close(exchange, e);
            }
        }
        boolean ends;
        synchronized (this) {
            thread = null;
            returned = true;
            ends = completed && !ended;
            ended |= ends;
        }
        Thread.interrupted(); // a late cancel is not for the next attempt
        if (ends) {
            target.onEnd(this);
        } else {
            target.onReturn(this);
        }
    }

    /**
     * Called by the route, on whatever thread.
     *
     * @param error that a step threw behind a nested delivery; null without
     */
    void complete(Throwable error) {
        synchronized (this) {
            if (completed) {
                return;
            }
            completed = true;
            thrown = error;
            if (!returned || ended) {
                return; // run() ends it
            }
            ended = true;
        }
        target.scheduler().execute(() -> target.onEndElsewhere(this));
    }

    /** The messages that are not withdrawn run again. */
    void cancelIfWithdrawn() {
        if (target.revocation().revokeWithdrawn(messages)) {
            cancel(CancelReason.CONSUMER_STOPPED);
        }
    }

    /** Stops the attempt as soon as it can be: cancels its requests, interrupts its thread. */
    void cancel(CancelReason reason) {
        List<RequestInFlight> inFlight;
        List<PendingMessage> waitingFor;
        synchronized (this) {
            if (ended || cancel == CancelReason.REVOKED) {
                return;
            }
            inFlight = requests.inFlight();
            if (cancel == null) {
                cancelled = System.nanoTime();
                wasRequestInFlight = !inFlight.isEmpty();
            }
            cancel = reason;
            waitingFor = List.copyOf(nested);
            if (thread != null) {
                thread.interrupt();
            }
        }
        inFlight.forEach(RequestInFlight::abort);
        waitingFor.forEach(message -> message.target.revocation().revoke(message));
    }

    /** Cancels an attempt that is overdue, and ends one that ignores that. */
    void checkDeadline(long now) {
        boolean isOverdue;
        synchronized (this) {
            if (ended || began == 0) {
                return;
            }
            if (cancel != null) {
                if (now - cancelled < CANCEL_NANOS) {
                    return;
                }
                ended = true;
                isOverdue = false;
            } else {
                // a nested delivery has its own time-outs, and may wait for the end of an outage
                isOverdue = nested.isEmpty() && now - timedFrom > settings.attemptTimeoutNanos();
            }
        }
        if (isOverdue) {
            cancel(CancelReason.TIMEOUT);
        } else if (cancel != null) {
            target.onAbandonedAttempt(this);
        }
    }

    /** Returns true if its thread still runs the route. */
    synchronized boolean isRunning() {
        return !returned;
    }

    synchronized CancelReason cancelReason() {
        return cancel;
    }

    /** Returns why the attempt failed; null if it succeeded. */
    synchronized Throwable failure() {
        if (completed && thrown == null && AttemptExchange.isSucceeded(exchange)) {
            return null;
        }
        if (cancel == CancelReason.TIMEOUT) {
            return new AttemptTimeoutException(settings.getAttemptTimeout(), wasRequestInFlight);
        }
        if (thrown != null) {
            return thrown;
        }
        return exchange == null
                ? new MessageRevokedException(target.name())
                : AttemptExchange.failure(exchange);
    }

    /** Returns the message that the route ended with. */
    Message result() {
        return exchange.getMessage();
    }

    synchronized long began() {
        return began;
    }

    /**
     * The attempt waits for this message, unless it has ended: a wireTap may hand over later.
     *
     * @throws MessageRevokedException if the attempt is cancelled
     */
    synchronized void onNested(PendingMessage message) throws MessageRevokedException {
        if (ended) {
            return;
        }
        if (cancel != null) {
            throw new MessageRevokedException(target.name());
        }
        nested.add(message);
    }

    synchronized void onNestedEnd(PendingMessage message) {
        nested.remove(message);
        timedFrom = System.nanoTime();
    }

    AttemptRequests requests() {
        return requests;
    }

    /** Returns true if nothing is to be begun any more. Called with the lock. */
    boolean isCancelled() {
        return cancel != null || ended;
    }
}
