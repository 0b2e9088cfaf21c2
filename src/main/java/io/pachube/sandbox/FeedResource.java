package io.pachube.sandbox;

import static io.pachube.sandbox.ApiRequest.Format.CSV;
import static io.pachube.sandbox.ApiRequest.Format.PNG;
import static io.pachube.sandbox.ApiRequest.Format.XML;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Handles the requests to feeds (contract, sections 2 and 3). */
final class FeedResource {
    private final Clock clock;
    private final FeedStore store;
    private final FeedAccess feeds;

    FeedResource(Clock clock, FeedStore store, FeedAccess feeds) {
        this.clock = clock;
        this.store = store;
        this.feeds = feeds;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "feeds", this::listFeeds),
                new Route("POST", "feeds", this::postFeed),
                new Route("GET", "feeds/{feed}/datastreams", this::getFeed),
                new Route("GET", "feeds/{feed}", this::getFeed),
                new Route("PUT", "feeds/{feed}", this::putFeed),
                new Route("DELETE", "feeds/{feed}", this::deleteFeed));
    }

    private ApiResponse listFeeds(ApiRequest call) {
        call.onlyJson();
        Map<String, String> query = call.query();
        Instant now = clock.instant();
        int size = (int) Math.min(1000, HistoryQuery.number(query, "per_page", 50, 1));
        long first = (HistoryQuery.number(query, "page", 1, 1) - 1) * size;
        boolean summary = "summary".equals(query.get("content"));
        ObjectNode list = JsonFormat.object();
        ArrayNode results = JsonFormat.array();
        int total = 0;
        for (Feed feed : store.feeds()) {
            synchronized (feed) {
                boolean visible = call.key().permits(call.method(), feed.id, null, call.peer());
                visible &= call.key().privateAccess() || !feed.isPrivate;
                if (visible && matchesFilter(feed, query, now)) {
                    if (total >= first && results.size() < size) {
                        ObjectNode json = feeds.render(call, feed, s -> !summary);
                        results.add(summary ? json.without("datastreams") : json);
                    }
                    total++;
                }
            }
        }
        list.put("totalResults", total).put("startIndex", first).put("itemsPerPage", size);
        return ApiResponse.json(list.set("results", results));
    }

    /** Tags and units are those of the datastreams too; the other filters are passed over. */
    private static boolean matchesFilter(Feed feed, Map<String, String> query, Instant now) {
        JsonNode metadata = feed.metadata;
        String status = query.getOrDefault("status", "all");
        String text = query.getOrDefault("q", "").toLowerCase(Locale.ROOT);
        String all = metadata.path("title") + " " + metadata.path("description");
        String tags = metadata.path("tags").toString();
        StringBuilder streams = new StringBuilder(tags);
        StringBuilder units = new StringBuilder();
        for (Datastream stream : feed.streams.values()) {
            streams.append(stream.tags);
            units.append(stream.unit);
        }
        return query.getOrDefault("user", ApiKeys.USER).equals(ApiKeys.USER)
                && (status.equals("all") || status.equals(feed.status(now)))
                && (all + tags).toLowerCase(Locale.ROOT).contains(text)
                && containsText(streams, query.get("tag"))
                && containsText(units, query.get("units"));
    }

    /** Whether a text is one of those in a JSON document. */
    private static boolean containsText(StringBuilder document, String text) {
        return text == null || document.indexOf(TextNode.valueOf(text).toString()) >= 0;
    }

    private ApiResponse postFeed(ApiRequest call) {
        call.permit(null, null);
        JsonNode document = call.document();
        Feed feed = store.create(document, JsonFormat.datastreams(document));
        return ApiResponse.created(call.base() + "/feeds/" + feed.id);
    }

    private ApiResponse getFeed(ApiRequest call) {
        Feed feed = feeds.feed(call, null);
        Set<String> chosen = Set.of(call.query().getOrDefault("datastreams", "").split(","));
        boolean all = !call.query().containsKey("datastreams");
        ObjectNode json;
        synchronized (feed) {
            json = feeds.render(call, feed, s -> all || chosen.contains(s.id));
        }
        return switch (call.format()) {
            case JSON -> ApiResponse.json(json);
            case CSV -> ApiResponse.csv(CsvFormat.ofFeed(json));
            case XML -> ApiResponse.xml(EemlFormat.write(json, true));
            case PNG -> throw ApiException.notAcceptable();
        };
    }

    private ApiResponse putFeed(ApiRequest call) {
        Feed feed = feeds.feed(call, null);
        if (call.format() == CSV) {
            store.update(feed, CsvFormat.feed(call.body()));
            return ApiResponse.OK;
        }
        JsonNode document = call.document();
        ObjectNode metadata = Feed.metadata(document);
        List<DatastreamUpdate> writes = JsonFormat.datastreams(document);
        synchronized (feed) {
            store.update(feed, writes);
            feed.describe(metadata, document);
            feed.updated = clock.instant();
        }
        return ApiResponse.OK;
    }

    private ApiResponse deleteFeed(ApiRequest call) {
        store.delete(feeds.feed(call, null));
        return ApiResponse.OK;
    }
}
