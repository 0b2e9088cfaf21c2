package io.pachube.bridge.delivery;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Lines of which each has a name: one goes, the others wait behind it in the order in which they
 * came. A line without anyone leaves nothing behind.
 *
 * <p>Thread safe; no two lines wait for each other.
 */
final class Lines<T> {

    /** Of a line where one goes and nobody waits: most are so. Never changed. */
    private final Deque<T> nobody = new ArrayDeque<>(0);

    /** Those where one goes; the queue holds who waits. */
    private final Map<String, Deque<T>> busy = new ConcurrentHashMap<>();

    /** Whether the line is free, so that who comes goes now; otherwise it waits. */
    boolean join(String name, T one) {
        if (busy.putIfAbsent(name, nobody) == null) {
            return true;
        }
        Deque<T> line =
                busy.compute(
                        name,
                        (n, waiting) -> {
                            if (waiting == null) {
                                return nobody;
                            }
                            Deque<T> queue = own(waiting);
                            queue.add(one);
                            return queue;
                        });
        return line == nobody;
    }

    /** Who goes now that the one who went is done; null: the line is free. */
    T next(String name) {
        if (busy.remove(name, nobody)) {
            return null;
        }
        List<T> first = new ArrayList<>(1);
        busy.computeIfPresent(
                name,
                (n, waiting) -> {
                    T one = waiting.poll();
                    if (one == null) {
                        return null;
                    }
                    first.add(one);
                    return waiting;
                });
        return first.isEmpty() ? null : first.get(0);
    }

    /** The first ones that wait, as long as they fit, to go with the one who goes. */
    List<T> take(String name, int most, Predicate<T> fits) {
        if (busy.get(name) == nobody) {
            return List.of();
        }
        List<T> taken = new ArrayList<>();
        busy.computeIfPresent(
                name,
                (n, waiting) -> {
                    while (taken.size() < most
                            && !waiting.isEmpty()
                            && fits.test(waiting.element())) {
                        taken.add(waiting.remove());
                    }
                    return waiting;
                });
        return taken;
    }

    /** Those that were taken wait again, before all others. */
    void putBack(String name, List<T> taken) {
        busy.computeIfPresent(
                name,
                (n, waiting) -> {
                    Deque<T> queue = own(waiting);
                    for (int i = taken.size() - 1; i >= 0; i--) {
                        queue.addFirst(taken.get(i));
                    }
                    return queue;
                });
    }

    private Deque<T> own(Deque<T> waiting) {
        return waiting == nobody ? new ArrayDeque<>(4) : waiting;
    }

    /** How many lines there are where one goes. */
    int size() {
        return busy.size();
    }
}
