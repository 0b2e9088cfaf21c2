package io.pachube.bridge.observability;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;

/** Records the requests, batches and waits of one name of {@code delivery:}. Thread safe. */
final class DeliveryRecorder {

    /** The label. */
    static final String NAME = "name";

    private static final String BATCH_SIZE = BridgeMetrics.PREFIX + "batch.size";

    private static final Duration[] TIMES = {
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30)
    };

    private static final double[] SIZES = {1, 2, 5, 10, 20, 50, 100, 200, 500};

    /** Adds a meter to each registry. */
    interface Adder {
        <M extends Meter> List<M> add(String name, Tags tags, Function<MeterRegistry, M> meter);
    }

    /** For a name that is not measured. */
    static final Adder NOTHING =
            new Adder() {
                @Override
                public <M extends Meter> List<M> add(
                        String name, Tags tags, Function<MeterRegistry, M> meter) {
                    return List.of();
                }
            };

    private final Tags tags;
    private final Adder adder;
    private final List<DistributionSummary> batches;
    private final List<Timer> waits;

    /** By the first digit of the status; 0: no answer. */
    private final AtomicReferenceArray<List<Timer>> requests = new AtomicReferenceArray<>(10);

    DeliveryRecorder(Tags tags, Adder adder) {
        this.tags = tags;
        this.adder = adder;
        batches =
                adder.add(
                        BATCH_SIZE,
                        tags,
                        registry ->
                                DistributionSummary.builder(BATCH_SIZE)
                                        .description("Messages of each attempt")
                                        .tags(tags)
                                        .serviceLevelObjectives(SIZES)
                                        .register(registry));
        waits = timers("rate.limit.wait", "Waits for the rate limit", tags);
    }

    private List<Timer> timers(String name, String description, Tags tags) {
        return adder.add(
                BridgeMetrics.PREFIX + name,
                tags,
                registry ->
                        Timer.builder(BridgeMetrics.PREFIX + name)
                                .description(description)
                                .tags(tags)
                                .serviceLevelObjectives(TIMES)
                                .register(registry));
    }

    void attempt(int messages) {
        for (DistributionSummary batch : batches) {
            batch.record(messages);
        }
    }

    void limited(long nanos) {
        record(waits, nanos);
    }

    void request(int status, long nanos) {
        int first = status < 1000 ? status / 100 : 0;
        List<Timer> timers = requests.get(first);
        record(timers == null ? newRequests(first) : timers, nanos);
    }

    private synchronized List<Timer> newRequests(int first) {
        if (requests.get(first) == null) {
            requests.set(
                    first,
                    timers(
                            "requests",
                            "HTTP requests, until their answers were read",
                            tags.and("outcome", first == 0 ? "none" : first + "xx")));
        }
        return requests.get(first);
    }

    private static void record(List<Timer> timers, long nanos) {
        for (Timer timer : timers) {
            timer.record(nanos, TimeUnit.NANOSECONDS);
        }
    }
}
