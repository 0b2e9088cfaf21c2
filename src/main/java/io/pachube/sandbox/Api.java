package io.pachube.sandbox;

import static io.pachube.sandbox.ApiRequest.Format.CSV;
import static io.pachube.sandbox.ApiRequest.Format.PNG;
import static io.pachube.sandbox.ApiRequest.Format.XML;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

import java.net.URLEncoder;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** The resources of API v2: which method and path does what (contract, sections 2 to 5). */
final class Api {
    private static final String STREAM = "feeds/{feed}/datastreams/{stream}";
    private static final String POINT = STREAM + "/datapoints/{at}";

    private final Clock clock;
    private final FeedStore store;
    private final TriggerEvaluator triggers;
    private final ApiKeys keys;

    private final List<Route> routes =
            List.of(
                    route("PUT", STREAM, this::putStream),
                    route("GET", STREAM, this::getStream),
                    route("DELETE", STREAM, this::deleteStream),
                    route("POST", STREAM + "/datapoints", this::postPoints),
                    route("DELETE", STREAM + "/datapoints", this::deletePoints),
                    route("GET", POINT, this::getPoint),
                    route("PUT", POINT, this::putPoint),
                    route("DELETE", POINT, this::deletePoint),
                    route("GET", "feeds/{feed}/datastreams", this::getFeed),
                    route("POST", "feeds/{feed}/datastreams", this::postStreams),
                    route("PUT", "feeds/{feed}", this::putFeed),
                    route("GET", "feeds/{feed}", this::getFeed),
                    route("DELETE", "feeds/{feed}", this::deleteFeed),
                    route("GET", "feeds", this::listFeeds),
                    route("POST", "feeds", this::postFeed),
                    route("GET", "triggers", this::listTriggers),
                    route("POST", "triggers", this::postTrigger),
                    route("GET", "triggers/{trigger}", this::getTrigger),
                    route("PUT", "triggers/{trigger}", this::putTrigger),
                    route("DELETE", "triggers/{trigger}", this::deleteTrigger),
                    route("POST", "triggers/{trigger}/debug", this::debugTrigger),
                    route("GET", "keys", this::listKeys),
                    route("POST", "keys", this::postKey),
                    route("GET", "keys/{key}", this::getKey),
                    route("PUT", "keys/{key}", this::putKey),
                    route("DELETE", "keys/{key}", this::deleteKey),
                    route("POST", "keys/{key}/regenerate", this::regenerateKey));

    Api(Clock clock, FeedStore store, TriggerEvaluator triggers, ApiKeys keys) {
        this.clock = clock;
        this.store = store;
        this.triggers = triggers;
        this.keys = keys;
    }

    record Route(String method, String[] pattern, Function<ApiRequest, ApiResponse> handler) {
        /** What stands in the pattern's braces, or null where the path is another. */
        Map<String, String> match(String verb, List<String> path) {
            if (!method.equals(verb) || pattern.length != path.size()) {
                return null;
            }
            Map<String, String> found = new HashMap<>(4);
            for (int i = 0; i < pattern.length; i++) {
                if (pattern[i].charAt(0) == '{') {
                    found.put(pattern[i].substring(1, pattern[i].length() - 1), path.get(i));
                } else if (!pattern[i].equals(path.get(i))) {
                    return null;
                }
            }
            return found;
        }
    }

    record Match(Route route, Map<String, String> path) {}

    private static Route route(
            String method, String pattern, Function<ApiRequest, ApiResponse> handler) {
        return new Route(method, pattern.split("/"), handler);
    }

    /** The route of a method and the decoded segments after {@code /v2}; null if there is none. */
    Match find(String method, List<String> path) {
        for (Route route : routes) {
            Map<String, String> found = route.match(method, path);
            if (found != null) {
                return new Match(route, found);
            }
        }
        return null;
    }

    // Feeds

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
                        ObjectNode json = render(call, feed, s -> !summary);
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
        Feed feed = feed(call, null);
        Set<String> chosen = Set.of(call.query().getOrDefault("datastreams", "").split(","));
        boolean all = !call.query().containsKey("datastreams");
        ObjectNode json;
        synchronized (feed) {
            json = render(call, feed, s -> all || chosen.contains(s.id));
        }
        return switch (call.format()) {
            case JSON -> ApiResponse.json(json);
            case CSV -> ApiResponse.csv(CsvFormat.ofFeed(json));
            case XML -> ApiResponse.xml(EemlFormat.write(json, true));
            case PNG -> throw ApiException.notAcceptable();
        };
    }

    private ApiResponse putFeed(ApiRequest call) {
        Feed feed = feed(call, null);
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
        store.delete(feed(call, null));
        return ApiResponse.OK;
    }

    // Datastreams

    private ApiResponse postStreams(ApiRequest call) {
        Feed feed = feed(call, null);
        List<DatastreamUpdate> writes =
                call.format() == CSV
                        ? CsvFormat.feed(call.body())
                        : JsonFormat.datastreams(call.document());
        if (writes.isEmpty()) {
            throw ApiException.invalid("Stream is invalid");
        }
        store.add(feed, writes);
        return ApiResponse.created(
                call.base() + "/feeds/" + feed.id + "/datastreams/" + encoded(writes.get(0).id()));
    }

    private ApiResponse putStream(ApiRequest call) {
        String id = call.path().get("stream");
        Feed feed = feedOfStream(call);
        DatastreamUpdate write =
                call.format() == CSV
                        ? CsvFormat.datastream(id, call.body())
                        : JsonFormat.datastream(id, call.document());
        store.update(feed, write);
        return ApiResponse.OK;
    }

    private ApiResponse getStream(ApiRequest call) {
        Feed feed = feedOfStream(call);
        ObjectNode json;
        ObjectNode stream;
        synchronized (feed) {
            Datastream wanted = feed.stream(call.path().get("stream"));
            json = render(call, feed, s -> s == wanted);
            stream = (ObjectNode) json.get("datastreams").get(0);
        }
        return switch (call.format()) {
            case JSON -> ApiResponse.json(stream.put("version", "1.0.0"));
            case CSV -> ApiResponse.csv(CsvFormat.ofDatastream(stream));
            case XML -> ApiResponse.xml(EemlFormat.write(json, false));
            case PNG -> throw ApiException.notAcceptable();
        };
    }

    private ApiResponse deleteStream(ApiRequest call) {
        store.deleteStream(feedOfStream(call), call.path().get("stream"));
        return ApiResponse.OK;
    }

    // Datapoints

    private ApiResponse postPoints(ApiRequest call) {
        String id = call.path().get("stream");
        Feed feed = feedOfStream(call);
        DatastreamUpdate write;
        if (call.format() == CSV) {
            write = CsvFormat.datapoints(id, call.body());
        } else {
            JsonNode document = call.document();
            JsonNode inner = document.path("datastreams").path(0);
            write =
                    DatastreamUpdate.history(
                            id, JsonFormat.points(inner.isObject() ? inner : document));
        }
        if (write.points().isEmpty()) {
            throw ApiException.invalid("Datapoints can't be blank");
        }
        store.update(feed, write);
        return ApiResponse.OK;
    }

    private ApiResponse deletePoints(ApiRequest call) {
        Instant[] range = HistoryQuery.range(call.query(), clock.instant());
        store.deletePoints(feedOfStream(call), call.path().get("stream"), range[0], range[1]);
        return ApiResponse.OK;
    }

    private ApiResponse getPoint(ApiRequest call) {
        Feed feed = feedOfStream(call);
        Instant at = at(call);
        String value = value(call, feed, at);
        return switch (call.format()) {
            case JSON -> ApiResponse.json(HistoryQuery.point(at, value));
            case CSV -> ApiResponse.csv(value);
            default -> throw ApiException.notAcceptable();
        };
    }

    private ApiResponse putPoint(ApiRequest call) {
        Feed feed = feedOfStream(call);
        Instant at = at(call);
        String value =
                call.format() == CSV
                        ? CsvFormat.value(call.body())
                        : JsonFormat.text(call.document(), "value");
        if (value == null) {
            throw ApiException.invalid("Value can't be blank");
        }
        List<DatastreamUpdate.Point> points = List.of(new DatastreamUpdate.Point(at, value));
        synchronized (feed) {
            value(call, feed, at);
            store.update(feed, DatastreamUpdate.history(call.path().get("stream"), points));
        }
        return ApiResponse.OK;
    }

    private ApiResponse deletePoint(ApiRequest call) {
        Feed feed = feedOfStream(call);
        Instant at = at(call);
        value(call, feed, at);
        store.deletePoints(feed, call.path().get("stream"), at, at);
        return ApiResponse.OK;
    }

    /** A timestamp that is none is a datapoint that does not exist. */
    private static Instant at(ApiRequest call) {
        try {
            return Timestamps.parse(call.path().get("at"));
        } catch (ApiException e) {
            throw ApiException.notFound();
        }
    }

    private static String value(ApiRequest call, Feed feed, Instant at) {
        synchronized (feed) {
            String value = feed.stream(call.path().get("stream")).points.get(at);
            if (value == null) {
                throw ApiException.notFound();
            }
            return value;
        }
    }

    // Triggers

    private ApiResponse listTriggers(ApiRequest call) {
        String asked = call.query().get("feed_id");
        Long feed =
                asked == null
                        ? null
                        : ApiRequest.id(asked, ApiException.invalid("feed_id is invalid"));
        call.permit(feed, null);
        call.onlyJson();
        ArrayNode list = JsonFormat.array();
        for (Trigger trigger : triggers.all()) {
            if (feed == null || trigger.feed.id == feed) {
                synchronized (trigger.feed) {
                    list.add(trigger.json());
                }
            }
        }
        return ApiResponse.json(list);
    }

    private ApiResponse postTrigger(ApiRequest call) {
        JsonNode document = call.document();
        String environment = JsonFormat.text(document, "environment_id");
        String stream = JsonFormat.text(document, "stream_id");
        if (environment == null || stream == null) {
            String what = environment == null ? "Environment" : "Stream";
            throw ApiException.invalid(what + " can't be blank");
        }
        Feed feed = feed(call, ApiRequest.id(environment, ApiException.notFound()), stream);
        Trigger trigger = triggers.create(feed, stream, document);
        return ApiResponse.created(call.base() + "/triggers/" + trigger.id);
    }

    private ApiResponse getTrigger(ApiRequest call) {
        Trigger trigger = trigger(call);
        call.onlyJson();
        synchronized (trigger.feed) {
            return ApiResponse.json(trigger.json());
        }
    }

    private ApiResponse putTrigger(ApiRequest call) {
        Trigger trigger = trigger(call);
        JsonNode document = call.document();
        synchronized (trigger.feed) {
            trigger.describe(document);
        }
        return ApiResponse.OK;
    }

    private ApiResponse deleteTrigger(ApiRequest call) {
        triggers.delete(trigger(call));
        return ApiResponse.OK;
    }

    private ApiResponse debugTrigger(ApiRequest call) {
        triggers.debug(trigger(call));
        return ApiResponse.OK;
    }

    private Trigger trigger(ApiRequest call) {
        Trigger trigger = triggers.get(call.id("trigger"));
        feed(call, trigger.feed.id, trigger.stream.id);
        return trigger;
    }

    // Keys

    private ApiResponse listKeys(ApiRequest call) {
        String asked = call.query().get("feed_id");
        Long feed =
                asked == null
                        ? null
                        : ApiRequest.id(asked, ApiException.invalid("feed_id is invalid"));
        requireMasterKey(call);
        call.onlyJson();
        ObjectNode list = JsonFormat.object();
        ArrayNode shown = list.putArray("keys");
        keys.all().stream()
                .filter(key -> feed == null || key.refersTo(feed))
                .forEach(key -> shown.add(key.json()));
        return ApiResponse.json(list);
    }

    private ApiResponse postKey(ApiRequest call) {
        requireMasterKey(call);
        call.onlyJson();
        return ApiResponse.created(call.base() + "/keys/" + keys.create(call.document()).text());
    }

    /** A key that manages no others may still read itself. */
    private ApiResponse getKey(ApiRequest call) {
        if (!call.path().get("key").equals(call.key().text())) {
            requireMasterKey(call);
        }
        call.onlyJson();
        return ApiResponse.json(JsonFormat.object().set("key", key(call).json()));
    }

    private ApiResponse putKey(ApiRequest call) {
        requireMasterKey(call);
        call.onlyJson();
        keys.update(key(call), call.document());
        return ApiResponse.OK;
    }

    private ApiResponse deleteKey(ApiRequest call) {
        requireMasterKey(call);
        keys.delete(key(call));
        return ApiResponse.OK;
    }

    private ApiResponse regenerateKey(ApiRequest call) {
        requireMasterKey(call);
        return ApiResponse.moved(call.base() + "/keys/" + keys.regenerate(key(call)).text());
    }

    private ApiKeys.Key key(ApiRequest call) {
        return keys.get(call.path().get("key"));
    }

    private static void requireMasterKey(ApiRequest call) {
        if (!call.key().isMaster()) {
            throw ApiException.forbidden();
        }
    }

    // Shared

    private Feed feedOfStream(ApiRequest call) {
        String stream = call.path().get("stream");
        Feed feed = feed(call, stream);
        synchronized (feed) {
            feed.stream(stream);
        }
        return feed;
    }

    private Feed feed(ApiRequest call, String stream) {
        return feed(call, call.id("feed"), stream);
    }

    private Feed feed(ApiRequest call, long id, String stream) {
        call.permit(id, stream);
        Feed feed = store.feed(id);
        if (feed.isPrivate && !call.key().privateAccess()) {
            throw ApiException.forbidden();
        }
        return feed;
    }

    /** The caller holds the feed's lock. */
    private ObjectNode render(ApiRequest call, Feed feed, Predicate<Datastream> chosen) {
        Instant now = clock.instant();
        HistoryQuery history =
                HistoryQuery.isAskedFor(call.query()) ? HistoryQuery.of(call.query(), now) : null;
        boolean user = "true".equals(call.query().get("show_user"));
        return feed.json(
                call.base(),
                now,
                user,
                chosen,
                stream -> {
                    ObjectNode json = stream.json();
                    ArrayNode points = history == null ? JsonFormat.array() : history.of(stream);
                    boolean shown = history != null && (!points.isEmpty() || call.format() == CSV);
                    return shown ? json.set("datapoints", points) : json;
                });
    }

    /** A path segment: a datastream's id may hold letters of any script, and a plus. */
    static String encoded(String segment) {
        return URLEncoder.encode(segment, UTF_8).replace("%2B", "+");
    }
}
