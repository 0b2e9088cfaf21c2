package io.pachube.bridge.bench;

/**
 * How many values took how long, in buckets that are a 64th of their time wide: one microsecond up
 * to 128 microseconds, one second at a minute.
 */
record Latencies(long[] counts) {

    private static final int FINENESS = 6;

    /** The last is for an hour, and for what takes longer. */
    static final int BUCKETS = (32 - FINENESS + 1) << FINENESS;

    static int bucket(long micros) {
        if (micros < 1 << FINENESS) {
            return (int) Math.max(0, micros);
        }
        int shift = 63 - Long.numberOfLeadingZeros(micros) - FINENESS;
        return (int) Math.min(BUCKETS - 1, ((long) shift << FINENESS) + (micros >>> shift));
    }

    private static long micros(int bucket) {
        int shift = Math.max(0, (bucket >> FINENESS) - 1);
        return (long) (bucket - (shift << FINENESS)) << shift;
    }

    Latencies since(Latencies earlier) {
        long[] more = new long[BUCKETS];
        for (int i = 0; i < BUCKETS; i++) {
            more[i] = counts[i] - earlier.counts[i];
        }
        return new Latencies(more);
    }

    /**
     * The time in milliseconds within which that share of the values was there; 0 if there are
     * none.
     *
     * @param share 0.99 for the 99th percentile
     */
    double millis(double share) {
        long all = 0;
        for (long count : counts) {
            all += count;
        }
        long wanted = (long) Math.ceil(all * share);
        for (int i = 0; i < BUCKETS; i++) {
            wanted -= counts[i];
            if (wanted <= 0 && all > 0) {
                return micros(i + 1) / 1e3;
            }
        }
        return 0;
    }
}
