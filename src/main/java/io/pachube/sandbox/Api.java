package io.pachube.sandbox;

import static io.pachube.sandbox.Call.Format.CSV;
import static io.pachube.sandbox.Call.Format.PNG;
import static io.pachube.sandbox.Call.Format.XML;

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
    private final Store store;
    private final Triggers triggers;
    private final Keys keys;

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

    Api(Clock clock, Store store, Triggers triggers, Keys keys) {
        this.clock = clock;
        this.store = store;
        this.triggers = triggers;
        this.keys = keys;
    }

    record Route(String method, String[] pattern, Function<Call, Answer> handler) {
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

    private static Route route(String method, String pattern, Function<Call, Answer> handler) {
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

    private Answer listFeeds(Call call) {
        call.onlyJson();
        Map<String, String> query = call.query();
        Instant now = clock.instant();
        int size = (int) Math.min(1000, History.number(query, "per_page", 50, 1));
        long first = (History.number(query, "page", 1, 1) - 1) * size;
        boolean summary = "summary".equals(query.get("content"));
        ObjectNode list = JsonForm.object();
        ArrayNode results = JsonForm.array();
        int total = 0;
        for (Feed feed : store.feeds()) {
            synchronized (feed) {
                boolean visible = call.key().permits(call.method(), feed.id, null, call.peer());
                visible &= call.key().privateAccess() || !feed.isPrivate;
                if (visible && isWanted(feed, query, now)) {
                    if (total >= first && results.size() < size) {
                        ObjectNode json = render(call, feed, s -> !summary);
                        results.add(summary ? json.without("datastreams") : json);
                    }
                    total++;
                }
            }
        }
        list.put("totalResults", total).put("startIndex", first).put("itemsPerPage", size);
        return Answer.json(list.set("results", results));
    }

    /** Tags and units are those of the datastreams too; the other filters are passed over. */
    private static boolean isWanted(Feed feed, Map<String, String> query, Instant now) {
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
        return query.getOrDefault("user", Keys.USER).equals(Keys.USER)
                && (status.equals("all") || status.equals(feed.status(now)))
                && (all + tags).toLowerCase(Locale.ROOT).contains(text)
                && holds(streams, query.get("tag"))
                && holds(units, query.get("units"));
    }

    /** Whether a text is one of those in a JSON document. */
    private static boolean holds(StringBuilder document, String text) {
        return text == null || document.indexOf(TextNode.valueOf(text).toString()) >= 0;
    }

    private Answer postFeed(Call call) {
        call.permit(null, null);
        JsonNode document = call.document();
        Feed feed = store.create(document, JsonForm.datastreams(document));
        return Answer.created(call.base() + "/feeds/" + feed.id);
    }

    private Answer getFeed(Call call) {
        Feed feed = feed(call, null);
        Set<String> chosen = Set.of(call.query().getOrDefault("datastreams", "").split(","));
        boolean all = !call.query().containsKey("datastreams");
        ObjectNode json;
        synchronized (feed) {
            json = render(call, feed, s -> all || chosen.contains(s.id));
        }
        return switch (call.format()) {
            case JSON -> Answer.json(json);
            case CSV -> Answer.csv(Csv.ofFeed(json));
            case XML -> Answer.xml(Eeml.write(json, true));
            case PNG -> throw Refusal.notAcceptable();
        };
    }

    private Answer putFeed(Call call) {
        Feed feed = feed(call, null);
        if (call.format() == CSV) {
            store.update(feed, Csv.feed(call.body()));
            return Answer.OK;
        }
        JsonNode document = call.document();
        ObjectNode metadata = Feed.metadata(document);
        List<StreamWrite> writes = JsonForm.datastreams(document);
        synchronized (feed) {
            store.update(feed, writes);
            feed.describe(metadata, document);
            feed.updated = clock.instant();
        }
        return Answer.OK;
    }

    private Answer deleteFeed(Call call) {
        store.delete(feed(call, null));
        return Answer.OK;
    }

    // Datastreams

    private Answer postStreams(Call call) {
        Feed feed = feed(call, null);
        List<StreamWrite> writes =
                call.format() == CSV
                        ? Csv.feed(call.body())
                        : JsonForm.datastreams(call.document());
        if (writes.isEmpty()) {
            throw Refusal.invalid("Stream is invalid");
        }
        store.add(feed, writes);
        return Answer.created(
                call.base() + "/feeds/" + feed.id + "/datastreams/" + encoded(writes.get(0).id()));
    }

    private Answer putStream(Call call) {
        String id = call.path().get("stream");
        Feed feed = feedOfStream(call);
        StreamWrite write =
                call.format() == CSV
                        ? Csv.datastream(id, call.body())
                        : JsonForm.datastream(id, call.document());
        store.update(feed, write);
        return Answer.OK;
    }

    private Answer getStream(Call call) {
        Feed feed = feedOfStream(call);
        ObjectNode json;
        ObjectNode stream;
        synchronized (feed) {
            Datastream wanted = feed.stream(call.path().get("stream"));
            json = render(call, feed, s -> s == wanted);
            stream = (ObjectNode) json.get("datastreams").get(0);
        }
        return switch (call.format()) {
            case JSON -> Answer.json(stream.put("version", "1.0.0"));
            case CSV -> Answer.csv(Csv.ofDatastream(stream));
            case XML -> Answer.xml(Eeml.write(json, false));
            case PNG -> throw Refusal.notAcceptable();
        };
    }

    private Answer deleteStream(Call call) {
        store.deleteStream(feedOfStream(call), call.path().get("stream"));
        return Answer.OK;
    }

    // Datapoints

    private Answer postPoints(Call call) {
        String id = call.path().get("stream");
        Feed feed = feedOfStream(call);
        StreamWrite write;
        if (call.format() == CSV) {
            write = Csv.datapoints(id, call.body());
        } else {
            JsonNode document = call.document();
            JsonNode inner = document.path("datastreams").path(0);
            write = StreamWrite.history(id, JsonForm.points(inner.isObject() ? inner : document));
        }
        if (write.points().isEmpty()) {
            throw Refusal.invalid("Datapoints can't be blank");
        }
        store.update(feed, write);
        return Answer.OK;
    }

    private Answer deletePoints(Call call) {
        Instant[] range = History.range(call.query(), clock.instant());
        store.deletePoints(feedOfStream(call), call.path().get("stream"), range[0], range[1]);
        return Answer.OK;
    }

    private Answer getPoint(Call call) {
        Feed feed = feedOfStream(call);
        Instant at = at(call);
        String value = value(call, feed, at);
        return switch (call.format()) {
            case JSON -> Answer.json(History.point(at, value));
            case CSV -> Answer.csv(value);
            default -> throw Refusal.notAcceptable();
        };
    }

    private Answer putPoint(Call call) {
        Feed feed = feedOfStream(call);
        Instant at = at(call);
        String value =
                call.format() == CSV
                        ? Csv.value(call.body())
                        : JsonForm.text(call.document(), "value");
        if (value == null) {
            throw Refusal.invalid("Value can't be blank");
        }
        List<StreamWrite.Point> points = List.of(new StreamWrite.Point(at, value));
        synchronized (feed) {
            value(call, feed, at);
            store.update(feed, StreamWrite.history(call.path().get("stream"), points));
        }
        return Answer.OK;
    }

    private Answer deletePoint(Call call) {
        Feed feed = feedOfStream(call);
        Instant at = at(call);
        value(call, feed, at);
        store.deletePoints(feed, call.path().get("stream"), at, at);
        return Answer.OK;
    }

    /** A timestamp that is none is a datapoint that does not exist. */
    private static Instant at(Call call) {
        try {
            return Stamp.parse(call.path().get("at"));
        } catch (Refusal e) {
            throw Refusal.notFound();
        }
    }

    private static String value(Call call, Feed feed, Instant at) {
        synchronized (feed) {
            String value = feed.stream(call.path().get("stream")).points.get(at);
            if (value == null) {
                throw Refusal.notFound();
            }
            return value;
        }
    }

    // Triggers

    private Answer listTriggers(Call call) {
        String asked = call.query().get("feed_id");
        Long feed = asked == null ? null : Call.id(asked, Refusal.invalid("feed_id is invalid"));
        call.permit(feed, null);
        call.onlyJson();
        ArrayNode list = JsonForm.array();
        for (Trigger trigger : triggers.all()) {
            if (feed == null || trigger.feed.id == feed) {
                synchronized (trigger.feed) {
                    list.add(trigger.json());
                }
            }
        }
        return Answer.json(list);
    }

    private Answer postTrigger(Call call) {
        JsonNode document = call.document();
        String environment = JsonForm.text(document, "environment_id");
        String stream = JsonForm.text(document, "stream_id");
        if (environment == null || stream == null) {
            String what = environment == null ? "Environment" : "Stream";
            throw Refusal.invalid(what + " can't be blank");
        }
        Feed feed = feed(call, Call.id(environment, Refusal.notFound()), stream);
        Trigger trigger = triggers.create(feed, stream, document);
        return Answer.created(call.base() + "/triggers/" + trigger.id);
    }

    private Answer getTrigger(Call call) {
        Trigger trigger = trigger(call);
        call.onlyJson();
        synchronized (trigger.feed) {
            return Answer.json(trigger.json());
        }
    }

    private Answer putTrigger(Call call) {
        Trigger trigger = trigger(call);
        JsonNode document = call.document();
        synchronized (trigger.feed) {
            trigger.describe(document);
        }
        return Answer.OK;
    }

    private Answer deleteTrigger(Call call) {
        triggers.delete(trigger(call));
        return Answer.OK;
    }

    private Answer debugTrigger(Call call) {
        triggers.debug(trigger(call));
        return Answer.OK;
    }

    private Trigger trigger(Call call) {
        Trigger trigger = triggers.get(call.id("trigger"));
        feed(call, trigger.feed.id, trigger.stream.id);
        return trigger;
    }

    // Keys

    private Answer listKeys(Call call) {
        String asked = call.query().get("feed_id");
        Long feed = asked == null ? null : Call.id(asked, Refusal.invalid("feed_id is invalid"));
        onlyMaster(call);
        call.onlyJson();
        ObjectNode list = JsonForm.object();
        ArrayNode shown = list.putArray("keys");
        keys.all().stream()
                .filter(key -> feed == null || key.speaksOf(feed))
                .forEach(key -> shown.add(key.json()));
        return Answer.json(list);
    }

    private Answer postKey(Call call) {
        onlyMaster(call);
        call.onlyJson();
        return Answer.created(call.base() + "/keys/" + keys.create(call.document()).text());
    }

    /** A key that manages no others may still read itself. */
    private Answer getKey(Call call) {
        if (!call.path().get("key").equals(call.key().text())) {
            onlyMaster(call);
        }
        call.onlyJson();
        return Answer.json(JsonForm.object().set("key", key(call).json()));
    }

    private Answer putKey(Call call) {
        onlyMaster(call);
        call.onlyJson();
        keys.update(key(call), call.document());
        return Answer.OK;
    }

    private Answer deleteKey(Call call) {
        onlyMaster(call);
        keys.delete(key(call));
        return Answer.OK;
    }

    private Answer regenerateKey(Call call) {
        onlyMaster(call);
        return Answer.moved(call.base() + "/keys/" + keys.regenerate(key(call)).text());
    }

    private Keys.Key key(Call call) {
        return keys.get(call.path().get("key"));
    }

    private static void onlyMaster(Call call) {
        if (!call.key().isMaster()) {
            throw Refusal.forbidden();
        }
    }

    // Shared

    private Feed feedOfStream(Call call) {
        String stream = call.path().get("stream");
        Feed feed = feed(call, stream);
        synchronized (feed) {
            feed.stream(stream);
        }
        return feed;
    }

    private Feed feed(Call call, String stream) {
        return feed(call, call.id("feed"), stream);
    }

    private Feed feed(Call call, long id, String stream) {
        call.permit(id, stream);
        Feed feed = store.feed(id);
        if (feed.isPrivate && !call.key().privateAccess()) {
            throw Refusal.forbidden();
        }
        return feed;
    }

    /** The caller holds the feed's lock. */
    private ObjectNode render(Call call, Feed feed, Predicate<Datastream> chosen) {
        Instant now = clock.instant();
        History history = History.isAskedFor(call.query()) ? History.of(call.query(), now) : null;
        boolean user = "true".equals(call.query().get("show_user"));
        return feed.json(
                call.base(),
                now,
                user,
                chosen,
                stream -> {
                    ObjectNode json = stream.json();
                    ArrayNode points = history == null ? JsonForm.array() : history.of(stream);
                    boolean shown = history != null && (!points.isEmpty() || call.format() == CSV);
                    return shown ? json.set("datapoints", points) : json;
                });
    }

    /** A path segment: a datastream's id may hold letters of any script, and a plus. */
    static String encoded(String segment) {
        return URLEncoder.encode(segment, UTF_8).replace("%2B", "+");
    }
}
