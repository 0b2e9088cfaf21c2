package io.pachube.bridge.mqtt.paho;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads from the broker at most every 5 ms while there is a backlog or messages arrive quickly, so
 * that one read takes a burst of them.
 *
 * <p>A broker writes each message by itself. To be woken for each costs more, on both sides, than
 * all else that is done with it on this thread, and what arrives together can share a request.
 */
class CoalescingInputStream extends FilterInputStream {

    private static final long MIN_READ_INTERVAL = TimeUnit.MILLISECONDS.toNanos(5);

    /** Bytes of one read: about a hundred small messages. */
    private static final int BURST = 4096;

    private final BurstListener listener;

    /** Nanoseconds of {@link System#nanoTime}. */
    private long last = System.nanoTime() - MIN_READ_INTERVAL;

    /** Whether the last read brought a burst, and left nothing. */
    private boolean isBurst;

    CoalescingInputStream(InputStream in, BurstListener listener) {
        super(in);
        this.listener = listener;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        listener.onEnd();
        long left = last + MIN_READ_INTERVAL - System.nanoTime();
        if (left > 0 && (isBurst || listener.isBacklogged())) {
            pause(left);
        }
        int count = super.read(to, offset, length);
        last = System.nanoTime();
        isBurst = count >= BURST && count < length;
        listener.onBegin();
        return count;
    }

    void pause(long nanos) {
        LockSupport.parkNanos(nanos);
    }
}
