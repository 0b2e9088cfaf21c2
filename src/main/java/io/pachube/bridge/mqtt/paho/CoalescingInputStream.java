package io.pachube.bridge.mqtt.paho;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Reads from the broker at most once a millisecond while there is a backlog, so that one read takes
 * several messages.
 *
 * <p>A broker writes each message by itself. To be woken for each costs more, on both sides, than
 * all else that is done with it on this thread; a message that waits here would only wait
 * elsewhere.
 */
class CoalescingInputStream extends FilterInputStream {

    private static final long MIN_READ_INTERVAL = TimeUnit.MILLISECONDS.toNanos(1);

    private final BooleanSupplier isBacklogged;

    /** Nanoseconds of {@link System#nanoTime}. */
    private long last = System.nanoTime() - MIN_READ_INTERVAL;

    /**
     * @param isBacklogged returns true if one more message would only wait
     */
    CoalescingInputStream(InputStream in, BooleanSupplier isBacklogged) {
        super(in);
        this.isBacklogged = isBacklogged;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        long left = last + MIN_READ_INTERVAL - System.nanoTime();
        if (left > 0 && isBacklogged.getAsBoolean()) {
            pause(left);
        }
        try {
            return super.read(to, offset, length);
        } finally {
            last = System.nanoTime();
        }
    }

    void pause(long nanos) {
        LockSupport.parkNanos(nanos);
    }
}
