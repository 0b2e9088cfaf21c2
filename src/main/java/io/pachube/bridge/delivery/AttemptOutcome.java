package io.pachube.bridge.delivery;

import io.pachube.bridge.delivery.RetryDecision.Outcome;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Instant;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Does with the messages of an attempt what follows from its end: completes them, retries them, or
 * splits their batch.
 *
 * <p>Thread safe; its lock is the queue's.
 */
final class AttemptOutcome {

    private static final Logger LOG = LoggerFactory.getLogger(AttemptOutcome.class);

    private final DeliveryTarget target;
    private final DeliveryComponent component;
    private final OrderedQueue queue;
    private final BatchFallback fallback;
    private final RetryPolicy policy;
    private final MessageCompletion completion;
    private final AttemptScheduler scheduler;
    private final AttemptsInFlight attempts;

    AttemptOutcome(
            DeliveryTarget target,
            DeliveryComponent component,
            OrderedQueue queue,
            BatchFallback fallback,
            RetryPolicy policy,
            MessageCompletion completion,
            AttemptScheduler scheduler,
            AttemptsInFlight attempts) {
        this.target = target;
        this.component = component;
        this.queue = queue;
        this.fallback = fallback;
        this.policy = policy;
        this.completion = completion;
        this.scheduler = scheduler;
        this.attempts = attempts;
    }

    /** Called once for each attempt, on a thread of its target. */
    void onEnd(Attempt attempt) {
        try {
            Throwable failure = attempt.failure();
            if (failure == null) {
                onSuccess(attempt);
            } else {
                onFailure(attempt, failure);
            }
        } catch (Throwable e) { // such as an OutOfMemoryError, or one of a listener
            LOG.error("delivery:{}: an attempt could not be completed", target.name(), e);
            returnToSource(attempt);
        }
    }

    /** Whatever of an attempt has not ended goes back to its source. */
    private void returnToSource(Attempt attempt) {
        List<PendingMessage> left = new ArrayList<>();
        synchronized (queue) {
            scheduler.leaveSucceeded();
            if (attempts.contains(attempt)) {
                scheduler.leave(attempt);
                left.addAll(attempt.messages);
                queue.removeWaiting(left::contains);
                left.stream().filter(message -> message.isHolding).forEach(queue::release);
            }
        }
        for (PendingMessage message : left) {
            message.isRevoked = true;
            completion.revoke(message);
        }
    }

    private void onSuccess(Attempt attempt) {
        boolean isSkipped = attempt.requests().count() == 0 && scheduler.usesHttp();
        List<PendingMessage> messages = attempt.messages;
        if (!isSkipped) {
            if (attempt.requests().count() == 0) {
                policy.onEvidence(messages.get(0).retry.orderingKey, attempt.began());
            }
            messages.forEach(message -> policy.onSuccess(message.retry));
        }
        attempts.onSuccess(attempt);
        completion.deliver(attempt, isSkipped);
    }

    /** The messages of an attempt that failed, by what becomes of them. */
    private static final class Failed {
        final List<PendingMessage> revoked = new ArrayList<>(0);
        final List<PendingMessage> retried = new ArrayList<>(1);
        final List<PendingMessage> newlyDelayed = new ArrayList<>(0);
        final Map<PendingMessage, Outcome> ended = new IdentityHashMap<>(2);

        /** Of those that are retried, in nanoseconds. */
        long delay;
    }

    private void onFailure(Attempt attempt, Throwable thrown) {
        Failed messages = new Failed();
        synchronized (queue) {
            for (PendingMessage message : attempt.messages) {
                boolean isRevoked = target.isStopping() || message.isRevoked;
                message.isRevoked = isRevoked;
                (isRevoked ? messages.revoked : messages.retried).add(message);
            }
            CancelReason cancel = attempt.cancelReason();
            boolean isOwn = cancel == null || cancel == CancelReason.TIMEOUT;
            if (isOwn && !messages.retried.isEmpty()) {
                decide(attempt, thrown, messages);
            }
            queue.putBack(messages.retried);
            retryLater(messages);
            scheduler.leave(attempt);
            messages.revoked.forEach(queue::release);
        }
        messages.newlyDelayed.forEach(message -> completion.tellDelayed(message, thrown));
        for (PendingMessage message : attempt.messages) {
            Outcome outcome = messages.ended.get(message);
            if (outcome != null) {
                completion.fail(message, outcome, thrown);
            }
        }
        messages.revoked.forEach(completion::revoke);
    }

    private void decide(Attempt attempt, Throwable thrown, Failed messages) {
        RequestFailure failure =
                RequestFailure.of(
                                thrown,
                                attempt.requests().count(),
                                component.localFailure(),
                                Instant.now())
                        .withReason(thrown, attempt.requests().address());
        if (failure.isPayloadError() && attempt.messages.size() > 1) {
            split(attempt.messages);
            return;
        }
        Object sameBatch = new Object();
        for (PendingMessage message : List.copyOf(messages.retried)) {
            RetryDecision decision = policy.onFailure(message.retry, failure);
            if (decision.outcome() == Outcome.RETRY) {
                retry(message, decision, attempt.limiter, sameBatch, messages);
            } else {
                messages.retried.remove(message);
                messages.ended.put(message, decision.outcome());
            }
        }
        if (messages.retried.isEmpty()) {
            reconsider(attempt, failure, thrown, messages);
        } else if (attempt.isBatch()
                && (failure.isServerError() || failure.isSilence() && !policy.isOutage())) {
            split(messages.retried); // one message may make it fail: the others shall not wait
        }
    }

    /** The messages of a batch have one delay, and no other message joins them. */
    private void retry(
            PendingMessage message,
            RetryDecision decision,
            AccountRateLimiter limiter,
            Object sameBatch,
            Failed messages) {
        if (message.batchPart == null) {
            message.batchPart = sameBatch;
        }
        if (messages.delay == 0) {
            messages.delay = decision.delayNanos();
            if (decision.accountDelayNanos() > 0) {
                limiter.delay(message.account, decision.accountDelayNanos());
            }
        }
        if (message.retry.failedAttempts > 1 && !message.isDelayed) {
            completion.markDelayed(message);
            messages.newlyDelayed.add(message);
        }
    }

    /** The end of a batch need not be that of each message. */
    private void reconsider(
            Attempt attempt, RequestFailure failure, Throwable thrown, Failed messages) {
        if (!attempt.isBatch()) {
            fallback.onRejected(attempt.group, failure, thrown);
            return;
        }
        List<PendingMessage> batch =
                attempt.messages.stream().filter(messages.ended::containsKey).toList();
        if (BatchFallback.mayHelp(failure)) {
            fallback.onBatchRejected(attempt.group, batch);
        } else if (batch.size() > 1 && messages.ended.containsValue(Outcome.ABANDON)) {
            split(batch); // one message may make it fail; each half has one attempt
        } else {
            return;
        }
        messages.retried.addAll(batch);
        messages.ended.clear();
    }

    /** Lets a batch be tried by halves, the first one first. */
    private static void split(List<PendingMessage> batch) {
        int half = (batch.size() + 1) / 2;
        Object first = new Object();
        Object second = new Object();
        for (int i = 0; i < batch.size(); i++) {
            batch.get(i).batchPart = i < half ? first : second;
        }
    }

    private void retryLater(Failed messages) {
        List<PendingMessage> retried = messages.retried;
        if (retried.isEmpty()) {
            return;
        }
        if (messages.delay == 0) {
            retried.forEach(queue::unhold);
            return;
        }
        try {
            component
                    .scheduler()
                    .schedule(() -> retryNow(retried), messages.delay, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("delivery:{} is shut down; messages stay with their source", target.name());
        }
    }

    private void retryNow(List<PendingMessage> messages) {
        synchronized (queue) {
            for (PendingMessage message : messages) {
                if (message.isHolding && !message.isRevoked) {
                    queue.unhold(message);
                }
            }
        }
        scheduler.pump();
    }
}
