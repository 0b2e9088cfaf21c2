package io.pachube.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Stores the feeds. A request locks its feed, and does no I/O while it holds the lock. */
final class FeedStore {
    private final ConcurrentSkipListMap<Long, Feed> feeds = new ConcurrentSkipListMap<>();
    private final AtomicLong lastId = new AtomicLong();
    private final AtomicInteger streams = new AtomicInteger();
    private final AtomicInteger points = new AtomicInteger();
    private final Clock clock;
    private final TriggerEvaluator triggers;

    FeedStore(Clock clock, TriggerEvaluator triggers) {
        this.clock = clock;
        this.triggers = triggers;
    }

    Collection<Feed> feeds() {
        return feeds.values();
    }

    Feed feed(long id) {
        Feed feed = feeds.get(id);
        if (feed == null) {
            throw ApiException.notFound();
        }
        return feed;
    }

    Feed create(JsonNode document, List<DatastreamUpdate> writes) {
        ObjectNode metadata = Feed.metadata(document);
        if (!metadata.has("title")) {
            throw ApiException.invalid("Title can't be blank");
        }
        ApiException.requireAtMost(feeds.size() + 1, SandboxPachube.MAX_FEEDS, "feeds");
        DatastreamUpdate.checked(writes);
        Feed feed = new Feed(lastId.incrementAndGet(), clock.instant());
        feed.describe(metadata, document);
        update(feed, writes);
        feeds.put(feed.id, feed);
        return feed;
    }

    /** Writes to a feed; datastreams that it does not have are created. */
    void update(Feed feed, List<DatastreamUpdate> writes) {
        DatastreamUpdate.checked(writes);
        synchronized (feed) {
            List<String> fresh =
                    writes.stream()
                            .map(DatastreamUpdate::id)
                            .filter(id -> !feed.streams.containsKey(id))
                            .toList();
            int total = streams.addAndGet(fresh.size());
            if (feed.deleted || total > SandboxPachube.MAX_DATASTREAMS) {
                streams.addAndGet(-fresh.size());
                ApiException.requireAtMost(total, SandboxPachube.MAX_DATASTREAMS, "datastreams");
                throw ApiException.notFound();
            }
            fresh.forEach(id -> feed.streams.put(id, new Datastream(id)));
            writes.forEach(write -> write(feed, feed.stream(write.id()), write));
        }
    }

    /** Creates datastreams, of which the feed has none yet. */
    void add(Feed feed, List<DatastreamUpdate> writes) {
        synchronized (feed) {
            List<String> known = new ArrayList<>();
            writes.forEach(w -> known.add(feed.streams.containsKey(w.id()) ? w.id() : ""));
            known.removeIf(String::isEmpty);
            if (!known.isEmpty()) {
                throw ApiException.invalid("can't have duplicate IDs: " + String.join(", ", known));
            }
            update(feed, writes);
        }
    }

    /** Writes to one datastream, which must be there: it is not created (contract, section 2.1). */
    void update(Feed feed, DatastreamUpdate write) {
        DatastreamUpdate.checked(List.of(write));
        synchronized (feed) {
            write(feed, feed.stream(write.id()), write);
        }
    }

    private void write(Feed feed, Datastream stream, DatastreamUpdate write) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        String previous = stream.value;
        Instant received = stream.received;
        int before = stream.points.size();
        boolean moved = stream.write(write, now);
        feed.updated = now;
        int total = points.addAndGet(stream.points.size() - before);
        while (stream.points.size() > SandboxPachube.MAX_DATAPOINTS_PER_STREAM
                || total > SandboxPachube.MAX_DATAPOINTS && stream.points.size() > 1) {
            stream.points.pollFirstEntry();
            total = points.decrementAndGet();
        }
        if (moved) {
            triggers.evaluate(feed, stream, previous, received, now);
        }
    }

    /** Deletes the datapoints from start to end, both included. */
    void deletePoints(Feed feed, String id, Instant start, Instant end) {
        synchronized (feed) {
            Datastream stream = feed.stream(id);
            int before = stream.points.size();
            if (!start.isAfter(end)) {
                stream.points.subMap(start, true, end, true).clear();
            }
            points.addAndGet(stream.points.size() - before);
        }
    }

    void deleteStream(Feed feed, String id) {
        synchronized (feed) {
            forget(feed.stream(id));
            feed.streams.remove(id);
        }
    }

    void delete(Feed feed) {
        feeds.remove(feed.id);
        synchronized (feed) {
            feed.deleted = true;
            feed.streams.values().forEach(this::forget);
            feed.streams.clear();
        }
    }

    private void forget(Datastream stream) {
        streams.decrementAndGet();
        points.addAndGet(-stream.points.size());
        triggers.forget(stream);
    }
}
