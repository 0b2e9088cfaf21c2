package io.pachube.bridge.delivery;

/**
 * How many requests are made at once: all that may be, or few, where few bring as much.
 *
 * <p>On a machine whose processors have no time left, requests wait for each other, and those who
 * make them take the time from those who receive. Few at once do better there: what comes meanwhile
 * waits, and travels in larger batches. So that is tried, and kept as long as no fewer values come
 * to their end by it. Where there is time left it is all again, at once.
 *
 * <p>{@link #isFew} is thread safe, the rest is not.
 */
final class Limit {

    /** Of the processors' time. */
    private static final double BUSY = 0.9;

    /** Few leave some of it. */
    private static final double RELAXED = 0.5;

    /** Of what all bring; what differs less is chance. */
    private static final double AS_MUCH = 0.85;

    /** In looks: one is too short to tell. */
    private static final int TRIAL = 3;

    /** In trials. */
    private static final int LONGEST_PAUSE = 128;

    /** In trials; then it is all again for one, as conditions may be others. */
    private static final int LONGEST = 128;

    private final int all;
    private final int few;
    private volatile boolean isFew;
    private int looks;
    private int trials;
    private int pause = 1;
    private double values;
    private double valuesByAll;

    /**
     * @param few not more than all; as many: it is never tried
     */
    Limit(int all, int few) {
        this.all = all;
        this.few = few;
    }

    int current() {
        return isFew ? few : all;
    }

    /** Whether there is anything to look for. */
    boolean mayChange() {
        return few < all;
    }

    boolean isFew() {
        return isFew;
    }

    /**
     * Takes a look.
     *
     * @param ended how many values a second have come to their end since the last one
     * @param load how much of the processors' time is used, 0 to 1
     */
    void look(double ended, double load) {
        if (load < RELAXED) {
            pause = 1;
            change(false);
            return;
        }
        if (looks++ > 0) { // the first still sees what was before
            values += ended;
        }
        if (looks > TRIAL) {
            judge(load);
            values = 0;
            looks = Math.min(looks, 1);
        }
    }

    private void judge(double load) {
        trials++;
        if (!isFew) {
            valuesByAll = values;
            if (load > BUSY && trials >= pause && mayChange()) {
                change(true);
            }
        } else if (values < AS_MUCH * valuesByAll) {
            pause = Math.min(LONGEST_PAUSE, 2 * pause);
            change(false);
        } else if (trials >= LONGEST) {
            pause = 1;
            change(false);
        }
    }

    private void change(boolean toFew) {
        isFew = toFew;
        trials = 0;
        looks = 0;
        values = 0;
    }
}
