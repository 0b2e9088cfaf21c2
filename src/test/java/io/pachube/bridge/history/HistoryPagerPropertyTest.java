package io.pachube.bridge.history;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Whatever the gaps between datapoints, and however the answers are cut. */
class HistoryPagerPropertyTest {

    private static final Instant BEGIN = Instant.parse("2012-01-01T00:00:00Z");

    @Property
    void eachDatapointWithinReachIsPublishedOnceAndInOrder(
            @ForAll @Size(max = 60) List<@LongRange(min = 1, max = 60_000) Long> gaps,
            @ForAll @IntRange(max = 60) int delivered,
            @ForAll @IntRange(min = 2, max = 20) int page,
            @ForAll @IntRange(min = 1, max = 40) int most,
            @ForAll @IntRange(min = 1, max = 48) int reachHours)
            throws Exception {
        PachubeModel pachube = new PachubeModel();
        pachube.limit = page;
        Instant at = BEGIN;
        pachube.points.put(at, "0");
        for (int i = 0; i < gaps.size(); i++) {
            // mostly seconds, sometimes half a day
            at = at.plusSeconds(gaps.get(i) % 7 == 0 ? gaps.get(i) : gaps.get(i) % 100 + 1);
            pachube.points.put(at, "" + (i + 1));
        }
        List<Instant> times = List.copyOf(pachube.points.keySet());
        Instant last = times.get(Math.min(delivered, times.size() - 1));
        Duration reach = Duration.ofHours(reachHours);
        Instant floor = at.minus(reach);
        List<Instant> expected =
                times.stream().filter(t -> t.isAfter(last) && !t.isBefore(floor)).toList();

        List<Instant> published = new ArrayList<>();
        Instant done = last;
        do {
            HistoryPager pager =
                    HistoryPager.since(done, true, false, new HistoryPager.Limits(reach, most));
            pachube.ask(pager).forEach(p -> published.add(p.at()));
            done = pager.cursor();
        } while (done.isBefore(at));
        assertEquals(expected, published);
    }
}
