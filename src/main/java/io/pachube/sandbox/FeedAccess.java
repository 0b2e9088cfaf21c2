package io.pachube.sandbox;

import static io.pachube.sandbox.ApiRequest.Format.CSV;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.time.Clock;
import java.time.Instant;
import java.util.function.Predicate;

/** Looks up the feed of a request, with the permissions of its key, and renders it. */
final class FeedAccess {
    private final Clock clock;
    private final FeedStore store;

    FeedAccess(Clock clock, FeedStore store) {
        this.clock = clock;
        this.store = store;
    }

    /** Returns the feed of a datastream that exists. */
    Feed feedOfStream(ApiRequest call) {
        String stream = call.path().get("stream");
        Feed feed = feed(call, stream);
        synchronized (feed) {
            feed.stream(stream);
        }
        return feed;
    }

    Feed feed(ApiRequest call, String stream) {
        return feed(call, call.id("feed"), stream);
    }

    Feed feed(ApiRequest call, long id, String stream) {
        call.permit(id, stream);
        Feed feed = store.feed(id);
        if (feed.isPrivate && !call.key().privateAccess()) {
            throw ApiException.forbidden();
        }
        return feed;
    }

    /** Renders a feed with the chosen datastreams. The caller holds the feed's lock. */
    ObjectNode render(ApiRequest call, Feed feed, Predicate<Datastream> chosen) {
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
}
