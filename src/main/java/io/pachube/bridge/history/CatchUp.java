package io.pachube.bridge.history;

import com.fasterxml.jackson.databind.JsonNode;

import io.pachube.bridge.pachube.PachubeTime;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Which datapoints of a datastream are to be published, and what is to be asked for them: all that
 * are newer than the one published last, up to the current value, window by window and page by page
 * (contract, 3.3). It depends on nothing but Pachube's answers; all times are Pachube's.
 *
 * <p>Not thread safe.
 */
final class CatchUp {

    /** The longest window in which Pachube gives every datapoint. */
    static final Duration WINDOW = Duration.ofHours(6);

    /** The most datapoints that one answer holds. */
    private static final int PAGE = 1000;

    /** A datapoint; {@code at} is null where its time is not known. */
    record Point(Instant at, String value) {}

    /**
     * How much one goes back, and how much it publishes.
     *
     * @param reach what is older than the current value by more is passed over
     * @param most datapoints, at once; the rest is left to the next one
     */
    record Limits(Duration reach, int most) {}

    private final Limits limits;
    private final boolean fromNow;
    private final boolean again;
    private final String notified;
    private Instant last;

    /** Where the next window begins; null: it is not to be asked for history. */
    private Instant from;

    /** What is older is passed over; null: not known yet. */
    private Instant floor;

    private int published;
    private boolean passesOver;
    private boolean done;

    private CatchUp(
            Instant last,
            Instant from,
            boolean fromNow,
            boolean again,
            String notified,
            Limits limits) {
        this.last = last;
        this.from = from;
        this.fromNow = fromNow;
        this.again = again;
        this.notified = notified;
        this.limits = limits;
    }

    /**
     * One that goes on where another one has ended.
     *
     * @param last the time of the datapoint that was published last; null: there was none
     * @param asks it begins with a request; otherwise with what is known of the datastream
     * @param again if there is nothing newer, the current value is published once more
     */
    static CatchUp since(Instant last, boolean asks, boolean again, Limits limits) {
        return new CatchUp(last, asks ? last : null, false, again, null, limits);
    }

    /**
     * One that begins with the current value.
     *
     * @param again the current value is published
     * @param notified a value that is published before it, if it is another one; null: none
     */
    static CatchUp fromNow(boolean again, String notified, Limits limits) {
        return new CatchUp(null, null, true, again, notified, limits);
    }

    /** Nothing more is to be asked. */
    boolean isDone() {
        return done;
    }

    /** The time of the last one that was to be published; null: there was none. */
    Instant last() {
        return last;
    }

    /** Whether there may be some that are older than one goes back. */
    boolean passesOver() {
        return passesOver;
    }

    /** The query to ask with; null: for the datastream as it is, without history. */
    String query() {
        return from == null
                ? null
                : "start="
                        + PachubeTime.format(from)
                        + "&duration="
                        + WINDOW.toHours()
                        + "hours&interval=0&limit="
                        + PAGE;
    }

    /**
     * Takes an answer.
     *
     * @param datastream as Pachube gives it (contract, 3.1)
     * @return what is to be published, oldest first
     */
    List<Point> points(JsonNode datastream) {
        Instant newest = PachubeTime.parse(datastream.path("at"));
        JsonNode value = datastream.path("current_value");
        if (newest == null || !value.isValueNode() || value.isNull()) {
            done = true;
            return notified == null ? List.of() : List.of(new Point(null, notified));
        }
        Point current = new Point(newest, value.asText());
        if (fromNow) {
            return begin(current);
        }
        if (last != null && !last.isBefore(newest)) {
            done = true;
            return again && published == 0 ? List.of(current) : List.of();
        }
        floor = floor == null ? newest.minus(limits.reach) : floor;
        if (from == null || from.isBefore(floor)) {
            passesOver |= last != null && last.isBefore(floor);
            from = last == null || last.isBefore(floor) ? floor : last;
            return List.of();
        }
        return newer(current, datastream.path("datapoints"));
    }

    private List<Point> begin(Point current) {
        done = true;
        last = current.at;
        List<Point> points = new ArrayList<>();
        if (notified != null && !notified.equals(current.value)) {
            points.add(new Point(null, notified));
        }
        if (again) {
            points.add(current);
        }
        return points;
    }

    private List<Point> newer(Point current, JsonNode history) {
        NavigableMap<Instant, Point> newer = new TreeMap<>();
        for (JsonNode each : history) {
            Instant at = PachubeTime.parse(each.path("at"));
            if (at != null && (last == null || at.isAfter(last)) && !at.isAfter(current.at)) {
                newer.put(at, new Point(at, each.path("value").asText()));
            }
        }
        if (newer.isEmpty()) {
            from = from.plus(WINDOW);
            if (from.isAfter(current.at)) {
                // it is in no history
                newer.put(current.at, current);
            }
        }
        List<Point> points = newer.values().stream().limit(limits.most - published).toList();
        if (!points.isEmpty()) {
            published += points.size();
            last = points.get(points.size() - 1).at;
            from = last;
            done = published == limits.most || !last.isBefore(current.at);
        }
        return points;
    }
}
