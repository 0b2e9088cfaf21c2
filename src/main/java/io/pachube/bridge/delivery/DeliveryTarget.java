package io.pachube.bridge.delivery;

import io.pachube.bridge.delivery.Attempt.Cancel;
import io.pachube.bridge.delivery.RetryDecision.Outcome;

import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.support.SynchronizationAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * One name of {@code delivery:}: its messages, attempts, threads, retry policy and counters. It
 * outlives the routes that hand over and that deliver.
 *
 * <p>Thread safe. Nothing is called with its lock held but {@link OrderedQueue}, {@link
 * RetryPolicy} and {@link AccountRateLimiter}, which call nobody.
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
    private final DeliveryThreads threads;
    private final OrderedQueue queue = new OrderedQueue();
    private final BatchFallback fallback = new BatchFallback();
    private final Set<Attempt> attempts = ConcurrentHashMap.newKeySet();

    /** Attempts that were left alone, while their threads run. */
    private final Set<Attempt> abandoned = ConcurrentHashMap.newKeySet();

    /** Groups whose next batch is held back. */
    private final Set<OrderedQueue.Group> corked = new HashSet<>();

    /** Exchanges that failed for good and have not ended: their messages hold their keys. */
    private final Map<Exchange, PendingMessage> failing = new IdentityHashMap<>();

    private final Map<PendingMessage, Boolean> delayed = new ConcurrentHashMap<>();
    private final LongAdder delivered = new LongAdder();
    private final LongAdder rejectedTotal = new LongAdder();
    private final LongAdder abandonedTotal = new LongAdder();
    private final LongAdder skipped = new LongAdder();
    private final LongAdder delayedTotal = new LongAdder();

    private DeliveryConfiguration settings;
    private AccountRateLimiter limiter;
    private BatchFormat format;
    private DeliveryConsumer consumer;
    private int inFlight;
    private boolean isStopping;
    private boolean isUnconsumedLogged;
    private volatile boolean hasMore;
    private volatile boolean usesHttp;
    private volatile RequestInFlight answered;
    private volatile boolean isProbing;

    DeliveryTarget(DeliveryComponent component, String name, DeliveryConfiguration settings) {
        this.component = component;
        this.name = name;
        this.policy = new RetryPolicy(name, settings.retrySettings(), System::nanoTime);
        this.threads = new DeliveryThreads("delivery-" + name, component.threadFactory(name));
        configure(settings);
    }

    private void configure(DeliveryConfiguration settings) {
        BatchFormat format = settings.getBatchSize() > 1 ? component.batchFormat(settings) : null;
        this.settings = settings;
        this.format = format;
        this.limiter =
                component.rateLimiter(
                        settings.getRateLimitGroup() == null ? name : settings.getRateLimitGroup());
        policy.setSettings(settings.retrySettings());
        queue.setBatchSize(settings.getBatchSize());
    }

    String name() {
        return name;
    }

    /** Returns the settings of the consumer route, or the defaults without one. */
    DeliveryConfiguration settings() {
        synchronized (queue) {
            return settings;
        }
    }

    /**
     * Lets a consumer route deliver the messages.
     *
     * @throws IllegalStateException if the name has another consumer route
     */
    void attach(DeliveryConsumer consumer, DeliveryConfiguration settings) {
        synchronized (queue) {
            if (this.consumer != null) {
                throw new IllegalStateException(
                        "delivery:"
                                + name
                                + " has a consumer route already: "
                                + this.consumer.routeId());
            }
            configure(settings);
            usesHttp = false; // the route may be another one, to another address
            answered = null;
            this.consumer = consumer;
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
            if (this.consumer != consumer) {
                return;
            }
            this.consumer = null;
        }
        if (!awaitIdle(DRAIN_NANOS)) {
            attempts.forEach(attempt -> attempt.cancel(Cancel.CONSUMER_STOPPED));
            awaitIdle(CANCEL_NANOS);
        }
    }

    private boolean awaitIdle(long nanos) {
        long end = System.nanoTime() + nanos;
        while (!attempts.isEmpty() && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        return attempts.isEmpty();
    }

    boolean hasConsumer() {
        synchronized (queue) {
            return consumer != null;
        }
    }

    /**
     * Takes a message over. Its callback is called when it has ended, never before this returns.
     */
    void handOver(PendingMessage message) {
        boolean isTaken;
        synchronized (queue) {
            isTaken = !isStopping && !message.isRevoked && queue.size() < MAX_PENDING;
            if (isTaken) {
                PendingMessage before = failing.isEmpty() ? null : failing.remove(message.exchange);
                if (before == null) {
                    queue.add(message, settings.getBatchSize() > 1 ? Cork.use() : null);
                    if (message.group.cork != null) {
                        corked.add(message.group);
                    }
                } else {
                    // an error handler hands the same exchange over again: it keeps its place
                    queue.addFirst(message);
                    queue.release(before);
                }
                logIfUnconsumed();
            } else {
                message.isRevoked = true;
            }
        }
        if (isTaken) {
            pump();
        } else {
            execute(() -> end(message, new MessageRevokedException(name)));
        }
    }

    /** Starts batches that are not held back any more. */
    void uncork() {
        synchronized (queue) {
            if (corked.isEmpty()) {
                return;
            }
            for (Iterator<OrderedQueue.Group> all = corked.iterator(); all.hasNext(); ) {
                OrderedQueue.Group group = all.next();
                if (!group.cork.isOpen()) {
                    all.remove();
                    queue.uncork(group);
                }
            }
        }
        pump();
    }

    private void logIfUnconsumed() {
        if (consumer == null && !isUnconsumedLogged) {
            isUnconsumedLogged = true;
            LOG.warn(
                    "delivery:{} has no consumer route; messages wait until one is added. Add a"
                            + " route from delivery:{}.",
                    name,
                    name);
        }
    }

    /** Starts what can be started. */
    private void pump() {
        for (Attempt attempt = next(); attempt != null; attempt = next()) {
            Attempt started = attempt;
            execute(() -> work(started));
        }
    }

    void execute(Runnable task) {
        try {
            threads.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("delivery:{} is shut down; a message stays with its source", name);
        } catch (OutOfMemoryError e) {
            LOG.error(
                    "delivery:{} cannot start a thread, and tries again in a second. Lower"
                            + " maxConcurrentRequests or allow more threads.",
                    name,
                    e);
            component.scheduler().schedule(() -> execute(task), 1, TimeUnit.SECONDS);
        }
    }

    private void work(Attempt first) {
        for (Attempt attempt = first; attempt != null; attempt = next()) {
            if (hasMore) {
                pump();
            }
            begin(attempt);
        }
    }

    private void begin(Attempt attempt) {
        PendingMessage leader = attempt.messages.get(0);
        if (leader.batchRejection != null) {
            endWithout(attempt, Outcome.REJECT, leader.batchRejection);
            return;
        }
        if (attempt.group.only != null && policy.isSuspended(leader.retry)) {
            endWithout(attempt, Outcome.ABANDON, onProbation());
            return;
        }
        for (PendingMessage message : attempt.messages) {
            message.attempts++;
            policy.onAttempt(message.retry);
        }
        attempt.run();
    }

    /** Ends an attempt that would be in vain, without a request. */
    private void endWithout(Attempt attempt, Outcome outcome, Throwable reason) {
        synchronized (queue) {
            leave(attempt);
        }
        attempt.messages.forEach(message -> fail(message, finalFailure(message, outcome, reason)));
    }

    private static Exception onProbation() {
        return new RetryException(
                "An earlier message of the same ordering key was never answered; the next attempt"
                        + " is not due");
    }

    /** Returns the next attempt to run, in flight from now on; null if there is none. */
    private Attempt next() {
        synchronized (queue) {
            while (consumer != null && !isStopping && hasCapacity()) {
                OrderedQueue.Group group = queue.nextReady();
                if (group == null) {
                    break;
                }
                PendingMessage first = queue.first(group);
                // a nested delivery goes on with the account of the attempt that waits for it
                boolean isNested =
                        first.parent != null && first.parent.hasAccount(limiter, first.account);
                if (!isNested
                        && !limiter.acquire(
                                first.account,
                                settings.minRequestIntervalNanos(),
                                () -> wake(group))) {
                    group.isQueued = true; // until it is woken
                    continue;
                }
                fallback.beforeTake(group, first);
                Attempt attempt =
                        new Attempt(
                                this,
                                consumer,
                                settings,
                                limiter,
                                format,
                                group,
                                queue.take(group));
                inFlight++;
                attempts.add(attempt);
                hasMore = queue.hasReady() && hasCapacity();
                return attempt;
            }
            hasMore = false;
            return null;
        }
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

    private void leave(Attempt attempt) {
        inFlight--;
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

    /** An attempt has ended. Called once for each, on a thread of this target. */
    void onEnd(Attempt attempt) {
        try {
            Throwable failure = attempt.failure();
            if (failure == null) {
                onSuccess(attempt);
            } else {
                onFailure(attempt, failure);
            }
        } catch (Throwable e) { // such as an OutOfMemoryError, or one of a listener
            LOG.error("delivery:{}: an attempt could not be completed", name, e);
            returnToSource(attempt);
        }
    }

    /** Whatever of an attempt has not ended goes back to its source. */
    private void returnToSource(Attempt attempt) {
        List<PendingMessage> left = new ArrayList<>();
        synchronized (queue) {
            if (attempts.contains(attempt)) {
                leave(attempt);
                left.addAll(attempt.messages);
                queue.removeWaiting(left::contains);
                left.stream().filter(message -> message.isHolding).forEach(queue::release);
            }
        }
        for (PendingMessage message : left) {
            message.isRevoked = true;
            end(message, new MessageRevokedException(name));
        }
    }

    /** An attempt has ended on another thread than that on which it began. */
    void onEndElsewhere(Attempt attempt) {
        onEnd(attempt);
        work(next());
    }

    private void onSuccess(Attempt attempt) {
        boolean isSkipped = attempt.requestCount() == 0 && usesHttp;
        List<PendingMessage> messages = attempt.messages;
        if (!isSkipped) {
            if (attempt.requestCount() == 0) {
                policy.onEvidence(messages.get(0).retry.orderingKey, attempt.began());
            }
            messages.forEach(message -> policy.onSuccess(message.retry));
        }
        synchronized (queue) {
            leave(attempt);
            fallback.onDelivered(attempt.group);
            messages.forEach(queue::release);
        }
        (isSkipped ? skipped : delivered).add(messages.size());
        for (PendingMessage message : messages) {
            if (message.exchange.getPattern().isOutCapable()) {
                Message result = attempt.result();
                message.exchange.getMessage().setBody(result.getBody());
                message.exchange.getMessage().setHeaders(result.getHeaders());
            }
            end(message, null);
        }
    }

    private void onFailure(Attempt attempt, Throwable thrown) {
        Cancel cancel = attempt.cancelReason();
        List<PendingMessage> revoked = new ArrayList<>(0);
        List<PendingMessage> failed = new ArrayList<>(1);
        List<PendingMessage> retried = new ArrayList<>(1);
        List<PendingMessage> newlyDelayed = new ArrayList<>(0);
        Map<PendingMessage, Outcome> outcomes = new IdentityHashMap<>(2);
        synchronized (queue) {
            for (PendingMessage message : attempt.messages) {
                (isStopping || message.isRevoked ? revoked : retried).add(message);
            }
            revoked.forEach(message -> message.isRevoked = true);
            long delay = 0;
            boolean isOwn = cancel == null || cancel == Cancel.TIMEOUT;
            if (isOwn && !retried.isEmpty()) {
                RequestFailure failure =
                        RequestFailure.of(
                                        thrown,
                                        attempt.requestCount(),
                                        component.localFailure(),
                                        Instant.now())
                                .withReason(thrown, attempt.address());
                if (failure.isPayloadError() && attempt.messages.size() > 1) {
                    split(attempt.messages);
                } else {
                    delay = decide(retried, failure, outcomes, failed, newlyDelayed);
                    if (!failed.isEmpty() && retried.isEmpty()) {
                        reconsider(attempt, failure, thrown, outcomes, failed, retried);
                    }
                }
            }
            queue.putBack(retried);
            retryIn(delay, retried);
            leave(attempt);
            revoked.forEach(queue::release);
        }
        newlyDelayed.forEach(message -> tellDelayed(message, thrown));
        for (PendingMessage message : failed) {
            fail(message, finalFailure(message, outcomes.get(message), thrown));
        }
        revoked.forEach(message -> end(message, new MessageRevokedException(name)));
    }

    /**
     * Moves those that are not retried from the first list to the list of failed ones.
     *
     * @return the delay of the others, in nanoseconds
     */
    private long decide(
            List<PendingMessage> retried,
            RequestFailure failure,
            Map<PendingMessage, Outcome> outcomes,
            List<PendingMessage> failed,
            List<PendingMessage> newlyDelayed) {
        long delay = 0;
        Object sameBatch = new Object();
        for (PendingMessage message : List.copyOf(retried)) {
            RetryDecision decision = policy.onFailure(message.retry, failure);
            if (decision.outcome() == Outcome.RETRY) {
                // one part and one delay, so that the batch stays one, and no other message joins
                if (message.batchPart == null) {
                    message.batchPart = sameBatch;
                }
                if (delay == 0) {
                    delay = decision.delayNanos();
                    if (decision.accountDelayNanos() > 0) {
                        limiter.delay(message.account, decision.accountDelayNanos());
                    }
                }
                if (message.retry.failedAttempts > 1 && !message.isDelayed) {
                    message.isDelayed = true;
                    message.delayedSince = System.nanoTime();
                    delayed.put(message, true);
                    newlyDelayed.add(message);
                }
            } else {
                retried.remove(message);
                failed.add(message);
                outcomes.put(message, decision.outcome());
            }
        }
        return delay;
    }

    /** The end of a batch need not be that of each message. */
    private void reconsider(
            Attempt attempt,
            RequestFailure failure,
            Throwable thrown,
            Map<PendingMessage, Outcome> outcomes,
            List<PendingMessage> failed,
            List<PendingMessage> retried) {
        if (!attempt.isBatch()) {
            fallback.onRejected(attempt.group, failure, thrown);
            return;
        }
        if (BatchFallback.mayHelp(failure)) {
            fallback.onBatchRejected(attempt.group, failed);
        } else if (failed.size() > 1 && outcomes.containsValue(Outcome.ABANDON)) {
            split(failed); // one message may make it fail; each half has one attempt
        } else {
            return;
        }
        retried.addAll(failed);
        failed.clear();
    }

    private void tellDelayed(PendingMessage message, Throwable thrown) {
        delayedTotal.increment();
        try {
            component
                    .listener()
                    .onDelayed(message.exchange, thrown, message.host(), message.attempts);
        } catch (RuntimeException e) {
            LOG.warn("delivery:{}: the listener failed; a delay is not reported", name, e);
        }
    }

    /** A batch was refused as bad: its halves are tried, the first one first. */
    private static void split(List<PendingMessage> batch) {
        int half = (batch.size() + 1) / 2;
        Object first = new Object();
        Object second = new Object();
        for (int i = 0; i < batch.size(); i++) {
            batch.get(i).batchPart = i < half ? first : second;
        }
    }

    private void retryIn(long nanos, List<PendingMessage> messages) {
        if (messages.isEmpty()) {
            return;
        }
        if (nanos == 0) {
            messages.forEach(queue::unhold);
            return;
        }
        try {
            component.scheduler().schedule(() -> retry(messages), nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("delivery:{} is shut down; messages stay with their source", name);
        }
    }

    private void retry(List<PendingMessage> messages) {
        synchronized (queue) {
            for (PendingMessage message : messages) {
                if (message.isHolding && !message.isRevoked) {
                    queue.unhold(message);
                }
            }
        }
        pump();
    }

    private DeliveryFailedException finalFailure(
            PendingMessage message, Outcome outcome, Throwable thrown) {
        if (outcome == Outcome.REJECT) {
            rejectedTotal.increment();
            return new MessageRejectedException(name, thrown, message.host(), message.attempts);
        }
        abandonedTotal.increment();
        return new MessageAbandonedException(name, thrown, message.host(), message.attempts);
    }

    /** Its key is free when its exchange has ended, that is, when its report is out. */
    private void fail(PendingMessage message, DeliveryFailedException failure) {
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
                                    releaseFailed(exchange, message);
                                }
                            });
        }
        end(message, failure);
        if (!hasUnitOfWork) {
            releaseFailed(exchange, message);
        }
    }

    private void releaseFailed(Exchange exchange, PendingMessage message) {
        synchronized (queue) {
            if (!failing.remove(exchange, message)) {
                return; // handed over again
            }
            queue.release(message);
        }
        pump();
    }

    /** Lets the exchange go on where it was handed over. */
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
            Attempt.close(exchange, e);
            if (message.parent != null) {
                message.parent.complete(e); // its route never calls back
            }
        }
    }

    /** Revokes one message: at once if it waits, when its attempt has ended otherwise. */
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

    private void revoke(Predicate<PendingMessage> which) {
        List<PendingMessage> waiting;
        List<Attempt> running = new ArrayList<>();
        synchronized (queue) {
            waiting = queue.removeWaiting(which);
            waiting.forEach(message -> message.isRevoked = true);
            for (Attempt attempt : attempts) {
                for (PendingMessage message : attempt.messages) {
                    if (which.test(message)) {
                        message.isRevoked = true;
                    }
                }
                if (attempt.messages.stream().allMatch(message -> message.isRevoked)) {
                    running.add(attempt);
                }
            }
        }
        running.forEach(attempt -> attempt.cancel(Cancel.REVOKED));
        endRevoked(waiting);
        pump();
    }

    private void endRevoked(List<PendingMessage> messages) {
        if (!messages.isEmpty()) {
            execute(
                    () ->
                            messages.forEach(
                                    message -> end(message, new MessageRevokedException(name))));
        }
    }

    /** Revokes whatever waits; attempts may still end. */
    void beginShutdown() {
        List<PendingMessage> waiting;
        synchronized (queue) {
            isStopping = true;
            waiting = queue.removeWaiting(message -> true);
            waiting.forEach(message -> message.isRevoked = true);
        }
        endRevoked(waiting);
    }

    /** Cancels the attempts that are left. */
    void cancelAll() {
        attempts.forEach(attempt -> attempt.cancel(Cancel.REVOKED));
    }

    void shutdown() {
        cancelAll();
        threads.shutdown();
    }

    /** Called by an attempt that goes on on another thread. */
    void onReturn(Attempt attempt) {
        if (abandoned.remove(attempt)) {
            LOG.info("delivery:{}: a thread that did not stop has ended", name);
            pump();
        }
    }

    /** An attempt ignores that it was cancelled: its messages go on without it. */
    void onAbandonedAttempt(Attempt attempt) {
        LOG.warn(
                "delivery:{}: an attempt did not stop within 10 s of being cancelled; its thread is"
                        + " replaced. Look for a step that waits without a time-out.",
                name);
        abandoned.add(attempt);
        if (!attempt.isRunning()) {
            abandoned.remove(attempt);
        }
        execute(() -> onEndElsewhere(attempt));
    }

    void onRequest() {
        if (!usesHttp) {
            usesHttp = true;
        }
    }

    /** An HTTP answer shows that the target is up. */
    void onResponse(Attempt attempt, RequestInFlight request) {
        answered = request;
        policy.onEvidence(attempt.messages.get(0).retry.orderingKey, attempt.began());
    }

    /**
     * Called a few times a second. It starts attempts too: where the thread that freed a key or an
     * account goes on in a step that blocks, nobody else does.
     */
    void tick(long now) {
        Long oldest = null;
        for (Attempt attempt : attempts) {
            attempt.checkDeadline(now);
            Long request = attempt.oldestRequest();
            if (request != null && (oldest == null || request - oldest < 0)) {
                oldest = request;
            }
        }
        uncork();
        RequestInFlight address = answered;
        if (address != null && !isProbing && policy.wantsProbe(oldest)) {
            isProbing = true;
            execute(() -> probe(address));
        }
        pump();
    }

    private void probe(RequestInFlight address) {
        try {
            if (address.probe(settings().requestTimeoutNanos())) {
                policy.onEvidence(null, 0);
            }
        } finally {
            isProbing = false;
        }
    }

    /** Returns the message's part of a batch; null if it must be sent alone. */
    byte[] toRow(Exchange exchange, byte[] body) {
        BatchFormat current;
        synchronized (queue) {
            current = format;
        }
        return current == null ? null : current.toRow(exchange, body);
    }

    boolean isOutage() {
        return policy.isOutage() && pending() > 0;
    }

    /** Returns the names that share this target's service: its rate limit group. */
    String service() {
        String group = settings().getRateLimitGroup();
        return group == null ? name : group;
    }

    /** Returns true if the target has ever answered. */
    boolean hasAnswered() {
        return policy.hasEvidence();
    }

    int probationKeys() {
        return policy.probationKeys();
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

    int inFlight() {
        return attempts.size();
    }

    long delivered() {
        return delivered.sum();
    }

    long rejected() {
        return rejectedTotal.sum();
    }

    long abandoned() {
        return abandonedTotal.sum();
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

    Duration oldestDelayed() {
        long now = System.nanoTime();
        return Duration.ofNanos(
                delayed.keySet().stream()
                        .mapToLong(message -> now - message.delayedSince)
                        .max()
                        .orElse(0));
    }
}
