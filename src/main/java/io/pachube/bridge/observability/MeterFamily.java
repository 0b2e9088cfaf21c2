package io.pachube.bridge.observability;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Meters with one label, whose values are read from a source when they are asked for. The members
 * come and go with the source.
 *
 * @param <T> the state of a member
 */
final class MeterFamily<T> {

    /** One scrape reads all meters: they need not read the source each. */
    private static final long MAX_AGE = 200_000_000;

    /**
     * One meter of each member.
     *
     * @param unit null: it counts
     */
    record Meter<T>(
            String name,
            String unit,
            String description,
            boolean isCounter,
            ToDoubleFunction<T> value) {}

    private final String label;
    private final Supplier<? extends Map<String, T>> source;
    private final List<Meter<T>> meters = new ArrayList<>();
    private Map<String, T> members = Map.of();
    private long read = System.nanoTime() - MAX_AGE;

    MeterFamily(String label, Supplier<? extends Map<String, T>> source) {
        this.label = label;
        this.source = source;
    }

    MeterFamily<T> counter(String name, String description, ToDoubleFunction<T> value) {
        meters.add(new Meter<>(BridgeMetrics.PREFIX + name, null, description, true, value));
        return this;
    }

    MeterFamily<T> gauge(String name, String unit, String description, ToDoubleFunction<T> value) {
        meters.add(new Meter<>(BridgeMetrics.PREFIX + name, unit, description, false, value));
        return this;
    }

    String label() {
        return label;
    }

    List<Meter<T>> meters() {
        return meters;
    }

    /** Returns the state of each member, as it was a moment ago. */
    synchronized Map<String, T> members() {
        long now = System.nanoTime();
        if (now - read >= MAX_AGE) {
            members = source.get();
            read = now;
        }
        return members;
    }

    /** Returns the value of a member's meter; 0 for one that is gone. */
    double value(Meter<T> meter, String member) {
        T state = members().get(member);
        return state == null ? 0 : meter.value.applyAsDouble(state);
    }
}
