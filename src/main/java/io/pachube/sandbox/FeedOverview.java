package io.pachube.sandbox;

import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;

/** The first feeds with their latest datapoints, as JSON for a console. */
final class FeedOverview {

    private static final int MAX_FEEDS = 10;
    private static final int MAX_DATASTREAMS = 20;
    private static final int MAX_POINTS = 120;
    private static final int MAX_VALUE = 200;

    private FeedOverview() {}

    static List<Map<String, Object>> of(Collection<Feed> feeds) {
        return feeds.stream().limit(MAX_FEEDS).map(FeedOverview::feed).toList();
    }

    private static Map<String, Object> feed(Feed feed) {
        synchronized (feed) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("id", feed.id);
            json.put("title", cut(feed.metadata.path("title").asText()));
            json.put(
                    "datastreams",
                    feed.streams.values().stream()
                            .limit(MAX_DATASTREAMS)
                            .map(FeedOverview::datastream)
                            .toList());
            return json;
        }
    }

    private static Map<String, Object> datastream(Datastream stream) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", cut(stream.id));
        if (stream.value != null) {
            json.put("value", cut(stream.value));
            json.put("at", stream.at == null ? 0 : stream.at.toEpochMilli());
        }
        List<Long> times = new LinkedList<>();
        List<Double> values = new LinkedList<>();
        for (Map.Entry<Instant, String> point : stream.points.descendingMap().entrySet()) {
            if (times.size() == MAX_POINTS) {
                break;
            }
            Datastream.number(point.getValue())
                    .ifPresent(
                            number -> {
                                times.add(0, point.getKey().toEpochMilli());
                                values.add(0, number);
                            });
        }
        json.put("times", times);
        json.put("values", values);
        return json;
    }

    private static String cut(String text) {
        return text.length() <= MAX_VALUE ? text : text.substring(0, MAX_VALUE) + "...";
    }
}
