package io.pachube.bridge.mqtt.paho;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

class AckBatchingOutputStreamTest {

    private final List<byte[]> writes = new ArrayList<>();
    private final List<Runnable> tasks = new ArrayList<>();
    private final List<Runnable> later = new ArrayList<>();
    private final OutputStream connection =
            new OutputStream() {
                @Override
                public void write(int b) {
                    throw new AssertionError("byte by byte");
                }

                @Override
                public void write(byte[] packets) {
                    writes.add(packets);
                }
            };
    private final ScheduledExecutorService executor =
            new ScheduledThreadPoolExecutor(0) {
                @Override
                public void execute(Runnable task) {
                    tasks.add(task);
                }

                @Override
                public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
                    later.add(task);
                    return null;
                }
            };
    private final AckBatchingOutputStream outgoing =
            new AckBatchingOutputStream(connection, executor);

    @Test
    void acknowledgementsGoOutTogetherAndInOrder() {
        for (int id : new int[] {1, 300, 2}) {
            outgoing.acknowledge(id, false);
        }
        assertEquals(1, later.size());
        assertEquals(List.of(), tasks);
        assertEquals(0, writes.size());

        later.remove(0).run();
        assertEquals(1, writes.size());
        assertArrayEquals(new byte[] {0x40, 2, 0, 1, 0x40, 2, 1, 44, 0x40, 2, 0, 2}, writes.get(0));

        outgoing.acknowledge(0xffff, false);
        later.remove(0).run();
        assertArrayEquals(new byte[] {0x40, 2, -1, -1}, writes.get(1));
    }

    /** Otherwise a small window would be sent anew but a thousand times a second. */
    @Test
    void whatTheBrokerWaitsForGoesAtOnce() {
        outgoing.acknowledge(1, false);
        outgoing.acknowledge(2, true);
        tasks.remove(0).run();
        assertArrayEquals(new byte[] {0x40, 2, 0, 1, 0x40, 2, 0, 2}, writes.get(0));

        later.remove(0).run();
        assertEquals(1, writes.size());
    }

    @Test
    void whatIsToBeSentBeforeTheEndIsSentAtOnce() {
        outgoing.acknowledge(1, false);
        outgoing.flushAcks();
        assertEquals(1, writes.size());
        later.remove(0).run();
        assertEquals(1, writes.size());
    }

    @Test
    void nothingComesInsideAPacket() throws IOException {
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        for (int i = 0; i < 3; i++) {
            byte[] part = {(byte) i, (byte) (i + 1)};
            packet.write(part);
            outgoing.write(part, 0, 2);
            outgoing.write(i);
            packet.write(i);
            outgoing.acknowledge(i, true);
            tasks.removeIf(
                    task -> {
                        task.run();
                        return true;
                    });
        }
        outgoing.flush();
        outgoing.flush();

        assertEquals(4, writes.size());
        assertArrayEquals(packet.toByteArray(), writes.get(3));
    }

    /** As when the connection is lost: the broker sends copies. */
    @Test
    void aConnectionThatIsLostIsNobodysFault() {
        AckBatchingOutputStream lost =
                new AckBatchingOutputStream(
                        new OutputStream() {
                            @Override
                            public void write(int b) throws IOException {
                                throw new IOException("lost");
                            }
                        },
                        executor);
        lost.acknowledge(1, true);
        tasks.remove(0).run();
        lost.acknowledge(2, true);
        tasks.remove(0).run();
    }
}
