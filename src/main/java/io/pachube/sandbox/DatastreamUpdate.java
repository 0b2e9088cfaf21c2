package io.pachube.sandbox;

import com.fasterxml.jackson.databind.JsonNode;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A write to one datastream, parsed from any format.
 *
 * @param current the new current value, or null; without a timestamp it is of now
 * @param points history, every one with its timestamp
 * @param tags null where the request does not speak of them; so is the unit
 */
record DatastreamUpdate(
        String id, Point current, List<Point> points, JsonNode tags, JsonNode unit) {
    /** Most datapoints that one request may write (contract, section 2.4). */
    static final int MAX_POINTS = 500;

    private static final int MAX_METADATA = 1024;
    private static final Pattern ID = Pattern.compile("[\\p{L}\\w\\-+.]{1,255}");

    record Point(Instant at, String value) {
        Point {
            if (value.length() > 255) {
                throw ApiException.invalid("Value is too long (maximum is 255 characters)");
            }
        }
    }

    static DatastreamUpdate value(String id, Point current) {
        return new DatastreamUpdate(id, current, List.of(), null, null);
    }

    static DatastreamUpdate history(String id, List<Point> points) {
        return new DatastreamUpdate(id, null, points, null, null);
    }

    /** Refuses bad or repeated ids and too many datapoints, before anything is stored. */
    static List<DatastreamUpdate> checked(List<DatastreamUpdate> writes) {
        int points = 0;
        Set<String> ids = new HashSet<>();
        List<String> repeated = new ArrayList<>();
        for (DatastreamUpdate write : writes) {
            if (write.id == null || !ID.matcher(write.id).matches()) {
                throw ApiException.invalid("Stream is invalid");
            }
            if (!ids.add(write.id)) {
                repeated.add(write.id);
            }
            if (length(write.tags) + length(write.unit) > MAX_METADATA) {
                throw ApiException.invalid("Tags and unit are too long");
            }
            points += write.points.size();
        }
        if (!repeated.isEmpty()) {
            throw ApiException.invalid("can't have duplicate IDs: " + String.join(", ", repeated));
        }
        if (points > MAX_POINTS) {
            throw ApiException.invalid(
                    "At most " + MAX_POINTS + " datapoints may be written at once");
        }
        return writes;
    }

    private static int length(JsonNode node) {
        return node == null ? 0 : node.toString().length();
    }
}
