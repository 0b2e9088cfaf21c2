package io.pachube.bridge.mqtt;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * What a broker sends, read at most once a millisecond as long as there is plenty to do anyway:
 * what comes in the meantime is read together.
 *
 * <p>A broker writes each message by itself. To be woken for each costs more, on both sides, than
 * all else that is done with it on this thread; what waits here would only wait elsewhere.
 */
class Gathering extends FilterInputStream {

    private static final long APART_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final BooleanSupplier isPlenty;

    /** Nanoseconds of {@link System#nanoTime}. */
    private long last = System.nanoTime() - APART_NANOS;

    /**
     * @param isPlenty says whether there is plenty to do
     */
    Gathering(InputStream in, BooleanSupplier isPlenty) {
        super(in);
        this.isPlenty = isPlenty;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        long left = last + APART_NANOS - System.nanoTime();
        if (left > 0 && isPlenty.getAsBoolean()) {
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
