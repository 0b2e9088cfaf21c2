package io.pachube.bridge.console;

import io.pachube.bridge.delivery.DeliveryListener;
import io.pachube.bridge.delivery.DeliveryStatistics;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;

/**
 * Rates and latencies of each delivery name over the last ten minutes, for charts. Thread safe,
 * bounded.
 */
public final class Samples implements DeliveryListener {

    /** Seconds between two samples. */
    static final int INTERVAL = 2;

    private static final int MAX_SAMPLES = 300;

    /** A name that is computed from a message could have any number of values. */
    static final int MAX_NAMES = 100;

    /** An outage is given as an age, which is not exact to the millisecond. */
    private static final long SAME_OUTAGE_MILLIS = 1_500;

    /**
     * @param delivered messages a second, like {@code failed}
     * @param average time of the requests, in milliseconds, like {@code slowest}; 0 without any
     */
    private record Sample(
            long time,
            double delivered,
            double failed,
            double waiting,
            double average,
            double slowest) {}

    private static final class Requests {
        private final LongAdder count = new LongAdder();
        private final LongAdder nanos = new LongAdder();
        private final LongAccumulator slowest = new LongAccumulator(Math::max, 0);
    }

    private static final class Name {
        private final Deque<Sample> samples = new ArrayDeque<>();
        private DeliveryStatistics state;
        private long time;
        private Instant outageSince;
    }

    private final Map<String, Name> names = new LinkedHashMap<>();
    private final Map<String, Requests> requests = new ConcurrentHashMap<>();

    @Override
    public void onRequest(String name, int status, long nanos) {
        Requests ofName = requests.get(name);
        if (ofName != null) {
            ofName.count.increment();
            ofName.nanos.add(nanos);
            ofName.slowest.accumulate(nanos);
        }
    }

    /** Adds a sample of each name, and forgets the names that are gone. */
    synchronized void take(Map<String, DeliveryStatistics> states) {
        long now = System.currentTimeMillis();
        names.keySet().retainAll(states.keySet());
        requests.keySet().retainAll(states.keySet());
        states.forEach(
                (name, state) -> {
                    if (names.size() < MAX_NAMES || names.containsKey(name)) {
                        requests.computeIfAbsent(name, n -> new Requests());
                        take(
                                names.computeIfAbsent(name, n -> new Name()),
                                state,
                                requests.get(name),
                                now);
                    }
                });
    }

    private static void take(Name name, DeliveryStatistics state, Requests requests, long now) {
        long count = requests.count.sumThenReset();
        long nanos = requests.nanos.sumThenReset();
        long slowest = requests.slowest.getThenReset();
        if (name.state != null && now > name.time) {
            double seconds = (now - name.time) / 1e3;
            name.samples.add(
                    new Sample(
                            now,
                            (state.delivered() - name.state.delivered()) / seconds,
                            (failed(state) - failed(name.state)) / seconds,
                            state.waiting(),
                            count == 0 ? 0 : nanos / 1e6 / count,
                            slowest / 1e6));
            if (name.samples.size() > MAX_SAMPLES) {
                name.samples.remove();
            }
        }
        name.state = state;
        name.time = now;
        if (!state.isOutage()) {
            name.outageSince = null;
        } else {
            Instant since = Instant.ofEpochMilli(now).minus(state.outage());
            if (name.outageSince == null
                    || Math.abs(since.toEpochMilli() - name.outageSince.toEpochMilli())
                            > SAME_OUTAGE_MILLIS) {
                name.outageSince = since;
            }
        }
    }

    static long failed(DeliveryStatistics state) {
        return state.rejected() + state.abandoned();
    }

    /** Returns the latest state of each name. */
    synchronized Map<String, DeliveryStatistics> states() {
        Map<String, DeliveryStatistics> states = new LinkedHashMap<>();
        names.forEach((name, state) -> states.put(name, state.state));
        return states;
    }

    /** Returns when the outage of a name began; null without. */
    synchronized Instant outageSince(String name) {
        Name known = names.get(name);
        return known == null ? null : known.outageSince;
    }

    /**
     * Returns the samples of a name as columns.
     *
     * @param since only younger ones, in milliseconds since 1970
     */
    synchronized Map<String, Object> columns(String name, long since) {
        Name known = names.get(name);
        List<Sample> samples =
                known == null
                        ? List.of()
                        : known.samples.stream().filter(s -> s.time > since).toList();
        Map<String, Object> columns = new LinkedHashMap<>();
        columns.put("time", samples.stream().map(Sample::time).toList());
        columns.put("delivered", column(samples, Sample::delivered));
        columns.put("failed", column(samples, Sample::failed));
        columns.put("waiting", column(samples, Sample::waiting));
        columns.put("average", column(samples, Sample::average));
        columns.put("slowest", column(samples, Sample::slowest));
        return columns;
    }

    private static List<Double> column(List<Sample> samples, ToDoubleFunction<Sample> value) {
        return samples.stream().map(s -> Math.round(value.applyAsDouble(s) * 10) / 10.0).toList();
    }
}
