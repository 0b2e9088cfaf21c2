package io.pachube.bridge.delivery;

import io.pachube.bridge.delivery.Attempt.Cancel;
import io.pachube.bridge.delivery.RetryDecision.Outcome;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Starts the attempts of one target, as far as order, batches, rate limits and the number of
 * concurrent requests allow.
 *
 * <p>Thread safe; its lock is the queue's.
 */
final class AttemptScheduler {

    private static final Logger LOG = LoggerFactory.getLogger(AttemptScheduler.class);

    /** Messages are completed in less, unless a step behind the delivery blocks. */
    private static final long COMPLETION_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /**
     * On a busy machine three make batches of twice the size, with 10,000 datastreams of 100 feeds;
     * on an idle one they cost nothing (docs/performance.md).
     */
    private static final int YIELDS = 3;

    private final DeliveryTarget target;
    private final DeliveryComponent component;
    private final OrderedQueue queue;
    private final BatchFallback fallback;
    private final RetryPolicy policy;
    private final MessageCompletion completion;
    private final DeliveryThreads threads;
    private final Set<Attempt> attempts = ConcurrentHashMap.newKeySet();

    /** Attempts that were left alone, while their threads run. */
    private final Set<Attempt> abandoned = ConcurrentHashMap.newKeySet();

    /** Attempts that succeeded, until a thread has the lock and lets them leave. */
    private final Queue<Attempt> succeeded = new ConcurrentLinkedQueue<>();

    /** Attempts that have left, while their threads complete the messages. */
    private final Set<Attempt> completing = ConcurrentHashMap.newKeySet();

    private volatile DeliveryConfiguration settings;
    private AccountRateLimiter limiter;
    private volatile BatchFormat format;
    private volatile DeliveryConsumer consumer;

    /** Attempts in flight, and those whose threads complete the messages. */
    private int inFlight;

    private volatile boolean hasMore;
    private volatile boolean usesHttp;

    AttemptScheduler(
            DeliveryTarget target,
            DeliveryComponent component,
            OrderedQueue queue,
            BatchFallback fallback,
            RetryPolicy policy,
            MessageCompletion completion) {
        this.target = target;
        this.component = component;
        this.queue = queue;
        this.fallback = fallback;
        this.policy = policy;
        this.completion = completion;
        this.threads =
                new DeliveryThreads(
                        "delivery-" + target.name(), component.threadFactory(target.name()));
    }

    /** Takes the settings of a consumer route, or the defaults. Called with the lock. */
    void configure(DeliveryConfiguration settings) {
        format = settings.getBatchSize() > 1 ? component.batchFormat(settings) : null;
        limiter = component.rateLimiter(settings.service(target.name()));
        queue.setBatchSize(settings.getBatchSize());
        this.settings = settings;
    }

    /**
     * Sets the route that attempts run. Called with the lock.
     *
     * @param consumer null: no attempt starts
     */
    void setConsumer(DeliveryConsumer consumer) {
        this.consumer = consumer;
        if (consumer != null) {
            usesHttp = false; // the route may be another one
        }
    }

    DeliveryConfiguration settings() {
        return settings;
    }

    DeliveryConsumer consumer() {
        return consumer;
    }

    BatchFormat format() {
        return format;
    }

    /** Starts batches that are not held back any more. */
    void uncork() {
        boolean mayStart;
        synchronized (queue) {
            mayStart = queue.uncork();
        }
        if (mayStart) {
            pump();
        }
    }

    /**
     * Starts an attempt if one can be started. Its thread starts the next one: on a busy machine
     * there are fewer at once, and larger batches.
     */
    void pump() {
        Attempt attempt = next(null);
        if (attempt != null) {
            start(attempt);
        }
    }

    /** Runs an attempt, and those that can be started when it has ended, on a thread. */
    void start(Attempt attempt) {
        execute(() -> work(attempt));
    }

    void execute(Runnable task) {
        try {
            threads.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("delivery:{} is shut down; a message stays with its source", target.name());
        } catch (OutOfMemoryError e) {
            LOG.error(
                    "delivery:{} cannot start a thread, and tries again in a second. Lower"
                            + " maxConcurrentRequests or allow more threads.",
                    target.name(),
                    e);
            component.scheduler().schedule(() -> execute(task), 1, TimeUnit.SECONDS);
        }
    }

    private void work(Attempt first) {
        for (Attempt attempt = first; attempt != null; attempt = next(attempt)) {
            if (hasMore) {
                pump();
            }
            begin(attempt);
            letOthersHandOver();
        }
    }

    /** What is handed over before the next batch is taken can share its request. */
    private void letOthersHandOver() {
        if (format != null) {
            for (int i = 0; i < YIELDS; i++) {
                Thread.yield();
            }
        }
    }

    /** Goes on with the current thread, which has ended an attempt that began on another one. */
    void workOn(Attempt ended) {
        work(next(ended));
    }

    private void begin(Attempt attempt) {
        PendingMessage leader = attempt.messages.get(0);
        if (leader.batchRejection != null) {
            endWithout(attempt, Outcome.REJECT, leader.batchRejection);
            return;
        }
        if (attempt.messages.size() > 1) {
            attempt.messages.forEach(message -> policy.onAttempt(message.retry));
        } else if (!policy.mayAttempt(leader.retry)) {
            endWithout(attempt, Outcome.ABANDON, onProbation());
            return;
        }
        attempt.messages.forEach(message -> message.attempts++);
        attempt.run();
    }

    /** Ends an attempt that would be in vain, without a request. */
    private void endWithout(Attempt attempt, Outcome outcome, Throwable reason) {
        synchronized (queue) {
            leave(attempt);
        }
        attempt.messages.forEach(message -> completion.fail(message, outcome, reason));
    }

    private static Exception onProbation() {
        return new RetryException(
                "An earlier message of the same ordering key was never answered; the next attempt"
                        + " is not due");
    }

    /**
     * Returns the next attempt to run, in flight from now on; null if there is none.
     *
     * @param ended the attempt that the thread has ended before; null: none
     */
    Attempt next(Attempt ended) {
        synchronized (queue) {
            leaveSucceeded();
            free(ended);
            while (consumer != null && !target.isStopping() && hasCapacity()) {
                OrderedQueue.Group group = queue.nextReady();
                if (group == null) {
                    break;
                }
                PendingMessage first = queue.first(group);
                if (!acquire(group, first)) {
                    group.isQueued = true; // until it is woken
                    group.onLimited();
                    continue;
                }
                fallback.beforeTake(group, first);
                List<PendingMessage> batch = queue.take(group);
                if (group.only == null && batch.size() > 1) {
                    abandonSuspended(batch);
                }
                Attempt attempt =
                        new Attempt(target, consumer, settings, limiter, format, group, batch);
                inFlight++;
                attempts.add(attempt);
                hasMore = queue.hasReady() && hasCapacity();
                return attempt;
            }
            hasMore = false;
            return null;
        }
    }

    /**
     * Of a batch of several keys, those on probation do not delay the others. One message stays.
     */
    private void abandonSuspended(List<PendingMessage> batch) {
        List<PendingMessage> suspended =
                batch.stream().filter(message -> policy.isSuspended(message.retry)).toList();
        if (suspended.size() == batch.size()) {
            suspended = suspended.subList(1, suspended.size());
        }
        if (!suspended.isEmpty()) {
            batch.removeAll(suspended);
            List<PendingMessage> ended = suspended;
            execute(
                    () ->
                            ended.forEach(
                                    message ->
                                            completion.fail(
                                                    message, Outcome.ABANDON, onProbation())));
        }
    }

    /** A nested delivery goes on with the account of the attempt that waits for it. */
    private boolean acquire(OrderedQueue.Group group, PendingMessage first) {
        return first.parent != null && first.parent.hasAccount(limiter, first.account)
                || limiter.acquire(
                        first.account, settings.minRequestIntervalNanos(), () -> wake(group));
    }

    /** A thread that does not come back is replaced, but not without end. */
    private boolean hasCapacity() {
        int max = settings.getMaxConcurrentRequests();
        return inFlight < max && inFlight + abandoned.size() < 2 * max;
    }

    private void wake(OrderedQueue.Group group) {
        synchronized (queue) {
            group.isQueued = false;
            queue.signal(group);
        }
        pump();
    }

    /**
     * Called when an attempt has succeeded, without the lock. Its thread goes on with the next
     * attempt as soon as it has completed the messages, so no other one is started in its place.
     */
    void onSuccess(Attempt attempt) {
        attempt.succeeded = System.nanoTime();
        succeeded.add(attempt);
    }

    /** Lets attempts that succeeded leave, and frees their keys. Called with the lock. */
    void leaveSucceeded() {
        for (Attempt attempt = succeeded.poll(); attempt != null; attempt = succeeded.poll()) {
            end(attempt);
            completing.add(attempt);
            fallback.onDelivered(attempt.group);
            attempt.messages.forEach(queue::release);
        }
    }

    private void free(Attempt attempt) {
        if (attempt != null && completing.remove(attempt)) {
            inFlight--;
        }
    }

    /** A step behind the delivery may block: others are started then. Called now and then. */
    void freeBlocked(long now) {
        for (Attempt attempt : completing) {
            if (now - attempt.succeeded > COMPLETION_NANOS) {
                synchronized (queue) {
                    free(attempt);
                }
            }
        }
    }

    /** Called with the lock when an attempt has ended. */
    void leave(Attempt attempt) {
        inFlight--;
        end(attempt);
    }

    private void end(Attempt attempt) {
        attempts.remove(attempt);
        queue.ended(attempt.group);
        long interval = attempt.settings.minRequestIntervalNanos();
        if (interval > 0 && !usesHttp && attempt.began() != 0) {
            attempt.limiter.delay(attempt.account(), interval); // the attempt is the request
        }
        if (!attempt.sharesAccount()) {
            attempt.limiter.release(attempt.account());
        }
    }

    boolean isInFlight(Attempt attempt) {
        return attempts.contains(attempt);
    }

    int inFlight() {
        return attempts.size();
    }

    void forEach(Consumer<Attempt> action) {
        attempts.forEach(action);
    }

    void onRequest() {
        if (!usesHttp) {
            usesHttp = true;
        }
    }

    /** Returns true if the consumer route makes HTTP requests, as far as is known. */
    boolean usesHttp() {
        return usesHttp;
    }

    /** Waits, at most so long, until no attempt is in flight. */
    boolean awaitIdle(long nanos) {
        long end = System.nanoTime() + nanos;
        while (!attempts.isEmpty() && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        return attempts.isEmpty();
    }

    void cancelAll(Cancel reason) {
        attempts.forEach(attempt -> attempt.cancel(reason));
    }

    void shutdown() {
        threads.shutdown();
    }

    /** Called by an attempt that goes on on another thread. */
    void onReturn(Attempt attempt) {
        if (abandoned.remove(attempt)) {
            LOG.info("delivery:{}: a thread that did not stop has ended", target.name());
            pump();
        }
    }

    /** Replaces the thread of an attempt that ignores that it was cancelled. */
    void onAbandoned(Attempt attempt) {
        LOG.warn(
                "delivery:{}: an attempt did not stop within 10 s of being cancelled; its thread is"
                        + " replaced. Look for a step that waits without a time-out.",
                target.name());
        abandoned.add(attempt);
        if (!attempt.isRunning()) {
            abandoned.remove(attempt);
        }
    }
}
