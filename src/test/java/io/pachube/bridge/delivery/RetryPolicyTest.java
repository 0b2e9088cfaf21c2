package io.pachube.bridge.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.delivery.RequestFailure.Kind;
import io.pachube.bridge.delivery.RetryDecision.Outcome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

class RetryPolicyTest {

    private static final RequestFailure REFUSED_CONNECTION =
            new RequestFailure(Kind.NO_CONNECTION, 0, null);
    private static final RequestFailure TIMED_OUT = new RequestFailure(Kind.NO_RESPONSE, 0, null);
    private static final RequestFailure OTHER = new RequestFailure(Kind.OTHER, 0, null);
    private static final RequestFailure LOCAL = new RequestFailure(Kind.LOCAL, 0, null);

    private long now;
    private final RetryPolicy policy =
            new RetryPolicy(
                    "test",
                    new RetrySettings(
                            HttpStatusSet.parse("403,408,425,429,5xx"),
                            HttpStatusSet.parse("501"),
                            3,
                            Duration.ofMillis(100),
                            Duration.ofSeconds(10),
                            Duration.ofSeconds(30),
                            Duration.ofSeconds(60),
                            Duration.ofSeconds(10)),
                    () -> now);

    private static RequestFailure status(int status) {
        return status(status, null);
    }

    private static RequestFailure status(int status, Duration retryAfter) {
        return new RequestFailure(
                RequestFailure.isUnavailable(status) ? Kind.NO_RESPONSE : Kind.HTTP_ERROR,
                status,
                retryAfter);
    }

    /** One attempt that takes a second and fails. */
    private Outcome fail(RetryState message, RequestFailure failure) {
        return decide(message, failure).outcome();
    }

    private RetryDecision decide(RetryState message, RequestFailure failure) {
        policy.onAttempt(message);
        long began = now;
        pass(1);
        if (failure.kind() == Kind.HTTP_ERROR) {
            policy.onEvidence(message.orderingKey, began);
        }
        return policy.onFailure(message, failure);
    }

    private void succeed(String key) {
        RetryState message = new RetryState(key);
        policy.onAttempt(message);
        policy.onEvidence(key, now);
        policy.onSuccess(message);
    }

    /** A message of another ordering key is delivered at once. */
    private void othersSucceed() {
        succeed("other");
    }

    private void pass(long seconds) {
        now += Duration.ofSeconds(seconds).toNanos();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 404, 406, 410, 422, 301, 501})
    void aStatusThatCannotSucceedIsRejectedAtOnce(int status) {
        assertEquals(Outcome.REJECT, fail(new RetryState("a"), status(status)));
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 425, 429, 500, 502, 503, 504})
    void aStatusThatMaySucceedLaterIsRetried(int status) {
        assertEquals(Outcome.RETRY, fail(new RetryState("a"), status(status)));
    }

    @Test
    void anInvalidMessageIsRejectedAtOnceInAnOutageToo() {
        RequestFailure invalid = new RequestFailure(Kind.INVALID, 0, null);
        assertEquals(Outcome.REJECT, fail(new RetryState("a"), invalid));
        fail(new RetryState("b"), REFUSED_CONNECTION);
        assertEquals(Outcome.REJECT, fail(new RetryState("a"), invalid));
        assertTrue(policy.isOutage());
    }

    @Test
    void anyOtherFailureIsRetriedUntilTheTimeout() {
        RetryState message = new RetryState("a");
        assertEquals(Outcome.RETRY, fail(message, OTHER));
        pass(30);
        assertEquals(Outcome.RETRY, fail(message, OTHER));
        pass(30);
        assertEquals(Outcome.ABANDON, fail(message, OTHER));
        assertFalse(policy.isOutage());
        assertFalse(policy.hasEvidence());
    }

    @Test
    void aForbiddenMessageHasThreeAttemptsAndItsKeyOneThen() {
        RetryState message = new RetryState("a");
        assertEquals(Outcome.RETRY, fail(message, status(403)));
        assertEquals(Outcome.RETRY, fail(message, status(403)));
        assertEquals(Outcome.REJECT, fail(message, status(403)));
        assertEquals(Outcome.REJECT, fail(new RetryState("a"), status(403)));
        assertEquals(Outcome.RETRY, fail(new RetryState("b"), status(403)));
        succeed("a");
        assertEquals(Outcome.RETRY, fail(new RetryState("a"), status(403)));
    }

    @Test
    void inAnOutageAMessageIsRetriedWithoutEnd() {
        othersSucceed();
        pass(100);
        RetryState message = new RetryState("a");
        for (int hour = 0; hour < 24; hour++) {
            assertEquals(Outcome.RETRY, fail(message, TIMED_OUT));
            assertEquals(Outcome.RETRY, fail(message, REFUSED_CONNECTION));
            assertEquals(Outcome.RETRY, fail(message, status(503)));
            assertTrue(policy.isOutage());
            pass(3600);
        }
    }

    @Test
    void evidenceForOneEndsAnOutageForAll() {
        RetryState message = new RetryState("a");
        fail(message, REFUSED_CONNECTION);
        assertTrue(policy.isOutage());
        othersSucceed();
        assertFalse(policy.isOutage());
    }

    @Test
    void theAnswerToAProbeEndsAnOutage() {
        fail(new RetryState("a"), TIMED_OUT);
        assertTrue(policy.isOutage());
        policy.onEvidence(null, 0);
        assertFalse(policy.isOutage());
        assertTrue(policy.hasEvidence());
    }

    @Test
    void aMessageThatFailsWhileTheTargetIsUpIsAbandonedAfterItsTime() {
        RetryState message = new RetryState("a");
        assertEquals(Outcome.RETRY, fail(message, status(500)));
        pass(30);
        assertEquals(Outcome.RETRY, fail(message, status(500)));
        pass(30);
        assertEquals(Outcome.ABANDON, fail(message, status(500)));
    }

    @Test
    void theLastAttemptBeginsBeforeTheTimeout() {
        RetryState message = new RetryState("a");
        for (int i = 0; i < 100; i++) {
            RetryDecision decision = decide(message, status(500));
            if (decision.outcome() == Outcome.ABANDON) {
                assertTrue(i > 6, i + " attempts");
                return;
            }
            now += decision.delayNanos();
            assertTrue(
                    now < Duration.ofSeconds(60).toNanos(), "an attempt after " + now / 1e9 + " s");
        }
        throw new AssertionError("never abandoned");
    }

    @Test
    void theRetryClockStandsStillInAnOutage() {
        RetryState message = new RetryState("a");
        assertEquals(Outcome.RETRY, fail(message, status(500)));
        pass(30);
        assertEquals(Outcome.RETRY, fail(message, REFUSED_CONNECTION));
        pass(3600);
        assertEquals(Outcome.RETRY, fail(message, status(500)));
        pass(15);
        assertEquals(Outcome.RETRY, fail(message, status(500)));
        pass(30);
        assertEquals(Outcome.ABANDON, fail(message, status(500)));
    }

    @Test
    void outagesOneAfterTheOtherLoseNothing() {
        RetryState message = new RetryState("a");
        for (int i = 0; i < 20; i++) {
            RetryState other = new RetryState("b");
            assertEquals(Outcome.RETRY, fail(message, REFUSED_CONNECTION));
            assertEquals(Outcome.RETRY, fail(other, REFUSED_CONNECTION));
            pass(600);
            othersSucceed();
            pass(1);
        }
    }

    /** Evidence (a) from those behind it, (b) from the probe. */
    @Test
    void oneKeyThatIsNeverAnsweredDoesNotHoldTheOthersForGood() {
        RetryState bad = new RetryState("bad");
        policy.onAttempt(bad);
        pass(8);
        othersSucceed();
        pass(2);
        assertEquals(Outcome.RETRY, policy.onFailure(bad, TIMED_OUT).outcome());
        // from here on its values fill the window: no other value comes, and none succeeds
        Outcome outcome = Outcome.RETRY;
        for (int i = 0; i < 20 && outcome == Outcome.RETRY; i++) {
            pass(2);
            policy.onAttempt(bad);
            pass(6);
            assertTrue(policy.wantsProbe(now - Duration.ofSeconds(6).toNanos()));
            policy.onEvidence(null, 0);
            pass(4);
            outcome = policy.onFailure(bad, TIMED_OUT).outcome();
        }
        assertEquals(Outcome.ABANDON, outcome);
    }

    @Test
    void withoutEvidenceOfAnotherKeyTheClockStands() {
        RetryState bad = new RetryState("bad");
        for (int i = 0; i < 100; i++) {
            policy.onAttempt(bad);
            pass(1);
            policy.onEvidence("bad", now); // a proxy, or an earlier attempt of the same key
            policy.onEvidence(null, 0); // a probe
            pass(9);
            assertEquals(Outcome.RETRY, policy.onFailure(bad, TIMED_OUT).outcome());
            pass(10);
        }
    }

    @Test
    void withoutEvidenceSinceItsAttemptBeganTheClockStands() {
        RetryState bad = new RetryState("bad");
        policy.onAttempt(bad);
        pass(1);
        othersSucceed();
        for (int i = 0; i < 100; i++) {
            pass(9);
            assertEquals(Outcome.RETRY, policy.onFailure(bad, TIMED_OUT).outcome());
            pass(1);
            policy.onAttempt(bad);
        }
        assertTrue(policy.isOutage());
    }

    @Test
    void anAttemptThatBeganBeforeIsNoEvidenceForAMessage() {
        long before = now;
        pass(1);
        RetryState bad = new RetryState("bad");
        for (int i = 0; i < 100; i++) {
            policy.onAttempt(bad);
            pass(10);
            policy.onEvidence("other", before);
            assertEquals(Outcome.RETRY, policy.onFailure(bad, TIMED_OUT).outcome());
        }
    }

    @Test
    void anAnswerJustBeforeTheServerStoppedProvesNothing() {
        RetryState message = new RetryState("a");
        policy.onAttempt(message);
        othersSucceed();
        pass(10);
        policy.onFailure(message, TIMED_OUT);
        assertTrue(policy.isOutage());
    }

    @Test
    void noConnectionIsAnOutageWhateverWasAnsweredJustBefore() {
        othersSucceed();
        assertEquals(Outcome.RETRY, fail(new RetryState("a"), REFUSED_CONNECTION));
        assertTrue(policy.isOutage());
    }

    @Test
    void aKeyOnProbationGetsOneAttemptAMessage() {
        abandon("a");
        assertEquals(1, policy.probationKeys());
        assertEquals(Outcome.ABANDON, fail(new RetryState("a"), status(500)));
        assertEquals(Outcome.RETRY, fail(new RetryState("b"), status(500)));
        succeed("a");
        assertEquals(0, policy.probationKeys());
        assertEquals(Outcome.RETRY, fail(new RetryState("a"), status(500)));
    }

    @Test
    void aKeyOnProbationIsRetriedInAnOutageAsAllAre() {
        abandon("a");
        assertEquals(Outcome.RETRY, fail(new RetryState("a"), REFUSED_CONNECTION));
        abandon("b");
        assertEquals(Outcome.RETRY, fail(new RetryState("b"), status(503)));
    }

    @Test
    void aKeyOnProbationThatIsAnsweredIsNeverSuspended() {
        abandon("a");
        assertFalse(policy.isSuspended(new RetryState("a")));
    }

    private void abandon(String key) {
        RetryState message = new RetryState(key);
        fail(message, status(500));
        pass(61);
        assertEquals(Outcome.ABANDON, fail(message, status(500)));
    }

    @Test
    void aKeyThatIsNeverAnsweredGetsOneAttemptEveryMaxDelay() {
        RetryState bad = abandonUnanswered("bad");
        assertFalse(policy.isSuspended(bad), "it has failed attempts: its own retries go on");
        pass(1);
        RetryState next = new RetryState("bad");
        assertFalse(policy.isSuspended(next), "10 s have passed since its latest attempt");
        policy.onAttempt(next);
        pass(5);
        othersSucceed();
        assertTrue(policy.isSuspended(new RetryState("bad")));
        assertFalse(policy.isSuspended(new RetryState("other")));
        pass(4);
        assertEquals(Outcome.ABANDON, policy.onFailure(next, TIMED_OUT).outcome());
        assertTrue(policy.isSuspended(new RetryState("bad")), "9 s since its latest attempt");
        pass(1);
        assertFalse(policy.isSuspended(new RetryState("bad")), "10 s");
        succeed("bad");
        policy.onAttempt(new RetryState("bad"));
        assertFalse(policy.isSuspended(new RetryState("bad")), "off probation");
    }

    @Test
    void inAnOutageNoKeyIsSuspended() {
        abandonUnanswered("bad");
        policy.onAttempt(new RetryState("bad"));
        assertTrue(policy.isSuspended(new RetryState("bad")));
        fail(new RetryState("a"), REFUSED_CONNECTION);
        assertFalse(policy.isSuspended(new RetryState("bad")));
    }

    private RetryState abandonUnanswered(String key) {
        RetryState bad = new RetryState(key);
        Outcome outcome = Outcome.RETRY;
        for (int i = 0; i < 20 && outcome == Outcome.RETRY; i++) {
            policy.onAttempt(bad);
            pass(5);
            othersSucceed();
            pass(5);
            outcome = policy.onFailure(bad, TIMED_OUT).outcome();
        }
        assertEquals(Outcome.ABANDON, outcome);
        return bad;
    }

    @Test
    void a429DelaysItsAccountAndIsNoOutage() {
        RetryDecision decision = decide(new RetryState("a"), status(429, Duration.ofSeconds(20)));
        assertEquals(Outcome.RETRY, decision.outcome());
        assertEquals(Duration.ofSeconds(20).toNanos(), decision.accountDelayNanos());
        assertEquals(Duration.ofSeconds(20).toNanos(), decision.delayNanos());
        assertFalse(policy.isOutage());
        assertEquals(0, decide(new RetryState("b"), status(500)).accountDelayNanos());
    }

    @Test
    void oneAttemptFollowsARetryAfterThatOutlastsTheClock() {
        RetryState message = new RetryState("a");
        assertEquals(Outcome.RETRY, fail(message, status(500)));
        pass(58); // a second is left
        RequestFailure throttled = status(429, Duration.ofSeconds(30));
        RetryDecision decision = decide(message, throttled);
        assertEquals(Outcome.RETRY, decision.outcome());
        assertEquals(Duration.ofSeconds(30).toNanos(), decision.delayNanos());
        now += decision.delayNanos();
        assertEquals(Outcome.ABANDON, fail(message, throttled));
    }

    @Test
    void oneAttemptFollowsARetryAfterWhenTheClockHasRunOut() {
        RetryState message = new RetryState("a");
        assertEquals(Outcome.RETRY, fail(message, status(500)));
        pass(70);
        RequestFailure throttled = status(429, Duration.ofSeconds(5));
        assertEquals(Outcome.RETRY, fail(message, throttled));
        pass(5);
        assertEquals(Outcome.ABANDON, fail(message, throttled));
    }

    @Test
    void aThrottledMessageWaitsForItsTimeAndOneRetryAfterAtMost() {
        RetryState message = new RetryState("a");
        RequestFailure throttled = status(429, Duration.ofSeconds(25));
        RetryDecision decision = decide(message, throttled);
        while (decision.outcome() == Outcome.RETRY) {
            now += decision.delayNanos();
            decision = decide(message, throttled);
        }
        assertEquals(Outcome.ABANDON, decision.outcome());
        long most = Duration.ofSeconds(60 + 30 + 1).toNanos();
        assertTrue(now <= most, now / 1e9 + " s");
    }

    @Test
    void a429OfAKeyOnProbationIsRetried() {
        abandon("a");
        assertEquals(Outcome.RETRY, fail(new RetryState("a"), status(429, Duration.ofSeconds(5))));
    }

    @Test
    void aLocalFailureIsRetriedWithoutEndAndIsNoOutage() {
        RetryState message = new RetryState("a");
        for (int i = 0; i < 100; i++) {
            assertEquals(Outcome.RETRY, fail(message, LOCAL));
            pass(100);
            othersSucceed();
        }
        assertFalse(policy.isOutage());
        RetryState other = new RetryState("b");
        fail(other, LOCAL);
        pass(3600);
        assertEquals(Outcome.RETRY, fail(other, status(500)), "no clock ran");
    }

    @Test
    void aNestedDeliveryHasDecided() {
        assertEquals(
                Outcome.REJECT,
                fail(new RetryState("a"), new RequestFailure(Kind.NESTED_REJECTED, 0, null)));
        assertEquals(
                Outcome.ABANDON,
                fail(new RetryState("a"), new RequestFailure(Kind.NESTED_ABANDONED, 0, null)));
        assertFalse(policy.isOutage());
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"INVALID", "LOCAL", "NESTED_REJECTED", "NESTED_ABANDONED", "OTHER"})
    void aFailureOfTheRouteItselfNeitherBeginsNorEndsAnOutage(Kind kind) {
        RequestFailure failure = new RequestFailure(kind, 0, null);
        fail(new RetryState("a"), failure);
        assertFalse(policy.isOutage());
        fail(new RetryState("a"), REFUSED_CONNECTION);
        fail(new RetryState("a"), failure);
        assertTrue(policy.isOutage());
    }

    @Test
    void aProbeIsDueWhereNothingIsAnsweredAndNotTwiceAtOnce() {
        assertFalse(policy.wantsProbe(null));
        long began = now;
        pass(1);
        assertFalse(policy.wantsProbe(began), "the request is new");
        pass(10);
        assertTrue(policy.wantsProbe(began), "nothing is answered for a requestTimeout");
        assertFalse(policy.wantsProbe(began), "one was made just now");
        pass(10);
        assertTrue(policy.wantsProbe(began));
        policy.onEvidence(null, 0);
        pass(1);
        assertFalse(policy.wantsProbe(began), "it was answered");
    }

    @Test
    void aProbeIsDueAfterAFailureWithoutAnswerThoughNoRequestIsInFlight() {
        RetryState message = new RetryState("a");
        fail(message, TIMED_OUT);
        assertTrue(policy.wantsProbe(null));
        policy.onEvidence(null, 0);
        pass(100);
        assertFalse(policy.wantsProbe(null));
    }

    @Test
    void delaysDoubleUpToTheMaximumWithSomeJitter() {
        RetryState message = new RetryState("a");
        double expected = 100;
        for (int i = 0; i < 30; i++) {
            double delay = policy.onFailure(message, REFUSED_CONNECTION).delayNanos() / 1e6;
            assertTrue(delay <= expected && delay >= expected * 3 / 4, expected + " " + delay);
            expected = Math.min(expected * 2, 10_000);
        }
    }

    @Test
    void retryAfterIsHonouredUpToItsMaximum() {
        assertEquals(Duration.ofSeconds(20), after(Duration.ofSeconds(20)));
        assertEquals(Duration.ofSeconds(30), after(Duration.ofHours(1)));
        assertFalse(after(Duration.ZERO).isZero());
    }

    @Test
    void aRetryAfterOfAgesIsAsGoodAsTheMaximum() {
        assertEquals(Duration.ofSeconds(30), after(Duration.ofDays(3_000_000)));
    }

    private Duration after(Duration retryAfter) {
        return Duration.ofNanos(decide(new RetryState("a"), status(429, retryAfter)).delayNanos());
    }
}
