package io.pachube.bridge.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

class RetryPolicyTest {

    private static final Failure REFUSED_CONNECTION =
            new Failure(Failure.Kind.UNREACHABLE, 0, null);
    private static final Failure TIMED_OUT = new Failure(Failure.Kind.UNANSWERED, 0, null);

    private long now;
    private final RetryPolicy policy =
            new RetryPolicy(
                    new RetryPolicy.Limits(
                            StatusList.parse("403,408,425,429,5xx"),
                            StatusList.parse("501"),
                            3,
                            Duration.ofMillis(100),
                            Duration.ofSeconds(10),
                            Duration.ofSeconds(30),
                            Duration.ofSeconds(60)),
                    () -> now);

    private static Failure status(int status) {
        return new Failure(Failure.Kind.ANSWERED, status, null);
    }

    /** One attempt that takes a second and fails. */
    private Verdict fail(Value value, Failure failure) {
        policy.begins(value);
        pass(1);
        return policy.failed(value, failure).verdict();
    }

    /** A value of another datastream, stored at once. */
    private void othersSucceed() {
        Value other = new Value("other");
        policy.begins(other);
        policy.succeeded(other);
    }

    private void pass(long seconds) {
        now += Duration.ofSeconds(seconds).toNanos();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 404, 406, 410, 422, 301, 501})
    void whatCannotSucceedIsRefusedAtOnce(int status) {
        assertEquals(Verdict.REFUSE, fail(new Value("a"), status(status)));
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 425, 429, 500, 502, 503, 504})
    void whatMaySucceedLaterIsRetried(int status) {
        assertEquals(Verdict.RETRY, fail(new Value("a"), status(status)));
    }

    @Test
    void aForbiddenValueIsTriedThriceAndItsLaneOnceThen() {
        Value value = new Value("a");
        assertEquals(Verdict.RETRY, fail(value, status(403)));
        assertEquals(Verdict.RETRY, fail(value, status(403)));
        assertEquals(Verdict.REFUSE, fail(value, status(403)));
        assertEquals(Verdict.REFUSE, fail(new Value("a"), status(403)));
        assertEquals(Verdict.RETRY, fail(new Value("b"), status(403)));
    }

    @Test
    void inAnOutageAValueIsHeldWithoutEnd() {
        othersSucceed();
        pass(100);
        Value value = new Value("a");
        for (int hour = 0; hour < 24; hour++) {
            assertEquals(Verdict.RETRY, fail(value, TIMED_OUT));
            assertEquals(Verdict.RETRY, fail(value, REFUSED_CONNECTION));
            assertEquals(Verdict.RETRY, fail(value, status(503)));
            assertTrue(policy.isOutage());
            pass(3600);
        }
    }

    @Test
    void whatEndsAnOutageForOneEndsItForAll() {
        Value value = new Value("a");
        fail(value, REFUSED_CONNECTION);
        assertTrue(policy.isOutage());
        othersSucceed();
        assertFalse(policy.isOutage());
    }

    @Test
    void aValueThatFailsWhilePachubeIsUpIsGivenUpAfterItsTime() {
        Value value = new Value("a");
        assertEquals(Verdict.RETRY, fail(value, status(500)));
        pass(30);
        assertEquals(Verdict.RETRY, fail(value, status(500)));
        pass(30);
        assertEquals(Verdict.GIVE_UP, fail(value, status(500)));
    }

    @Test
    void theGiveUpClockStandsStillInAnOutage() {
        Value value = new Value("a");
        assertEquals(Verdict.RETRY, fail(value, status(500)));
        pass(30);
        assertEquals(Verdict.RETRY, fail(value, REFUSED_CONNECTION));
        pass(3600);
        assertEquals(Verdict.RETRY, fail(value, status(500)));
        pass(15);
        assertEquals(Verdict.RETRY, fail(value, status(500)));
        pass(30);
        assertEquals(Verdict.GIVE_UP, fail(value, status(500)));
    }

    @Test
    void outagesOneAfterTheOtherLoseNothing() {
        Value value = new Value("a");
        for (int i = 0; i < 20; i++) {
            Value other = new Value("b");
            assertEquals(Verdict.RETRY, fail(value, REFUSED_CONNECTION));
            assertEquals(Verdict.RETRY, fail(other, REFUSED_CONNECTION));
            pass(600);
            othersSucceed();
            pass(1);
        }
    }

    @Test
    void oneDatastreamThatNeverGetsAnAnswerDoesNotHoldTheOthersForGood() {
        Value bad = new Value("bad");
        policy.begins(bad);
        pass(8);
        othersSucceed();
        pass(2);
        assertEquals(Verdict.RETRY, policy.failed(bad, TIMED_OUT).verdict());
        // from here on its values fill the window: no other value comes, and none succeeds
        Verdict verdict = Verdict.RETRY;
        for (int i = 0; i < 20 && verdict == Verdict.RETRY; i++) {
            pass(10);
            verdict = fail(bad, TIMED_OUT);
        }
        assertEquals(Verdict.GIVE_UP, verdict);
        assertEquals(Verdict.GIVE_UP, fail(new Value("bad"), TIMED_OUT));
    }

    @Test
    void whatWasAnsweredJustBeforePachubeWentAwayProvesNothing() {
        Value value = new Value("a");
        policy.begins(value);
        othersSucceed();
        pass(10);
        policy.failed(value, TIMED_OUT);
        assertTrue(policy.isOutage());
    }

    @Test
    void aSuspectLaneGetsOneAttemptEachUntilOneSucceeds() {
        giveUp("a");
        assertEquals(Verdict.GIVE_UP, fail(new Value("a"), status(500)));
        Value good = new Value("a");
        policy.begins(good);
        policy.succeeded(good);
        assertEquals(Verdict.RETRY, fail(new Value("a"), status(500)));
    }

    @Test
    void aSuspectLaneIsHeldInAnOutageAsAllAre() {
        giveUp("a");
        assertEquals(Verdict.RETRY, fail(new Value("a"), REFUSED_CONNECTION));
        giveUp("b");
        assertEquals(Verdict.RETRY, fail(new Value("b"), status(503)));
    }

    private void giveUp(String lane) {
        Value value = new Value(lane);
        fail(value, status(500));
        pass(61);
        assertEquals(Verdict.GIVE_UP, fail(value, status(500)));
    }

    @Test
    void delaysDoubleUpToTheirCapWithSomeJitter() {
        Value value = new Value("a");
        long expected = 100;
        for (int i = 0; i < 30; i++) {
            long delay = policy.failed(value, REFUSED_CONNECTION).delayMillis();
            assertTrue(delay <= expected && delay >= expected * 3 / 4, expected + " " + delay);
            expected = Math.min(expected * 2, 10_000);
        }
    }

    @Test
    void retryAfterIsObeyedUpToItsCap() {
        Value value = new Value("a");
        assertEquals(20_000, after(value, 20));
        assertEquals(30_000, after(value, 3600));
        assertTrue(after(value, 0) > 0);
    }

    private long after(Value value, long seconds) {
        Failure failure = new Failure(Failure.Kind.ANSWERED, 429, Duration.ofSeconds(seconds));
        return policy.failed(value, failure).delayMillis();
    }
}
