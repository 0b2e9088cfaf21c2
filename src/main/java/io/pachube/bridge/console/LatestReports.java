package io.pachube.bridge.console;

import io.pachube.bridge.log.SecretMasker;
import io.pachube.bridge.report.ErrorReport;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The latest error reports. Reports of one topic with the same error are counted in one entry, so
 * that a flood of one datastream does not displace the others. Thread safe, bounded.
 */
public final class LatestReports {

    static final int MAX_ENTRIES = 100;
    private static final int MAX_TOPIC = 200;
    private static final int MAX_PAYLOAD = 200;

    private record Kind(String topic, Integer status, String error) {}

    /**
     * Reports of one topic with the same error.
     *
     * @param topic null if the message has none
     */
    private record Entry(
            String topic, ErrorReport latest, long count, Instant first, Instant last) {}

    private final Map<Kind, Entry> failed = newMap();
    private final Map<Kind, Entry> delayed = newMap();

    private static Map<Kind, Entry> newMap() {
        return new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Kind, Entry> eldest) {
                return size() > MAX_ENTRIES;
            }
        };
    }

    /**
     * Adds a report.
     *
     * @param topic of the message, without its key; null if it has none
     */
    public void add(String topic, ErrorReport report) {
        Instant now = Instant.now();
        String shown = cut(topic, MAX_TOPIC);
        Kind kind = new Kind(shown, report.status(), report.error());
        synchronized (this) {
            Map<Kind, Entry> entries = report.retrying() ? delayed : failed;
            Entry before = entries.remove(kind); // so that it becomes the youngest
            entries.put(
                    kind,
                    new Entry(
                            shown,
                            report,
                            before == null ? 1 : before.count + 1,
                            before == null ? now : before.first,
                            now));
        }
    }

    /** Returns how many topics have failed since then. */
    synchronized long failedSince(Instant since) {
        return failed.values().stream()
                .filter(entry -> entry.last.isAfter(since))
                .map(Entry::topic)
                .distinct()
                .count();
    }

    /** Returns the messages that failed for good, the latest first. */
    List<Map<String, Object>> failed() {
        return toJson(failed);
    }

    /** Returns the messages that were retried, the latest first. */
    List<Map<String, Object>> delayed() {
        return toJson(delayed);
    }

    private List<Map<String, Object>> toJson(Map<Kind, Entry> entries) {
        List<Entry> copy;
        synchronized (this) {
            copy = new ArrayList<>(entries.values());
        }
        List<Map<String, Object>> json = new ArrayList<>();
        for (int i = copy.size() - 1; i >= 0; i--) {
            json.add(toJson(copy.get(i)));
        }
        return json;
    }

    private static Map<String, Object> toJson(Entry entry) {
        Map<String, Object> json = new LinkedHashMap<>();
        ErrorReport report = entry.latest;
        json.put("topic", entry.topic);
        json.put("operation", report.operation());
        json.put("status", report.status());
        json.put("error", masked(report.error()));
        json.put("message", masked(report.message()));
        json.put("attempts", report.attempts());
        json.put("payload", masked(cut(report.payload(), MAX_PAYLOAD)));
        json.put("count", entry.count);
        json.put("first", entry.first.toEpochMilli());
        json.put("last", entry.last.toEpochMilli());
        json.values().removeIf(Objects::isNull);
        return json;
    }

    private static String masked(String text) {
        return text == null ? null : SecretMasker.mask(text);
    }

    private static String cut(String text, int limit) {
        return text == null || text.length() <= limit ? text : text.substring(0, limit) + "…";
    }
}
