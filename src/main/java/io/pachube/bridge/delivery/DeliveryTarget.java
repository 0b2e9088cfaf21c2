package io.pachube.bridge.delivery;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * One name of {@code delivery:}: its messages, attempts, threads, retry policy and counters. It
 * outlives the routes that hand over and that deliver.
 *
 * <p>A message waits in the {@link OrderedQueue}. {@link AttemptScheduler} starts an {@link
 * Attempt} with it, {@link AttemptOutcome} does what follows from the attempt's end, and {@link
 * MessageCompletion} lets its exchange go on. {@link RetryPolicy} decides.
 *
 * <p>Thread safe. The queue is the lock of all parts; nothing is called with it held but the retry
 * policy and {@link AccountRateLimiter}, which call nobody.
 */
final class DeliveryTarget {

    private static final Logger LOG = LoggerFactory.getLogger(DeliveryTarget.class);

    /** A bound for sources that have none of their own. */
    private static final int MAX_PENDING = 1_000_000;

    /** A stopped consumer route's attempts have this long to end by themselves. */
    private static final long DRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** And then this long to end after they were cancelled. */
    private static final long CANCEL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final DeliveryComponent component;
    private final String name;
    private final RetryPolicy policy;
    private final OrderedQueue queue = new OrderedQueue();
    private final MessageCompletion completion;
    private final AttemptsInFlight attempts;
    private final AttemptScheduler scheduler;
    private final AttemptOutcome outcome;
    private final AvailabilityProbe probe;
    private final MessageRevocation revocation;
    private final LongAdder received = new LongAdder();
    private boolean isStopping;
    private boolean isUnconsumedLogged;

    DeliveryTarget(DeliveryComponent component, String name, DeliveryConfiguration settings) {
        this.component = component;
        this.name = name;
        policy = new RetryPolicy(name, settings.retrySettings(), System::nanoTime);
        completion = new MessageCompletion(name, component, queue, () -> pump());
        BatchFallback fallback = new BatchFallback();
        attempts = new AttemptsInFlight(name, queue);
        scheduler =
                new AttemptScheduler(
                        this, component, queue, fallback, policy, completion, attempts);
        outcome =
                new AttemptOutcome(
                        this, component, queue, fallback, policy, completion, scheduler, attempts);
        probe = new AvailabilityProbe(policy);
        revocation = new MessageRevocation(component, queue, attempts, completion, scheduler);
        configure(settings);
    }

    private void configure(DeliveryConfiguration settings) {
        scheduler.configure(settings);
        policy.setSettings(settings.retrySettings());
    }

    String name() {
        return name;
    }

    /** Returns the settings of the consumer route, or the defaults without one. */
    DeliveryConfiguration settings() {
        return scheduler.settings();
    }

    /**
     * Lets a consumer route deliver the messages.
     *
     * @throws IllegalStateException if the name has another consumer route
     */
    void attach(DeliveryConsumer consumer, DeliveryConfiguration settings) {
        synchronized (queue) {
            DeliveryConsumer other = scheduler.consumer();
            if (other != null) {
                throw new IllegalStateException(
                        "delivery:" + name + " has a consumer route already: " + other.routeId());
            }
            configure(settings);
            probe.reset();
            scheduler.setConsumer(consumer);
            isUnconsumedLogged = false;
        }
        pump();
    }

    /**
     * Ends the attempts of a consumer route, in about a second at most. Their messages, and those
     * that wait, are for the next one.
     */
    void detach(DeliveryConsumer consumer) {
        synchronized (queue) {
            if (scheduler.consumer() != consumer) {
                return;
            }
            scheduler.setConsumer(null);
        }
        if (!attempts.awaitNone(DRAIN_NANOS)) {
            attempts.cancelAll(CancelReason.CONSUMER_STOPPED);
            attempts.awaitNone(CANCEL_NANOS);
        }
    }

    boolean hasConsumer() {
        return scheduler.consumer() != null;
    }

    /**
     * Takes a message over. Its callback is called when it has ended, never before this returns.
     */
    void handOver(PendingMessage message) {
        received.increment();
        boolean isTaken;
        Attempt attempt = null;
        synchronized (queue) {
            isTaken = !isStopping && !message.isRevoked && queue.size() < MAX_PENDING;
            if (isTaken) {
                PendingMessage before = completion.failed(message.exchange);
                if (before == null) {
                    boolean mayShare = settings().getBatchSize() > 1;
                    queue.add(message, mayShare ? Cork.use() : null);
                } else {
                    // an error handler hands the same exchange over again: it keeps its place
                    queue.addFirst(message);
                    queue.release(before);
                }
                logIfUnconsumed();
                attempt = scheduler.next(null);
            } else {
                message.isRevoked = true;
            }
        }
        if (attempt != null) {
            scheduler.start(attempt);
        } else if (!isTaken) {
            scheduler.execute(() -> completion.revoke(message));
        }
    }

    private void logIfUnconsumed() {
        if (!isUnconsumedLogged && !hasConsumer()) {
            isUnconsumedLogged = true;
            LOG.warn(
                    "delivery:{} has no consumer route; messages wait until one is added. Add a"
                            + " route from delivery:{}.",
                    name,
                    name);
        }
    }

    private void pump() {
        scheduler.pump();
    }

    /** Returns true if messages are revoked, and no attempt starts. Called with the lock. */
    boolean isStopping() {
        return isStopping;
    }

    /** An attempt has ended. Called once for each, on a thread of this target. */
    void onEnd(Attempt attempt) {
        outcome.onEnd(attempt);
    }

    /** An attempt has ended on another thread than that on which it began. */
    void onEndElsewhere(Attempt attempt) {
        outcome.onEnd(attempt);
        scheduler.workOn(attempt);
    }

    /** Called by an attempt that goes on on another thread. */
    void onReturn(Attempt attempt) {
        if (attempts.onReturn(attempt)) {
            pump();
        }
    }

    /** An attempt ignores that it was cancelled: its messages go on without it. */
    void onAbandonedAttempt(Attempt attempt) {
        attempts.onAbandoned(attempt);
        scheduler.execute(() -> onEndElsewhere(attempt));
    }

    /** An HTTP answer shows that the target is up. */
    void onResponse(Attempt attempt, RequestInFlight request) {
        probe.onResponse(request);
        policy.onEvidence(attempt.messages.get(0).retry.orderingKey, attempt.began());
    }

    AttemptScheduler scheduler() {
        return scheduler;
    }

    /** Returns what takes messages back to their sources. */
    MessageRevocation revocation() {
        return revocation;
    }

    /** Revokes whatever waits; attempts may still end. */
    void beginShutdown() {
        synchronized (queue) {
            isStopping = true;
        }
        revocation.revokeWaiting();
    }

    /** Cancels the attempts that are left. */
    void cancelAll() {
        attempts.cancelAll(CancelReason.REVOKED);
    }

    void shutdown() {
        cancelAll();
        scheduler.shutdown();
    }

    /**
     * Called a few times a second. It starts attempts too: where the thread that freed a key or an
     * account goes on in a step that blocks, nobody else does.
     */
    void tick(long now) {
        Long oldestRequest = attempts.checkDeadlines(now);
        scheduler.uncork();
        attempts.freeBlocked(now);
        if (probe.isDue(oldestRequest)) {
            scheduler.execute(() -> probe.run(settings().requestTimeoutNanos()));
        }
        pump();
    }

    boolean isOutage() {
        return policy.isOutage() && pending() > 0;
    }

    /** Returns the service, which all names of one rate limit group share. */
    String service() {
        return settings().service(name);
    }

    /** Returns how many messages wait or are in flight. */
    int pending() {
        synchronized (queue) {
            return queue.size();
        }
    }

    int groups() {
        synchronized (queue) {
            return queue.groups();
        }
    }

    /** Returns the age of the oldest message; looks at each ordering key that has any. */
    Duration oldest() {
        long[] oldest = {0};
        synchronized (queue) {
            oldest[0] = Math.max(queue.oldestMillis(), completion.oldestFailedMillis());
            attempts.forEach(
                    attempt ->
                            oldest[0] = Math.max(oldest[0], attempt.messages.get(0).ageMillis()));
        }
        return Duration.ofMillis(oldest[0]);
    }

    /** Returns whether, since when and why the target answers nobody. */
    RetryPolicy policy() {
        return policy;
    }

    AttemptsInFlight attempts() {
        return attempts;
    }

    /** Returns how many messages were handed over. */
    long received() {
        return received.sum();
    }

    /** Returns the counters of completed and delayed messages. */
    MessageCompletion completion() {
        return completion;
    }
}
