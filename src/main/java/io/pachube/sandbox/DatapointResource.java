package io.pachube.sandbox;

import static io.pachube.sandbox.ApiRequest.Format.CSV;

import com.fasterxml.jackson.databind.JsonNode;

import java.time.Clock;
import java.time.Instant;
import java.util.List;

/** Handles the requests to the datapoints of a datastream (contract, section 2.4). */
final class DatapointResource {
    private final Clock clock;
    private final FeedStore store;
    private final FeedAccess feeds;

    DatapointResource(Clock clock, FeedStore store, FeedAccess feeds) {
        this.clock = clock;
        this.store = store;
        this.feeds = feeds;
    }

    List<Route> routes() {
        return List.of(
                new Route("POST", "feeds/{feed}/datastreams/{stream}/datapoints", this::postPoints),
                new Route(
                        "DELETE",
                        "feeds/{feed}/datastreams/{stream}/datapoints",
                        this::deletePoints),
                new Route(
                        "GET", "feeds/{feed}/datastreams/{stream}/datapoints/{at}", this::getPoint),
                new Route(
                        "PUT", "feeds/{feed}/datastreams/{stream}/datapoints/{at}", this::putPoint),
                new Route(
                        "DELETE",
                        "feeds/{feed}/datastreams/{stream}/datapoints/{at}",
                        this::deletePoint));
    }

    private ApiResponse postPoints(ApiRequest call) {
        String id = call.path().get("stream");
        Feed feed = feeds.feedOfStream(call);
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
        store.deletePoints(feeds.feedOfStream(call), call.path().get("stream"), range[0], range[1]);
        return ApiResponse.OK;
    }

    private ApiResponse getPoint(ApiRequest call) {
        Feed feed = feeds.feedOfStream(call);
        Instant at = at(call);
        String value = value(call, feed, at);
        return switch (call.format()) {
            case JSON -> ApiResponse.json(HistoryQuery.point(at, value));
            case CSV -> ApiResponse.csv(value);
            default -> throw ApiException.notAcceptable();
        };
    }

    private ApiResponse putPoint(ApiRequest call) {
        Feed feed = feeds.feedOfStream(call);
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
        Feed feed = feeds.feedOfStream(call);
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
}
