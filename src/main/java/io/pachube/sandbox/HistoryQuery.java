package io.pachube.sandbox;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.Map.Entry;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A query for history: a window, and which datapoints of it (contract, section 3.3).
 *
 * @param interval seconds between two datapoints; 0 gives every one
 * @param skip datapoints before the page asked for
 */
record HistoryQuery(
        Instant start,
        Instant end,
        long interval,
        boolean discrete,
        boolean previous,
        int skip,
        int limit) {
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1000;
    private static final Set<String> PARAMETERS =
            Set.of("start", "end", "duration", "interval", "limit", "find_previous");
    private static final Pattern DURATION =
            Pattern.compile("(\\d{1,9})\\s*(second|minute|hour|day|week|month|year)s?");

    /** Seconds between datapoints, and the longest window for them. */
    private static final NavigableMap<Long, Duration> WINDOWS =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry(0L, Duration.ofHours(6)),
                            Map.entry(30L, Duration.ofHours(12)),
                            Map.entry(60L, Duration.ofHours(24)),
                            Map.entry(300L, Duration.ofDays(5)),
                            Map.entry(900L, Duration.ofDays(14)),
                            Map.entry(1800L, Duration.ofDays(31)),
                            Map.entry(3600L, Duration.ofDays(31)),
                            Map.entry(10800L, Duration.ofDays(90)),
                            Map.entry(21600L, Duration.ofDays(180)),
                            Map.entry(43200L, Duration.ofDays(366)),
                            Map.entry(86400L, Duration.ofDays(366))));

    static boolean isAskedFor(Map<String, String> query) {
        return query.keySet().stream().anyMatch(PARAMETERS::contains);
    }

    static HistoryQuery of(Map<String, String> query, Instant now) {
        Entry<Long, Duration> window =
                WINDOWS.ceilingEntry(Math.min(86400, number(query, "interval", 0, 0)));
        Instant start = stamp(query, "start");
        Instant end = stamp(query, "end");
        String duration = query.get("duration");
        if (start == null) {
            end = end == null ? now : end;
            start = duration == null ? end.minus(window.getValue()) : shifted(end, duration, -1);
        } else if (end == null) {
            Instant longest = start.plus(window.getValue());
            end =
                    duration != null
                            ? shifted(start, duration, 1)
                            : now.isBefore(longest) ? now : longest;
        }
        if (Duration.between(start, end).compareTo(window.getValue()) > 0) {
            throw ApiException.invalid(
                    "The window is too long: at most "
                            + window.getValue().toHours()
                            + " hours at interval "
                            + window.getKey());
        }
        String size = query.containsKey("limit") ? "limit" : "per_page";
        int limit = (int) Math.min(MAX_LIMIT, number(query, size, DEFAULT_LIMIT, 1));
        long skip = (number(query, "page", 1, 1) - 1) * limit;
        return new HistoryQuery(
                start,
                end,
                window.getKey(),
                "discrete".equals(query.get("interval_type")),
                "true".equals(query.get("find_previous")),
                (int) Math.min(Integer.MAX_VALUE, skip),
                limit);
    }

    /** The range of a DELETE: it has no window, but must have a start or an end. */
    static Instant[] range(Map<String, String> query, Instant now) {
        Instant start = stamp(query, "start");
        Instant end = stamp(query, "end");
        String duration = query.get("duration");
        if (start == null && end == null) {
            throw ApiException.invalid("A start or an end must be given");
        }
        if (end == null) {
            end = duration == null ? now : shifted(start, duration, 1);
        } else if (start == null) {
            start = duration == null ? Instant.MIN : shifted(end, duration, -1);
        }
        return new Instant[] {start, end};
    }

    /** The chosen datapoints, oldest first: to go on, ask again from the last one's timestamp. */
    ArrayNode of(Datastream stream) {
        ArrayNode list = JsonFormat.array();
        if (start.isAfter(end)) {
            return list;
        }
        if (previous && skip == 0) {
            add(list, stream.points.lowerEntry(start));
        }
        NavigableMap<Instant, String> chosen =
                interval == 0
                        ? stream.points.subMap(start, true, end, true)
                        : sampled(stream.points);
        chosen.entrySet().stream().skip(skip).limit(limit).forEach(point -> add(list, point));
        return list;
    }

    /** At each boundary, counted from midnight, the last value stored before it. */
    private NavigableMap<Instant, String> sampled(NavigableMap<Instant, String> points) {
        NavigableMap<Instant, String> samples = new TreeMap<>();
        long first = Math.floorDiv(start.getEpochSecond() + interval - 1, interval) * interval;
        for (Instant boundary = Instant.ofEpochSecond(first);
                !boundary.isAfter(end);
                boundary = boundary.plusSeconds(interval)) {
            Entry<Instant, String> last = points.lowerEntry(boundary);
            if (last != null && discrete) {
                samples.put(boundary, last.getValue());
            } else if (last != null && !last.getKey().isBefore(start)) {
                samples.put(last.getKey(), last.getValue());
            }
        }
        return samples;
    }

    private static void add(ArrayNode list, Entry<Instant, String> point) {
        if (point != null) {
            list.add(point(point.getKey(), point.getValue()));
        }
    }

    static ObjectNode point(Instant at, String value) {
        return JsonFormat.object().put("value", value).put("at", Timestamps.format(at));
    }

    static long number(Map<String, String> query, String name, long absent, long least) {
        try {
            return Math.max(least, Integer.parseInt(query.getOrDefault(name, "" + absent)));
        } catch (NumberFormatException e) {
            throw ApiException.invalid(name + " is not a number");
        }
    }

    /** A plus that a client forgot to encode arrives as a space. */
    private static Instant stamp(Map<String, String> query, String name) {
        String text = query.getOrDefault(name, "");
        return text.isBlank() ? null : Timestamps.parse(text.strip().replaceFirst("(T.*) ", "$1+"));
    }

    private static Instant shifted(Instant from, String duration, int sign) {
        Matcher parts = DURATION.matcher(duration.strip());
        if (!parts.matches()) {
            throw ApiException.invalid("duration is invalid");
        }
        ChronoUnit unit = ChronoUnit.valueOf(parts.group(2).toUpperCase(Locale.ROOT) + "S");
        long amount = Long.parseLong(parts.group(1));
        try {
            return from.atZone(ZoneOffset.UTC).plus(sign * amount, unit).toInstant();
        } catch (DateTimeException e) {
            throw ApiException.invalid("duration is invalid");
        }
    }
}
