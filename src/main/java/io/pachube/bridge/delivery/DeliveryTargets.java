package io.pachube.bridge.delivery;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The targets by name. One is made when a route first uses its name; a name without routes and
 * messages leaves nothing behind. Thread safe.
 */
final class DeliveryTargets {

    private record Used(DeliveryTarget target, int users) {}

    private final DeliveryComponent component;
    private final Map<String, Used> targets = new TreeMap<>();

    DeliveryTargets(DeliveryComponent component) {
        this.component = component;
    }

    /** Returns the target, which {@link #release} must follow. */
    synchronized DeliveryTarget acquire(String name) {
        Used used = targets.get(name);
        DeliveryTarget target =
                used == null
                        ? new DeliveryTarget(component, name, component.getConfiguration().copy())
                        : used.target;
        targets.put(name, new Used(target, used == null ? 1 : used.users + 1));
        return target;
    }

    void release(DeliveryTarget target) {
        synchronized (this) {
            Used used = targets.get(target.name());
            if (used == null || used.target != target) {
                return;
            }
            if (used.users > 1 || target.pending() > 0) {
                targets.put(target.name(), new Used(target, Math.max(0, used.users - 1)));
                return;
            }
            targets.remove(target.name());
        }
        target.shutdown();
    }

    /** A route may have been removed while its messages were pending. */
    void removeUnused() {
        List<DeliveryTarget> unused = new ArrayList<>();
        synchronized (this) {
            targets.values()
                    .removeIf(
                            used -> {
                                boolean isUnused = used.users == 0 && used.target.pending() == 0;
                                if (isUnused) {
                                    unused.add(used.target);
                                }
                                return isUnused;
                            });
        }
        unused.forEach(DeliveryTarget::shutdown);
    }

    void shutdown() {
        List<DeliveryTarget> stopped = all();
        stopped.forEach(DeliveryTarget::beginShutdown);
        stopped.forEach(DeliveryTarget::shutdown);
        synchronized (this) {
            targets.clear();
        }
    }

    synchronized List<DeliveryTarget> all() {
        return targets.values().stream().map(Used::target).toList();
    }

    /** Returns null if the name has neither routes nor messages. */
    synchronized DeliveryTarget find(String name) {
        Used used = targets.get(name);
        return used == null ? null : used.target;
    }

    /** Returns true if all services that were ever asked are in an outage. */
    boolean isDown() {
        Set<String> down = new HashSet<>();
        Set<String> used = new HashSet<>();
        for (DeliveryTarget target : all()) {
            if (target.isOutage()) {
                down.add(target.service());
            }
            if (target.policy().hasEvidence()) {
                used.add(target.service());
            }
        }
        return !down.isEmpty() && down.containsAll(used);
    }

    SortedSet<String> names(Predicate<DeliveryTarget> which) {
        SortedSet<String> names = new TreeSet<>();
        all().stream().filter(which).map(DeliveryTarget::name).forEach(names::add);
        return names;
    }
}
