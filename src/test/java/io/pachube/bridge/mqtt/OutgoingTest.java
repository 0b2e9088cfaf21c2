package io.pachube.bridge.mqtt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

class OutgoingTest {

    private final List<byte[]> writes = new ArrayList<>();
    private final List<Runnable> tasks = new ArrayList<>();
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
    private final Outgoing outgoing = new Outgoing(connection, tasks::add);

    @Test
    void acknowledgementsGoOutTogetherAndInOrder() {
        for (int id : new int[] {1, 300, 2}) {
            outgoing.acknowledge(id);
        }
        assertEquals(1, tasks.size());
        assertEquals(0, writes.size());

        tasks.remove(0).run();
        assertEquals(1, writes.size());
        assertArrayEquals(new byte[] {0x40, 2, 0, 1, 0x40, 2, 1, 44, 0x40, 2, 0, 2}, writes.get(0));

        outgoing.acknowledge(0xffff);
        tasks.remove(0).run();
        assertArrayEquals(new byte[] {0x40, 2, -1, -1}, writes.get(1));
    }

    @Test
    void whatIsToBeSentBeforeTheEndIsSentAtOnce() {
        outgoing.acknowledge(1);
        outgoing.sendAcks();
        assertEquals(1, writes.size());
        tasks.remove(0).run();
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
            outgoing.acknowledge(i);
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
        Outgoing lost =
                new Outgoing(
                        new OutputStream() {
                            @Override
                            public void write(int b) throws IOException {
                                throw new IOException("lost");
                            }
                        },
                        Runnable::run);
        lost.acknowledge(1);
        lost.acknowledge(2);
    }
}
