package io.pachube.bridge.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;

class HistoryPagerTest {

    private static final HistoryPager.Limits LIMITS =
            new HistoryPager.Limits(Duration.ofDays(1), 10_000);
    private static final Instant BEGIN = Instant.parse("2012-01-01T00:00:00.123456Z");

    private final PachubeModel pachube = new PachubeModel();

    private static Instant second(long s) {
        return BEGIN.plusSeconds(s);
    }

    private void write(long... seconds) {
        for (long s : seconds) {
            pachube.points.put(second(s), "" + s);
        }
    }

    private static HistoryPager since(long s) {
        return HistoryPager.since(second(s), true, false, LIMITS);
    }

    private static List<String> values(List<HistoryPager.Point> points) {
        return points.stream().map(HistoryPager.Point::value).toList();
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(i -> "" + i).toList();
    }

    @Test
    void whatIsNewerIsPublishedInOrderWithOneRequest() {
        write(0, 1, 2, 3);
        HistoryPager pager = since(1);

        assertEquals(
                "start=2012-01-01T00:00:01.123456Z&duration=6hours&interval=0&limit=1000",
                pager.query());
        assertEquals(List.of("2", "3"), values(pachube.ask(pager)));
        assertEquals(second(3), pager.cursor());
        assertEquals(1, pachube.requests);
    }

    @Test
    void whereNothingIsNewerNothingIs() {
        write(0, 1);

        assertEquals(List.of(), pachube.ask(since(1)));
        assertEquals(List.of(), pachube.ask(since(2)));
        assertEquals(
                List.of("1"),
                values(pachube.ask(HistoryPager.since(second(1), true, true, LIMITS))),
                "but again, where that is wanted");
    }

    @Test
    void whatIsKnownAlreadyIsNotAskedFor() {
        write(0, 1);
        HistoryPager current = HistoryPager.since(second(1), false, true, LIMITS);

        assertNull(current.query());
        assertEquals(List.of("1"), values(current.selectNew(pachube.answer(null))));
        assertTrue(current.isDone());
        assertEquals(0, pachube.requests);

        HistoryPager behind = HistoryPager.since(second(0), false, true, LIMITS);
        assertEquals(List.of("1"), values(pachube.ask(behind)));
        assertEquals(1, pachube.requests);
    }

    @Test
    void moreThanAPageTakesSeveralRequests() {
        write(IntStream.rangeClosed(0, 2_500).asLongStream().toArray());

        assertEquals(numbers(1, 2_500), values(pachube.ask(since(0))));
        assertEquals(3, pachube.requests);
    }

    @Test
    void whoIgnoresTheLimitIsAskedMoreOften() {
        pachube.limit = 100;
        write(IntStream.rangeClosed(0, 250).asLongStream().toArray());

        assertEquals(numbers(1, 250), values(pachube.ask(since(0))));
    }

    @Test
    void aGapIsSteppedOverWindowByWindow() {
        write(0, 3_600 * 6, 3_600 * 15, 3_600 * 15 + 1);

        assertEquals(List.of("21600", "54000", "54001"), values(pachube.ask(since(0))));
    }

    @Test
    void whatIsOlderThanTheReachIsPassedOver() {
        write(0, 10, 3_600 * 40, 3_600 * 50);
        HistoryPager pager = since(0);

        assertEquals(List.of("144000", "180000"), values(pachube.ask(pager)));
        assertTrue(pager.skippedOlder());
        assertFalse(since(10).skippedOlder());
    }

    @Test
    void noMoreThanTheMostAreTakenAtOnceAndTheRestFollows() {
        write(IntStream.rangeClosed(0, 25).asLongStream().toArray());
        HistoryPager.Limits few = new HistoryPager.Limits(Duration.ofDays(1), 10);

        HistoryPager first = HistoryPager.since(second(0), true, false, few);
        assertEquals(numbers(1, 10), values(pachube.ask(first)));
        assertEquals(second(10), first.cursor());
        assertEquals(
                numbers(11, 20),
                values(pachube.ask(HistoryPager.since(first.cursor(), true, false, few))));
    }

    @Test
    void whereNothingWasAllIsPublished() {
        HistoryPager nothing = HistoryPager.startAtCurrent(true, null, LIMITS);
        assertEquals(List.of(), pachube.ask(nothing));
        assertNull(nothing.cursor());

        write(0, 1, 2);
        assertEquals(
                List.of("0", "1", "2"),
                values(pachube.ask(HistoryPager.since(nothing.cursor(), true, false, LIMITS))));
    }

    @Test
    void aNewOneBeginsWithTheCurrentValue() {
        write(0, 1, 2);
        HistoryPager mirror = HistoryPager.startAtCurrent(true, null, LIMITS);
        assertEquals(List.of("2"), values(pachube.ask(mirror)));
        assertEquals(second(2), mirror.cursor());

        HistoryPager silent = HistoryPager.startAtCurrent(false, null, LIMITS);
        assertEquals(List.of(), pachube.ask(silent));
        assertEquals(second(2), silent.cursor());
        assertEquals(0, pachube.requests, "without history");
    }

    @Test
    void whatWasNotifiedIsPublishedAtLeast() {
        assertEquals(
                List.of("7"),
                values(pachube.ask(HistoryPager.startAtCurrent(true, "7", LIMITS))),
                "unknown");
        write(0, 1, 2);
        assertEquals(
                List.of("1", "2"),
                values(pachube.ask(HistoryPager.startAtCurrent(true, "1", LIMITS))));
        assertEquals(
                List.of("2"), values(pachube.ask(HistoryPager.startAtCurrent(true, "2", LIMITS))));
    }

    @Test
    void aValueThatIsInNoHistoryIsPublishedAllTheSame() {
        write(0, 1);
        PachubeModel forgetful = new PachubeModel();
        forgetful.points.put(second(0), "0");
        HistoryPager pager = since(0);
        for (int i = 0; !pager.isDone() && i < 10; i++) {
            var answer = pachube.answer(pager.query());
            answer.set("datapoints", forgetful.answer(pager.query()).get("datapoints"));
            List<HistoryPager.Point> points = pager.selectNew(answer);
            if (pager.isDone()) {
                assertEquals(List.of("1"), values(points));
            }
        }
        assertTrue(pager.isDone());
    }

    @Test
    void whatIsNoDatapointIsPassedOver() throws Exception {
        write(0, 5);
        HistoryPager pager = since(0);
        var answer = pachube.answer(pager.query());
        answer.withArray("datapoints").add("x").addObject().put("at", "yesterday").put("value", 1);
        answer.withArray("datapoints").addObject().put("value", "2");

        assertEquals(List.of("5"), values(pager.selectNew(answer)));
    }
}
