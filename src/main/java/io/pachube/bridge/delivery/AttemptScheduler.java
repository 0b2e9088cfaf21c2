package io.pachube.bridge.delivery;

import io.pachube.bridge.delivery.RetryDecision.Outcome;

import org.apache.camel.Exchange;

import java.util.List;

/**
 * Starts the attempts of one target, as far as order, batches, rate limits and the number of
 * concurrent requests allow.
 *
 * <p>Thread safe; its lock is the queue's.
 */
final class AttemptScheduler {

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
    private final AttemptsInFlight attempts;
    private volatile DeliveryConfiguration settings;
    private AccountRateLimiter limiter;
    private volatile BatchFormat format;
    private volatile DeliveryConsumer consumer;

    private volatile boolean hasMore;
    private volatile boolean usesHttp;

    AttemptScheduler(
            DeliveryTarget target,
            DeliveryComponent component,
            OrderedQueue queue,
            BatchFallback fallback,
            RetryPolicy policy,
            MessageCompletion completion,
            AttemptsInFlight attempts) {
        this.attempts = attempts;
        this.target = target;
        this.component = component;
        this.queue = queue;
        this.fallback = fallback;
        this.policy = policy;
        this.completion = completion;
        this.threads =
                new DeliveryThreads(
                        target.name(),
                        component.threadFactory(target.name()),
                        component::scheduler);
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

    /** Returns the message's part of a batch; null if it must be sent alone. */
    byte[] toRow(Exchange exchange, byte[] body) {
        BatchFormat used = format;
        return used == null ? null : used.toRow(exchange, body);
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
        threads.execute(task);
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

    /** A message that is handed over before the next batch is taken can share its request. */
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
            attempts.free(ended);
            while (consumer != null && !target.isStopping() && hasCapacity()) {
                BatchGroup group = queue.nextReady();
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
    private boolean acquire(BatchGroup group, PendingMessage first) {
        return first.parent != null && first.parent.hasAccount(limiter, first.account)
                || limiter.acquire(
                        first.account, settings.minRequestIntervalNanos(), () -> wake(group));
    }

    private boolean hasCapacity() {
        return attempts.isLessThan(settings.getMaxConcurrentRequests());
    }

    private void wake(BatchGroup group) {
        synchronized (queue) {
            group.isQueued = false;
            queue.signal(group);
        }
        pump();
    }

    /** Lets attempts that succeeded leave, and frees their keys. Called with the lock. */
    void leaveSucceeded() {
        for (Attempt attempt = attempts.pollSucceeded();
                attempt != null;
                attempt = attempts.pollSucceeded()) {
            end(attempt);
            fallback.onDelivered(attempt.group);
            attempt.messages.forEach(queue::release);
        }
    }

    /** Called with the lock when an attempt has ended. */
    void leave(Attempt attempt) {
        attempts.remove(attempt);
        end(attempt);
    }

    private void end(Attempt attempt) {
        queue.ended(attempt.group);
        long interval = attempt.settings.minRequestIntervalNanos();
        if (interval > 0 && !usesHttp && attempt.began() != 0) {
            attempt.limiter.delay(attempt.account(), interval); // the attempt is the request
        }
        if (!attempt.sharesAccount()) {
            attempt.limiter.release(attempt.account());
        }
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

    void shutdown() {
        threads.shutdown();
    }
}
