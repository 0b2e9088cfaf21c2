package io.pachube.bridge;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;

import org.apache.camel.CamelContext;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The bridge's counters, as {@code pachube.bridge.<name>} in the context's Micrometer registry,
 * where it has one.
 */
final class BridgeMetrics {

    private record Counter(String name, String description, LongSupplier value) {}

    private final List<Counter> counters = new ArrayList<>();

    /** One that only grows. */
    BridgeMetrics counter(String name, String description, LongSupplier value) {
        counters.add(new Counter("pachube.bridge." + name, description, value));
        return this;
    }

    void bindTo(CamelContext context) {
        try {
            Micrometer.bind(counters, context);
        } catch (NoClassDefFoundError e) {
            // a host without Micrometer
        }
    }

    void removeFrom(CamelContext context) {
        try {
            Micrometer.remove(counters, context);
        } catch (NoClassDefFoundError e) {
            // a host without Micrometer
        }
    }

    /** Apart, because a host may be without Micrometer. */
    private static final class Micrometer {
        static void bind(List<Counter> counters, CamelContext context) {
            for (MeterRegistry registry : context.getRegistry().findByType(MeterRegistry.class)) {
                for (Counter counter : counters) {
                    FunctionCounter.builder(
                                    counter.name(), counter, c -> (double) c.value().getAsLong())
                            .description(counter.description())
                            .register(registry);
                }
            }
        }

        static void remove(List<Counter> counters, CamelContext context) {
            for (MeterRegistry registry : context.getRegistry().findByType(MeterRegistry.class)) {
                for (Counter counter : counters) {
                    registry.find(counter.name()).meters().forEach(registry::remove);
                }
            }
        }
    }
}
