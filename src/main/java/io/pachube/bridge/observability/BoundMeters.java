package io.pachube.bridge.observability;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.pachube.bridge.log.SecretMasker;

import org.apache.camel.CamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The meters of one bridge in the Micrometer registries of its context. Apart from {@link
 * BridgeMetrics}, because a host may be without Micrometer.
 *
 * <p>Each has the label {@code context}, because several contexts may share a registry. Thread
 * safe.
 */
final class BoundMeters {

    private static final Logger LOG = LoggerFactory.getLogger(BoundMeters.class);

    /** A name that is computed from a message could have any number of values. */
    private static final int MAX_MEMBERS = 100;

    private record Member(String label, String value) {}

    private record Bound(MeterFamily<?> family, Member member) {}

    private record Added(MeterRegistry registry, Meter meter) {}

    private final Collection<MeterRegistry> registries;
    private final Tags context;
    private final List<MeterFamily<?>> families;

    /** All that this bridge has added; guarded by itself. */
    private final Map<Member, List<Added>> added = new HashMap<>();

    private final Set<Bound> bound = new HashSet<>();
    private final Map<String, DeliveryRecorder> recorders = new ConcurrentHashMap<>();
    private boolean isTooManyLogged;
    private boolean isForeignLogged;
    private boolean isClosed;

    BoundMeters(
            CamelContext context,
            List<MeterFamily.Meter<Void>> singles,
            List<MeterFamily<?>> families) {
        this.registries = context.getRegistry().findByType(MeterRegistry.class);
        this.context = Tags.of("context", context.getName());
        this.families = families;
        Member bridge = new Member("", "");
        singles.forEach(
                single ->
                        add(
                                bridge,
                                this.context,
                                single,
                                () -> single.value().applyAsDouble(null)));
        add(
                bridge,
                this.context.and("version", version()),
                BridgeMetrics.single(
                        "build.info", null, "1; the version is a label", false, () -> 1),
                () -> 1);
        update();
    }

    private static String version() {
        String version = BoundMeters.class.getPackage().getImplementationVersion();
        return version == null ? "unknown" : version;
    }

    private <T> void add(Member member, MeterFamily<T> family) {
        Tags tags = context.and(member.label, member.value);
        for (MeterFamily.Meter<T> meter : family.meters()) {
            add(member, tags, meter, () -> family.value(meter, member.value));
        }
    }

    private void add(Member member, Tags tags, MeterFamily.Meter<?> meter, Supplier<Number> value) {
        add(
                member,
                meter.name(),
                tags,
                registry ->
                        meter.isCounter()
                                // it refers weakly to its object, so that must not be the value
                                // alone
                                ? FunctionCounter.builder(
                                                meter.name(),
                                                this,
                                                meters -> value.get().doubleValue())
                                        .description(meter.description())
                                        .tags(tags)
                                        .register(registry)
                                : Gauge.builder(meter.name(), value)
                                        .baseUnit(meter.unit())
                                        .description(meter.description())
                                        .tags(tags)
                                        .register(registry));
    }

    /** Adds a meter to each registry, unless another bridge has the same one there. */
    private <M extends Meter> List<M> add(
            Member member, String name, Tags tags, Function<MeterRegistry, M> meter) {
        List<M> all = new ArrayList<>(1);
        synchronized (added) {
            for (MeterRegistry registry : isClosed ? List.<MeterRegistry>of() : registries) {
                if (registry.find(name).tags(tags).meter() != null) {
                    logForeign();
                    continue;
                }
                M made = meter.apply(registry);
                all.add(made);
                added.computeIfAbsent(member, m -> new ArrayList<>())
                        .add(new Added(registry, made));
            }
        }
        return all;
    }

    private void logForeign() {
        if (!isForeignLogged) {
            isForeignLogged = true;
            LOG.warn(
                    "Another bridge in a context named {} has its meters in the same registry; this"
                            + " one's are not measured. Give each CamelContext a name of its own.",
                    context.iterator().next().getValue());
        }
    }

    /** Adds the meters of new members, and removes those of members that are gone. */
    void update() {
        Set<Member> now = new HashSet<>();
        for (MeterFamily<?> family : families) {
            for (String value : family.members().keySet()) {
                Member member = new Member(family.label(), value);
                now.add(member);
                if (admit(new Bound(family, member))) {
                    add(member, family);
                }
            }
        }
        recorders.keySet().removeIf(name -> !now.contains(new Member(DeliveryRecorder.NAME, name)));
        synchronized (added) {
            List<Member> gone = new ArrayList<>(added.keySet());
            gone.removeIf(member -> member.label.isEmpty() || now.contains(member));
            gone.forEach(member -> remove(added.remove(member)));
            bound.removeIf(each -> !now.contains(each.member));
        }
    }

    /** Returns true if the member is new, and may have meters. */
    private boolean admit(Bound member) {
        synchronized (added) {
            return isMeasured(member.member) && bound.add(member);
        }
    }

    private boolean isMeasured(Member member) {
        if (added.containsKey(member)) {
            return true;
        }
        if (!SecretMasker.mask(member.value).equals(member.value)) {
            return false; // computed from a message's key
        }
        long count = added.keySet().stream().filter(m -> m.label.equals(member.label)).count();
        if (count >= MAX_MEMBERS && !isTooManyLogged) {
            isTooManyLogged = true;
            LOG.warn(
                    "More than {} values of the label {}; the others are not measured. Do not"
                            + " compute a delivery: name from a message.",
                    MAX_MEMBERS,
                    member.label);
        }
        return count < MAX_MEMBERS;
    }

    DeliveryRecorder recorder(String name) {
        DeliveryRecorder recorder = recorders.get(name);
        return recorder == null ? recorders.computeIfAbsent(name, this::newRecorder) : recorder;
    }

    private DeliveryRecorder newRecorder(String name) {
        Member member = new Member(DeliveryRecorder.NAME, name);
        synchronized (added) {
            return new DeliveryRecorder(
                    context.and(DeliveryRecorder.NAME, name),
                    isMeasured(member)
                            ? new DeliveryRecorder.Adder() {
                                @Override
                                public <M extends Meter> List<M> add(
                                        String meterName,
                                        Tags tags,
                                        Function<MeterRegistry, M> meter) {
                                    return BoundMeters.this.add(member, meterName, tags, meter);
                                }
                            }
                            : DeliveryRecorder.NOTHING);
        }
    }

    /** Removes all that this bridge has added, and nothing else. */
    void close() {
        synchronized (added) {
            isClosed = true;
            added.values().forEach(BoundMeters::remove);
            added.clear();
        }
    }

    private static void remove(List<Added> meters) {
        meters.forEach(each -> each.registry.remove(each.meter));
    }
}
