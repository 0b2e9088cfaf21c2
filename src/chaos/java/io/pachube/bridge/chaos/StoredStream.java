package io.pachube.bridge.chaos;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What the {@link Sink} has of one datastream, whose values are numbered from 1 on. Thread safe.
 */
final class StoredStream {

    /**
     * @param stored how many different numbers
     * @param duplicates numbers that came again though a copy had been answered with success
     * @param repeats how many came again because no answer had been given
     * @param inversions first copies that came after one with a higher number, or with an earlier
     *     stamp than one with a lower number
     * @param missing numbers below the highest one
     * @param gapMillis the longest time between two stores
     */
    record Figures(
            String key,
            String datastream,
            int stored,
            List<Integer> duplicates,
            int repeats,
            int inversions,
            List<Integer> missing,
            long gapMillis) {}

    private final BitSet stored = new BitSet(0);
    private final BitSet answered = new BitSet(0);
    private final List<Integer> duplicates = new ArrayList<>(0);
    private String lastStamp = "";
    private int repeats;
    private int inversions;
    private long last;
    private long gap;

    /**
     * Whether it is the first copy.
     *
     * @param stamp its time, all of one form; empty: none
     */
    synchronized boolean store(int number, String stamp, boolean answer) {
        long now = System.nanoTime();
        gap = last == 0 ? 0 : Math.max(gap, now - last);
        last = now;
        boolean first = !stored.get(number);
        if (answered.get(number)) {
            duplicates.add(number);
        } else if (!first) {
            repeats++;
        } else if (number < stored.length()
                || !stamp.isEmpty() && stamp.compareTo(lastStamp) <= 0) {
            inversions++;
        } else {
            lastStamp = stamp;
        }
        stored.set(number);
        if (answer) {
            answered.set(number);
        }
        return first;
    }

    synchronized Figures figures(String key, String datastream) {
        BitSet missing = new BitSet();
        missing.set(1, Math.max(1, stored.length()));
        missing.andNot(stored);
        return new Figures(
                key,
                datastream,
                stored.cardinality(),
                List.copyOf(duplicates),
                repeats,
                inversions,
                missing.stream().boxed().toList(),
                TimeUnit.NANOSECONDS.toMillis(gap));
    }
}
