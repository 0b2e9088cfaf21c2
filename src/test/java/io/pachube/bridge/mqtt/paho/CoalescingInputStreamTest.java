package io.pachube.bridge.mqtt.paho;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.IOException;

class CoalescingInputStreamTest {

    private static final int READS = 1_000;

    private boolean plenty;
    private int pauses;
    private long longest;
    private final CoalescingInputStream in =
            new CoalescingInputStream(new ByteArrayInputStream(new byte[READS]), () -> plenty) {
                @Override
                void pause(long nanos) {
                    pauses++;
                    longest = Math.max(longest, nanos);
                }
            };

    private void read() throws IOException {
        for (int i = 0; i < READS; i++) {
            assertEquals(1, in.read(new byte[1], 0, 1));
        }
    }

    @Test
    void whatComesIsReadAtOnceWhereThereIsLittleToDo() throws IOException {
        read();
        assertEquals(0, pauses);
    }

    @Test
    void whatComesWhereThereIsPlentyToDoIsReadTogether() throws IOException {
        plenty = true;
        read();
        assertTrue(pauses > 0, "each is read at once");
        assertTrue(longest <= 1_000_000, longest + " ns");
    }
}
