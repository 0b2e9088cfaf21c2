package io.pachube.bridge.delivery;

import java.util.concurrent.TimeUnit;

/**
 * Holds back batches, as {@code TCP_CORK} holds back packets: while a source hands over messages
 * that it has read at once, no batch starts with the first of them. Thread safe.
 */
final class Cork {

    /** A source that does not come back holds nothing for longer. */
    private static final long MAX_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final ThreadLocal<Cork> CURRENT = new ThreadLocal<>();

    private final long since = System.nanoTime();
    private volatile boolean isOpen = true;
    private boolean isUsed;

    /** Begins to hold back the messages that the current thread hands over. */
    static void begin() {
        CURRENT.set(new Cork());
    }

    /**
     * Ends the cork of the current thread.
     *
     * @return true if any message was held back
     */
    static boolean end() {
        Cork cork = CURRENT.get();
        if (cork == null) {
            return false;
        }
        CURRENT.remove();
        cork.isOpen = false;
        return cork.isUsed;
    }

    /** Returns the cork of the current thread, to hold back a group; null without. */
    static Cork use() {
        Cork cork = CURRENT.get();
        if (cork != null) {
            cork.isUsed = true;
        }
        return cork;
    }

    boolean isOpen() {
        return isOpen && System.nanoTime() - since < MAX_NANOS;
    }
}
