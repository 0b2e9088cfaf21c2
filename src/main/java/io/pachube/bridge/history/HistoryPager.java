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
 * Pages through the history of a datastream: selects the datapoints that are newer than the cursor,
 * up to the current value, window by window and page by page (contract, 3.3), and builds the query
 * for the next page. It depends on nothing but Pachube's answers; all times are Pachube's.
 *
 * <p>Not thread safe.
 */
final class HistoryPager {

    /** The longest window in which Pachube returns every datapoint. */
    static final Duration WINDOW = Duration.ofHours(6);

    /** The most datapoints in one answer. */
    private static final int PAGE_SIZE = 1000;

    /** A datapoint; {@code at} is null if its time is not known. */
    record Point(Instant at, String value) {}

    /**
     * Limits of one task.
     *
     * @param maxAge datapoints that are older than the current value by more are skipped
     * @param maxDatapoints most datapoints; the next task publishes the rest
     */
    record Limits(Duration maxAge, int maxDatapoints) {}

    private final Limits limits;
    private final boolean startAtCurrent;
    private final boolean republishCurrent;
    private final String notifiedValue;
    private Instant cursor;

    /** Start of the next window; null: the next request is without history. */
    private Instant from;

    /** Older datapoints are skipped; null: not known yet. */
    private Instant oldestAllowed;

    private int published;
    private boolean skippedOlder;
    private boolean done;

    private HistoryPager(
            Instant cursor,
            Instant from,
            boolean startAtCurrent,
            boolean republishCurrent,
            String notifiedValue,
            Limits limits) {
        this.cursor = cursor;
        this.from = from;
        this.startAtCurrent = startAtCurrent;
        this.republishCurrent = republishCurrent;
        this.notifiedValue = notifiedValue;
        this.limits = limits;
    }

    /**
     * Returns a pager that continues behind a cursor.
     *
     * @param cursor the time of the last datapoint published; null: none was
     * @param needsRequest begins with a request; otherwise with the datastream as it is known
     * @param republishCurrent publishes the current value again if there is nothing newer
     */
    static HistoryPager since(
            Instant cursor, boolean needsRequest, boolean republishCurrent, Limits limits) {
        return new HistoryPager(
                cursor, needsRequest ? cursor : null, false, republishCurrent, null, limits);
    }

    /**
     * Returns a pager that starts at the current value.
     *
     * @param republishCurrent publishes the current value
     * @param notifiedValue a value that is published before it, if it is another one; null: none
     */
    static HistoryPager startAtCurrent(
            boolean republishCurrent, String notifiedValue, Limits limits) {
        return new HistoryPager(null, null, true, republishCurrent, notifiedValue, limits);
    }

    /** Returns true if there is no further page. */
    boolean isDone() {
        return done;
    }

    /** Returns the time of the last datapoint selected; null: there was none. */
    Instant cursor() {
        return cursor;
    }

    /** Returns true if datapoints may have been skipped because of their age. */
    boolean skippedOlder() {
        return skippedOlder;
    }

    /** Returns the query of the next page; null: the datastream without history. */
    String query() {
        return from == null
                ? null
                : "start="
                        + PachubeTime.format(from)
                        + "&duration="
                        + WINDOW.toHours()
                        + "hours&interval=0&limit="
                        + PAGE_SIZE;
    }

    /**
     * Reads a page.
     *
     * @param datastream as Pachube returns it (contract, 3.1)
     * @return the datapoints to be published, oldest first
     */
    List<Point> selectNew(JsonNode datastream) {
        Instant newest = PachubeTime.parse(datastream.path("at"));
        JsonNode value = datastream.path("current_value");
        if (newest == null || !value.isValueNode() || value.isNull()) {
            done = true;
            return notifiedValue == null ? List.of() : List.of(new Point(null, notifiedValue));
        }
        Point current = new Point(newest, value.asText());
        if (startAtCurrent) {
            return begin(current);
        }
        if (cursor != null && !cursor.isBefore(newest)) {
            done = true;
            return republishCurrent && published == 0 ? List.of(current) : List.of();
        }
        oldestAllowed = oldestAllowed == null ? newest.minus(limits.maxAge) : oldestAllowed;
        if (from == null || from.isBefore(oldestAllowed)) {
            skippedOlder |= cursor != null && cursor.isBefore(oldestAllowed);
            from = cursor == null || cursor.isBefore(oldestAllowed) ? oldestAllowed : cursor;
            return List.of();
        }
        return newer(current, datastream.path("datapoints"));
    }

    private List<Point> begin(Point current) {
        done = true;
        cursor = current.at;
        List<Point> points = new ArrayList<>();
        if (notifiedValue != null && !notifiedValue.equals(current.value)) {
            points.add(new Point(null, notifiedValue));
        }
        if (republishCurrent) {
            points.add(current);
        }
        return points;
    }

    private List<Point> newer(Point current, JsonNode history) {
        NavigableMap<Instant, Point> newer = new TreeMap<>();
        for (JsonNode each : history) {
            Instant at = PachubeTime.parse(each.path("at"));
            if (at != null && (cursor == null || at.isAfter(cursor)) && !at.isAfter(current.at)) {
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
        List<Point> points =
                newer.values().stream().limit(limits.maxDatapoints - published).toList();
        if (!points.isEmpty()) {
            published += points.size();
            cursor = points.get(points.size() - 1).at;
            from = cursor;
            done = published == limits.maxDatapoints || !cursor.isBefore(current.at);
        }
        return points;
    }
}
