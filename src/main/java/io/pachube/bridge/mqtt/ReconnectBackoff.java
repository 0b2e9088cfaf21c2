package io.pachube.bridge.mqtt;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * The delays before attempts to connect, in milliseconds: they double while connecting fails, and
 * while connections are lost right after they were made.
 *
 * <p>Not thread safe: {@link MqttConnection} guards it.
 */
final class ReconnectBackoff {

    private static final long MIN_DELAY = 250;
    static final long MAX_DELAY = 10_000;
    private static final long MAX_SHORT_LIVED_DELAY = 60_000;

    /**
     * A connection that is lost before this time, and twice the delay before it, is short-lived.
     */
    private static final long SHORT_LIFE_MILLIS = 5_000;

    private long delay = MIN_DELAY;
    private int shortLived;
    private long shortLivedDelay = MIN_DELAY;
    private int seenRefusals;

    // valid for the connection

    private long connectedSince;

    void onConnected() {
        delay = MIN_DELAY;
        connectedSince = System.nanoTime();
    }

    /** Returns the delay after an attempt that failed. */
    long onFailed() {
        long now = delay;
        delay = increased(delay, MAX_DELAY);
        return now;
    }

    /**
     * Returns the delay after a connection that was lost.
     *
     * @param refusals how many publishes the broker has refused so far by closing the connection:
     *     of such a loss the reason is known
     */
    long onLost(int refusals) {
        long lived = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - connectedSince);
        boolean isRefusal = refusals != seenRefusals;
        seenRefusals = refusals;
        if (!isRefusal && lived < SHORT_LIFE_MILLIS + 2 * shortLivedDelay) {
            shortLived++;
            shortLivedDelay = increased(shortLivedDelay, MAX_SHORT_LIVED_DELAY);
        } else {
            shortLived = 0;
            shortLivedDelay = MIN_DELAY;
        }
        return shortLivedDelay;
    }

    /** Returns how many connections in a row were lost right after they were made. */
    int shortLived() {
        return shortLived;
    }

    private static long increased(long delay, long max) {
        long doubled = Math.min(max, delay * 2);
        return doubled - ThreadLocalRandom.current().nextLong(doubled / 8);
    }
}
