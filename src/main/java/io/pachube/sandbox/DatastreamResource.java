package io.pachube.sandbox;

import static io.pachube.sandbox.ApiRequest.Format.CSV;
import static io.pachube.sandbox.ApiRequest.Format.PNG;
import static io.pachube.sandbox.ApiRequest.Format.XML;

import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.List;

/** Handles the requests to datastreams (contract, sections 2 and 3). */
final class DatastreamResource {
    private final FeedStore store;
    private final FeedAccess feeds;

    DatastreamResource(FeedStore store, FeedAccess feeds) {
        this.store = store;
        this.feeds = feeds;
    }

    List<Route> routes() {
        return List.of(
                new Route("POST", "feeds/{feed}/datastreams", this::postStreams),
                new Route("PUT", "feeds/{feed}/datastreams/{stream}", this::putStream),
                new Route("GET", "feeds/{feed}/datastreams/{stream}", this::getStream),
                new Route("DELETE", "feeds/{feed}/datastreams/{stream}", this::deleteStream));
    }

    private ApiResponse postStreams(ApiRequest call) {
        Feed feed = feeds.feed(call, null);
        List<DatastreamUpdate> writes =
                call.format() == CSV
                        ? CsvFormat.feed(call.body())
                        : JsonFormat.datastreams(call.document());
        if (writes.isEmpty()) {
            throw ApiException.invalid("Stream is invalid");
        }
        store.add(feed, writes);
        return ApiResponse.created(
                call.base()
                        + "/feeds/"
                        + feed.id
                        + "/datastreams/"
                        + ApiRequest.encoded(writes.get(0).id()));
    }

    private ApiResponse putStream(ApiRequest call) {
        String id = call.path().get("stream");
        Feed feed = feeds.feedOfStream(call);
        DatastreamUpdate write =
                call.format() == CSV
                        ? CsvFormat.datastream(id, call.body())
                        : JsonFormat.datastream(id, call.document());
        store.update(feed, write);
        return ApiResponse.OK;
    }

    private ApiResponse getStream(ApiRequest call) {
        Feed feed = feeds.feedOfStream(call);
        ObjectNode json;
        ObjectNode stream;
        synchronized (feed) {
            Datastream wanted = feed.stream(call.path().get("stream"));
            json = feeds.render(call, feed, s -> s == wanted);
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
        store.deleteStream(feeds.feedOfStream(call), call.path().get("stream"));
        return ApiResponse.OK;
    }
}
