package io.pachube.bridge.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** All measurements: several runs a row, with their median and their range. */
final class Table {

    /** A row's conditions, and who was measured under them. */
    record Row(String conditions, String name) {}

    private static final String LINE = "%-44s %-23s %-19s %6s %9s %9s %5s %5s %5s %5s %5s";

    private final Map<Row, List<Figures>> rows = new LinkedHashMap<>();
    private final Map<Row, String> notes = new LinkedHashMap<>();

    void add(Row row, Figures figures) {
        rows.computeIfAbsent(row, r -> new ArrayList<>()).add(figures);
    }

    /** What a row says beside its figures. */
    void note(Row row, String note) {
        notes.put(row, note);
    }

    Set<Row> rows() {
        return rows.keySet();
    }

    boolean has(Row... wanted) {
        return rows.keySet().containsAll(List.of(wanted));
    }

    List<Figures> runs(Row row) {
        return rows.get(row);
    }

    /** The rows in which something was lost, or came out of its order, though it must not. */
    List<Row> broken() {
        return rows.keySet().stream()
                .filter(row -> row.name.startsWith("bridge") && !row.equals(Parts.CALLBACKS))
                .filter(
                        row ->
                                rows.get(row).stream()
                                        .anyMatch(run -> run.lost() > 0 || run.inversions() > 0))
                .toList();
    }

    double median(Row row, ToDoubleFunction<Figures> figure) {
        return median(sorted(rows.get(row), figure));
    }

    /** Not a number if there are none. */
    static double median(double[] sorted) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    private static double[] sorted(List<Figures> runs, ToDoubleFunction<Figures> figure) {
        return runs.stream().mapToDouble(figure).sorted().toArray();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(
                LINE.formatted(
                        "",
                        "values/s",
                        "CPU us a value",
                        "req.",
                        "p50 ms",
                        "p99 ms",
                        "MB",
                        "peak",
                        "lost",
                        "inv.",
                        "else"));
        String conditions = "";
        for (Row row : rows.keySet()) {
            if (!row.conditions.equals(conditions)) {
                conditions = row.conditions;
                text.append("\n").append(conditions);
            }
            text.append("\n").append(line(row));
        }
        return text.append("\n")
                .append("req.: requests a value; MB: resident memory; inv.: inversions; ")
                .append("else: what others took of the machine meanwhile\n")
                .toString();
    }

    private String line(Row row) {
        List<Figures> runs = rows.get(row);
        String note = notes.getOrDefault(row, "");
        String line =
                LINE.formatted(
                        "  " + row.name,
                        spread(runs, Figures::perSecond, "%,.0f"),
                        spread(runs, Figures::cpuMicros, "%.1f"),
                        one(row, Figures::requests, "%.3f"),
                        one(row, Figures::p50Millis, "%.2f"),
                        one(row, Figures::p99Millis, "%.2f"),
                        one(row, Figures::megabytes, "%.0f"),
                        one(row, Figures::peakMegabytes, "%.0f"),
                        runs.stream().mapToLong(Figures::lost).max().orElseThrow(),
                        runs.stream().mapToLong(Figures::inversions).max().orElseThrow(),
                        one(row, figures -> 100 * figures.elsewhere(), "%.0f%%"));
        return note.isEmpty() ? line : line + "  " + note;
    }

    private static String spread(
            List<Figures> runs, ToDoubleFunction<Figures> figure, String format) {
        double[] sorted = sorted(runs, figure);
        if (Double.isNaN(sorted[0])) {
            return "-";
        }
        return String.format(
                Locale.ROOT,
                format + " (" + format + "-" + format + ")",
                median(sorted),
                sorted[0],
                sorted[sorted.length - 1]);
    }

    private String one(Row row, ToDoubleFunction<Figures> figure, String format) {
        double median = median(row, figure);
        return Double.isNaN(median) ? "-" : String.format(Locale.ROOT, format, median);
    }
}
