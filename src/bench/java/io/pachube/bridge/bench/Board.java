package io.pachube.bridge.bench;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What the processes of one trial tell each other: a file that each of them has in its memory, so
 * that to tell costs next to nothing. Each number is written by one thread of one process, and read
 * by all.
 */
final class Board {

    /** The numbers; their order is their place. */
    enum Entry {
        /** Different values that came to the end of their way. */
        STORED,
        REQUESTS,
        /** Values that came after a later one of their datastream. */
        INVERSIONS,
        DUPLICATES,
        PUBLISHED,
        /** 1: whoever publishes is connected. */
        READY,
        /** Values a second that are to be published; 0: as many as the {@link #WINDOW} allows. */
        RATE,
        /** How many values may be published and not yet stored; 0: none is published. */
        WINDOW,
        /** When so many are published, whoever publishes ends. */
        LIMIT
    }

    private static final VarHandle LONG =
            MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private static final int ENTRIES = Entry.values().length;

    private final ByteBuffer memory;

    /**
     * @param file is made if it is missing
     */
    Board(Path file) throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            memory =
                    channel.map(
                            FileChannel.MapMode.READ_WRITE,
                            0,
                            Long.BYTES * (ENTRIES + Latencies.BUCKETS));
        }
    }

    long get(Entry entry) {
        return at(entry.ordinal());
    }

    void set(Entry entry, long number) {
        LONG.setRelease(memory, Long.BYTES * entry.ordinal(), number);
    }

    /** Of whoever writes that entry alone. */
    void add(Entry entry, long number) {
        set(entry, get(entry) + number);
    }

    /** A value has been under way for so long. */
    void took(long micros) {
        int place = ENTRIES + Latencies.bucket(micros);
        LONG.setRelease(memory, Long.BYTES * place, at(place) + 1);
    }

    /** How long all values so far were under way. */
    Latencies latencies() {
        long[] counts = new long[Latencies.BUCKETS];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = at(ENTRIES + i);
        }
        return new Latencies(counts);
    }

    private long at(int place) {
        return (long) LONG.getAcquire(memory, Long.BYTES * place);
    }
}
