package io.pachube.bridge.history;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.pachube.bridge.pachube.PachubeTime;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A datastream as Pachube answers for it (contract, 3.3), and who asks until nothing is left. */
final class PachubeModel {

    private static final Pattern QUERY =
            Pattern.compile("start=([^&]+)&duration=6hours&interval=0&limit=1000");
    private static final int MOST_REQUESTS = 10_000;

    final NavigableMap<Instant, String> points = new TreeMap<>();
    int requests;

    /** How many datapoints an answer has at most. */
    int limit = 1000;

    ObjectNode answer(String query) {
        ObjectNode json = new JsonMapper().createObjectNode().put("id", "t");
        if (!points.isEmpty()) {
            json.put("current_value", points.lastEntry().getValue());
            json.put("at", PachubeTime.format(points.lastKey()));
        }
        if (query != null) {
            requests++;
            Matcher asked = QUERY.matcher(query);
            if (!asked.matches()) {
                throw new IllegalArgumentException(query);
            }
            Instant start = Instant.parse(asked.group(1));
            ArrayNode list = json.putArray("datapoints");
            points.subMap(start, true, start.plus(Duration.ofHours(6)), true).entrySet().stream()
                    .limit(limit)
                    .forEach(
                            p ->
                                    list.addObject()
                                            .put("at", PachubeTime.format(p.getKey()))
                                            .put("value", p.getValue()));
        }
        return json;
    }

    /** What is published, in that order. */
    List<HistoryPager.Point> ask(HistoryPager pager) {
        List<HistoryPager.Point> published = new ArrayList<>();
        while (!pager.isDone()) {
            published.addAll(pager.selectNew(answer(pager.query())));
            if (requests > MOST_REQUESTS) {
                throw new IllegalStateException("It never ends");
            }
        }
        return published;
    }
}
