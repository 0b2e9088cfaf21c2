package io.pachube.bridge.observability;

import io.pachube.bridge.delivery.DeliveryListener;
import io.pachube.bridge.delivery.DeliveryStatistics;
import io.pachube.bridge.mqtt.MqttClientStatistics;

import org.apache.camel.CamelContext;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * The bridge's meters, {@code pachube.bridge.<name>} in each Micrometer registry of its context.
 * docs/metrics.md lists them.
 *
 * <p>Counters and gauges are read when they are asked for; the request timer, the batch size and
 * the wait for the rate limit are recorded as they happen. Thread safe once it is bound.
 */
public final class BridgeMetrics implements DeliveryListener {

    static final String PREFIX = "pachube.bridge.";

    /** Those without a label of their own. */
    private final List<MeterFamily.Meter<Void>> singles = new ArrayList<>();

    private final List<MeterFamily<?>> families = new ArrayList<>();

    /** Null without Micrometer, and before it is bound. */
    private volatile BoundMeters bound;

    /** Adds a meter that only grows. */
    public BridgeMetrics counter(String name, String description, DoubleSupplier value) {
        singles.add(single(name, null, description, true, value));
        return this;
    }

    /**
     * @param unit null: it counts
     */
    public BridgeMetrics gauge(String name, String unit, String description, DoubleSupplier value) {
        singles.add(single(name, unit, description, false, value));
        return this;
    }

    static MeterFamily.Meter<Void> single(
            String name, String unit, String description, boolean isCounter, DoubleSupplier value) {
        return new MeterFamily.Meter<>(
                PREFIX + name, unit, description, isCounter, none -> value.getAsDouble());
    }

    /** Adds a counter for each value of a label. */
    public BridgeMetrics counters(
            String name, String label, String description, Supplier<Map<String, Long>> values) {
        families.add(
                new MeterFamily<>(label, values).counter(name, description, Long::doubleValue));
        return this;
    }

    /** Adds a gauge for each value of a label. */
    public BridgeMetrics gauges(
            String name,
            String unit,
            String label,
            String description,
            Supplier<Map<String, Long>> values) {
        families.add(
                new MeterFamily<>(label, values).gauge(name, unit, description, Long::doubleValue));
        return this;
    }

    /** Adds the meters of the names of {@code delivery:}. */
    public BridgeMetrics deliveries(Supplier<? extends Map<String, DeliveryStatistics>> names) {
        MeterFamily<DeliveryStatistics> family = new MeterFamily<>(DeliveryRecorder.NAME, names);
        addCounters(family);
        addGauges(family);
        families.add(family);
        return this;
    }

    private static void addCounters(MeterFamily<DeliveryStatistics> family) {
        family.counter(
                        "messages.received",
                        "Messages that routes have handed over",
                        DeliveryStatistics::received)
                .counter(
                        "messages.delivered",
                        "Messages that the target has",
                        DeliveryStatistics::delivered)
                .counter(
                        "messages.delayed",
                        "Messages that failed twice and were retried",
                        DeliveryStatistics::delayed)
                .counter(
                        "messages.rejected",
                        "Messages that the target refused for good",
                        DeliveryStatistics::rejected)
                .counter(
                        "messages.abandoned",
                        "Messages given up after retry.timeout",
                        DeliveryStatistics::abandoned)
                .counter(
                        "messages.skipped",
                        "Messages whose route made no request",
                        DeliveryStatistics::skipped);
    }

    private static void addGauges(MeterFamily<DeliveryStatistics> family) {
        family.gauge(
                        "messages.in.flight",
                        null,
                        "Messages in attempts that run",
                        DeliveryStatistics::inFlight)
                .gauge(
                        "messages.waiting",
                        null,
                        "Messages that wait for their turn, a retry or the target",
                        DeliveryStatistics::waiting)
                .gauge(
                        "messages.retrying",
                        null,
                        "Messages that are delayed now",
                        DeliveryStatistics::delayedNow)
                .gauge(
                        "messages.oldest.age",
                        "seconds",
                        "Age of the oldest message that waits or is in flight",
                        state -> seconds(state.oldest()))
                .gauge(
                        "attempts.in.flight",
                        null,
                        "Attempts that run, at most max-concurrent-requests",
                        DeliveryStatistics::attempts)
                .gauge(
                        "outage",
                        null,
                        "1 while the target answers nobody",
                        state -> state.isOutage() ? 1 : 0)
                .gauge(
                        "consumed",
                        null,
                        "1 if a route consumes the name",
                        state -> state.isConsumed() ? 1 : 0)
                .gauge(
                        "probation.keys",
                        null,
                        "Ordering keys on probation",
                        DeliveryStatistics::probationKeys);
    }

    /** Adds the meters of the MQTT clients. */
    public BridgeMetrics clients(Supplier<? extends Map<String, MqttClientStatistics>> clients) {
        families.add(
                new MeterFamily<>("client", clients)
                        .gauge(
                                "mqtt.connected",
                                null,
                                "1 if the client is connected and subscribed",
                                state -> state.isConnected() ? 1 : 0)
                        .counter(
                                "mqtt.received",
                                "Messages taken from the broker",
                                MqttClientStatistics::received)
                        .counter(
                                "mqtt.dropped",
                                "Messages of QoS 0 without capacity",
                                MqttClientStatistics::dropped)
                        .counter(
                                "mqtt.oversized",
                                "Messages with too large a payload",
                                MqttClientStatistics::oversized)
                        .gauge(
                                "mqtt.in.flight",
                                "bytes",
                                "Memory of the messages that are not acknowledged",
                                MqttClientStatistics::inFlightBytes)
                        .gauge(
                                "mqtt.unacknowledged",
                                null,
                                "Messages that are not acknowledged to the broker",
                                MqttClientStatistics::unacknowledged)
                        .counter(
                                "mqtt.publishes",
                                "Publishes that the broker has acknowledged",
                                MqttClientStatistics::published)
                        .counter(
                                "mqtt.publishes.refused",
                                "Publishes that the broker refuses",
                                MqttClientStatistics::refused));
        return this;
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }

    /** Adds the meters to the registries of the context, where it has Micrometer. */
    public void bindTo(CamelContext context) {
        remove();
        try {
            bound = new BoundMeters(context, singles, families);
        } catch (NoClassDefFoundError e) {
            // a host without Micrometer
        }
    }

    /** Adds the meters of new names, clients and so on; called now and then. */
    public void update() {
        BoundMeters meters = bound;
        if (meters != null) {
            meters.update();
        }
    }

    /** Removes the meters that {@link #bindTo} has added, and no others. */
    public void remove() {
        BoundMeters meters = bound;
        bound = null;
        if (meters != null) {
            meters.close();
        }
    }

    @Override
    public void onAttempt(String name, int messages) {
        BoundMeters meters = bound;
        if (meters != null) {
            meters.recorder(name).attempt(messages);
        }
    }

    @Override
    public void onRequest(String name, int status, long nanos) {
        BoundMeters meters = bound;
        if (meters != null) {
            meters.recorder(name).request(status, nanos);
        }
    }

    @Override
    public void onRateLimited(String name, long nanos) {
        BoundMeters meters = bound;
        if (meters != null) {
            meters.recorder(name).limited(nanos);
        }
    }
}
