package io.pachube.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** One datastream; guarded by the lock of its feed. */
final class Datastream {
    private static final Pattern NUMBER =
            Pattern.compile("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?");

    final String id;
    final NavigableMap<Instant, String> points = new TreeMap<>();
    final List<Trigger> triggers = new ArrayList<>();
    JsonNode tags;
    JsonNode unit;
    String value;

    /** When the current value is from, by its writer. */
    Instant at;

    /** When the current value arrived here; null before the first. */
    Instant received;

    private OptionalDouble max = OptionalDouble.empty();
    private OptionalDouble min = OptionalDouble.empty();

    Datastream(String id) {
        this.id = id;
    }

    static OptionalDouble number(String text) {
        if (text == null || !NUMBER.matcher(text.strip()).matches()) {
            return OptionalDouble.empty();
        }
        double number = Double.parseDouble(text);
        return Double.isInfinite(number) ? OptionalDouble.empty() : OptionalDouble.of(number);
    }

    /**
     * Stores what a request says.
     *
     * @return whether the current value was written, by the same value too. An older datapoint does
     *     not move it (contract, section 2.4); a value without a timestamp always does.
     */
    boolean write(DatastreamUpdate write, Instant now) {
        tags = write.tags() == null ? tags : write.tags();
        unit = write.unit() == null ? unit : write.unit();
        boolean moved = false;
        for (DatastreamUpdate.Point point : write.points()) {
            moved |= put(point.at(), point.value(), now);
        }
        DatastreamUpdate.Point current = write.current();
        if (current != null && current.at() == null) {
            at = null;
        }
        return moved
                | (current != null
                        && put(current.at() == null ? now : current.at(), current.value(), now));
    }

    private boolean put(Instant when, String what, Instant now) {
        points.put(when, what);
        number(what)
                .ifPresent(
                        n -> {
                            max = OptionalDouble.of(Math.max(n, max.orElse(n)));
                            min = OptionalDouble.of(Math.min(n, min.orElse(n)));
                        });
        if (at != null && when.isBefore(at)) {
            return false;
        }
        at = when;
        value = what;
        received = now;
        return true;
    }

    /** Returns its JSON form; unknown fields are absent. */
    ObjectNode json() {
        ObjectNode json = JsonFormat.object().put("id", id);
        if (value != null) {
            json.put("current_value", value).put("at", Timestamps.format(at));
        }
        max.ifPresent(n -> json.put("max_value", decimal(n)));
        min.ifPresent(n -> json.put("min_value", decimal(n)));
        if (tags != null && !tags.isEmpty()) {
            json.set("tags", tags);
        }
        if (unit != null && !unit.isEmpty()) {
            json.set("unit", unit);
        }
        return json;
    }

    /** As numbers, in a notification. */
    void extremes(ObjectNode node) {
        max.ifPresent(n -> node.put("max_value", n));
        min.ifPresent(n -> node.put("min_value", n));
    }

    private static String decimal(double number) {
        return new BigDecimal(Double.toString(number)).toPlainString();
    }
}
