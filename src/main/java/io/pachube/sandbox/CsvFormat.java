package io.pachube.sandbox;

import com.fasterxml.jackson.databind.JsonNode;

import io.pachube.sandbox.DatastreamUpdate.Point;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Parses and formats Pachube's v2 CSV, with its error messages (contract, 2.1 and 2.2). */
final class CsvFormat {
    private static final String INVALID = "CSV is invalid. ";

    private CsvFormat() {}

    /** One value, or one {@code timestamp,value}, or many rows of {@code timestamp,value}. */
    static DatastreamUpdate datastream(String id, String text) {
        List<List<String>> rows = rows(text);
        if (rows.isEmpty()) {
            throw ApiException.badCsv(INVALID + "Submitted data appears to be empty");
        }
        if (rows.stream().anyMatch(row -> row.size() > 2)) {
            throw ApiException.badCsv(
                    INVALID
                            + "Too many fields; must only be a single value,"
                            + " or a timestamp and a value");
        }
        if (rows.size() == 1 && rows.get(0).size() == 1) {
            return DatastreamUpdate.value(id, new Point(null, filled(rows.get(0).get(0))));
        }
        List<Point> points = stamped(rows);
        return points.size() == 1
                ? DatastreamUpdate.value(id, points.get(0))
                : DatastreamUpdate.history(id, points);
    }

    /** Rows of {@code timestamp,value}. */
    static DatastreamUpdate datapoints(String id, String text) {
        return DatastreamUpdate.history(id, stamped(rows(text)));
    }

    /** The bare value of one datapoint. */
    static String value(String text) {
        List<List<String>> rows = rows(text);
        if (rows.size() > 1 || rows.stream().anyMatch(row -> row.size() > 1)) {
            throw ApiException.badCsv(INVALID + "Too many fields; must only be a single value");
        }
        return filled(rows.isEmpty() ? "" : rows.get(0).get(0));
    }

    /** Rows of {@code id,value} or {@code id,timestamp,value}. */
    static List<DatastreamUpdate> feed(String text) {
        List<List<String>> rows = rows(text);
        if (rows.isEmpty()) {
            throw ApiException.badCsv("Submitted CSV is empty.");
        }
        Map<String, List<List<String>>> streams = new LinkedHashMap<>();
        for (List<String> row : rows) {
            if (row.size() < 2 || row.size() > 3) {
                throw ApiException.badCsv(INVALID + "Incorrect number of fields");
            }
            streams.computeIfAbsent(row.get(0), id -> new ArrayList<>()).add(row);
        }
        List<DatastreamUpdate> writes = new ArrayList<>();
        streams.forEach((id, values) -> writes.add(ofFeed(id, values)));
        return writes;
    }

    private static DatastreamUpdate ofFeed(String id, List<List<String>> rows) {
        if (rows.size() > 1) {
            if (rows.stream().anyMatch(row -> row.size() < 3 || row.get(1).isEmpty())) {
                throw ApiException.badCsv(
                        INVALID
                                + "If multiple values given they must include a timestamp"
                                + " for all values");
            }
            return DatastreamUpdate.history(
                    id, stamped(rows.stream().map(r -> r.subList(1, 3)).toList()));
        }
        List<String> row = rows.get(0);
        String value = row.get(row.size() - 1);
        String at = row.size() == 3 ? row.get(1) : "";
        // A datastream without a value reads as id,,"": so it may be written.
        return DatastreamUpdate.value(
                id,
                value.isEmpty()
                        ? null
                        : new Point(at.isEmpty() ? null : Timestamps.parse(at), value));
    }

    private static List<Point> stamped(List<List<String>> rows) {
        if (rows.isEmpty() || rows.stream().anyMatch(row -> row.size() != 2)) {
            throw ApiException.badCsv(
                    INVALID
                            + "If multiple values are included, then a timestamp and value"
                            + " must be submitted for every row");
        }
        return rows.stream()
                .map(row -> new Point(Timestamps.parse(row.get(0)), filled(row.get(1))))
                .toList();
    }

    private static String filled(String cell) {
        if (cell.isEmpty()) {
            throw ApiException.badCsv(INVALID + "Submitted data appears to be empty");
        }
        return cell;
    }

    /** Cells are stripped; a blank line is a row without cells. */
    private static List<List<String>> rows(String body) {
        String text = body.strip();
        List<List<String>> rows = new ArrayList<>();
        List<String> row = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        boolean wasQuoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted) {
                if (c != '"') {
                    cell.append(c);
                } else if (i + 1 < text.length() && text.charAt(i + 1) == '"') {
                    cell.append(text.charAt(++i));
                } else {
                    quoted = false;
                }
            } else if (c == '"') {
                if (wasQuoted || !cell.toString().isBlank()) {
                    throw ApiException.badCsv(INVALID + "Illegal quoting");
                }
                cell.setLength(0);
                quoted = true;
                wasQuoted = true;
            } else if (c == ',') {
                row.add(cell.toString().strip());
                cell.setLength(0);
                wasQuoted = false;
            } else if (c == '\n' || c == '\r') {
                if (c == '\r' && text.charAt(i + 1) == '\n') {
                    i++;
                }
                if (!row.isEmpty() || wasQuoted || !cell.toString().isBlank()) {
                    row.add(cell.toString().strip());
                }
                rows.add(row);
                row = new ArrayList<>();
                cell.setLength(0);
                wasQuoted = false;
            } else if (wasQuoted && !Character.isWhitespace(c)) {
                throw ApiException.badCsv(INVALID + "Illegal quoting");
            } else {
                cell.append(c);
            }
        }
        if (quoted) {
            throw ApiException.badCsv(INVALID + "Unclosed quoted field");
        }
        if (!text.isEmpty()) {
            row.add(cell.toString().strip());
            rows.add(row);
        }
        return rows;
    }

    /** {@code timestamp,value}; rows of them where history was asked for. */
    static String ofDatastream(JsonNode stream) {
        if (!stream.has("datapoints")) {
            return line(stream, "current_value");
        }
        List<String> lines = new ArrayList<>();
        stream.get("datapoints").forEach(point -> lines.add(line(point, "value")));
        return String.join("\n", lines);
    }

    /** {@code id,timestamp,value}; with history, the rows of all datastreams by their time. */
    static String ofFeed(JsonNode feed) {
        List<String> lines = new ArrayList<>();
        List<JsonNode[]> points = new ArrayList<>();
        for (JsonNode stream : feed.path("datastreams")) {
            if (stream.has("datapoints")) {
                stream.get("datapoints").forEach(p -> points.add(new JsonNode[] {stream, p}));
            } else {
                lines.add(cell(stream.get("id").asText()) + "," + ofDatastream(stream));
            }
        }
        points.sort(Comparator.comparing(p -> p[1].get("at").asText()));
        points.forEach(p -> lines.add(cell(p[0].get("id").asText()) + "," + line(p[1], "value")));
        return String.join("\n", lines);
    }

    private static String line(JsonNode point, String value) {
        return point.path("at").asText() + "," + cell(point.path(value).asText());
    }

    private static String cell(String text) {
        boolean plain = !text.isEmpty() && text.chars().noneMatch(c -> ",\"\r\n".indexOf(c) >= 0);
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
