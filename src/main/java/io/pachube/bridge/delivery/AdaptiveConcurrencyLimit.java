package io.pachube.bridge.delivery;

/**
 * How many attempts run at once: the maximum, or a reduced number where that brings as much.
 *
 * <p>Where the CPU is saturated, the threads that make requests take it from those that receive.
 * With reduced concurrency messages gather meanwhile, and travel in larger batches. So that is
 * tried, and kept as long as the throughput is no lower. Where the CPU has time left it is the
 * maximum again, at once.
 *
 * <p>{@link #isReduced} is thread safe, the rest is not.
 */
final class AdaptiveConcurrencyLimit {

    /** Of the CPU, 0 to 1. */
    private static final double HIGH_LOAD = 0.9;

    private static final double LOW_LOAD = 0.5;

    /** Of the throughput at maximum concurrency; smaller differences are chance. */
    private static final double MIN_RELATIVE_THROUGHPUT = 0.85;

    private static final int SAMPLES_PER_EVALUATION = 3;

    /** In evaluations. */
    private static final int MAX_BACKOFF = 128;

    /** Then the maximum is tried for one, as conditions may have changed. */
    private static final int MAX_REDUCED_EVALUATIONS = 128;

    private final int max;
    private final int reduced;
    private volatile boolean isReduced;
    private int samples;
    private int evaluations;
    private int backoff = 1;
    private double throughput;
    private double baselineThroughput;

    /**
     * @param reduced not more than max; as many: it is never tried
     */
    AdaptiveConcurrencyLimit(int max, int reduced) {
        this.max = max;
        this.reduced = reduced;
    }

    int current() {
        return isReduced ? reduced : max;
    }

    /** Whether there is anything to sample for. */
    boolean mayChange() {
        return reduced < max;
    }

    boolean isReduced() {
        return isReduced;
    }

    /**
     * Takes a sample.
     *
     * @param ended how many throughput a second have come to their end since the last one
     * @param load how much of the processors' time is used, 0 to 1
     */
    void sample(double ended, double load) {
        if (load < LOW_LOAD) {
            backoff = 1;
            change(false);
            return;
        }
        if (samples++ > 0) { // the first still sees what was before
            throughput += ended;
        }
        if (samples > SAMPLES_PER_EVALUATION) {
            evaluate(load);
            throughput = 0;
            samples = Math.min(samples, 1);
        }
    }

    private void evaluate(double load) {
        evaluations++;
        if (!isReduced) {
            baselineThroughput = throughput;
            if (load > HIGH_LOAD && evaluations >= backoff && mayChange()) {
                change(true);
            }
        } else if (throughput < MIN_RELATIVE_THROUGHPUT * baselineThroughput) {
            backoff = Math.min(MAX_BACKOFF, 2 * backoff);
            change(false);
        } else if (evaluations >= MAX_REDUCED_EVALUATIONS) {
            backoff = 1;
            change(false);
        }
    }

    private void change(boolean toReduced) {
        isReduced = toReduced;
        evaluations = 0;
        samples = 0;
        throughput = 0;
    }
}
