package io.pachube.bridge.mqtt.paho;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

class CoalescingInputStreamTest {

    private static final int READS = 1_000;

    private boolean plenty;
    private int pauses;
    private long longest;
    private final List<String> calls = new ArrayList<>();
    private final CoalescingInputStream in = in(READS);

    private CoalescingInputStream in(int bytes) {
        BurstListener listener =
                new BurstListener() {
                    @Override
                    public boolean isBacklogged() {
                        return plenty;
                    }

                    @Override
                    public void onBegin() {
                        calls.add("begin");
                    }

                    @Override
                    public void onEnd() {
                        calls.add("end");
                    }
                };
        return new CoalescingInputStream(new ByteArrayInputStream(new byte[bytes]), listener) {
            @Override
            void pause(long nanos) {
                pauses++;
                longest = Math.max(longest, nanos);
            }
        };
    }

    @Test
    void aBurstIsFollowedByAPause() throws IOException {
        assertEquals(5_000, in(5_000).read(new byte[65_536], 0, 65_536));
        CoalescingInputStream bursts = in(5_000);
        bursts.read(new byte[65_536], 0, 65_536);
        assertEquals(-1, bursts.read(new byte[1], 0, 1));
        assertEquals(1, pauses);
    }

    @Test
    void aBufferThatWasFilledIsReadOnWithoutAPause() throws IOException {
        CoalescingInputStream more = in(10_000);
        more.read(new byte[5_000], 0, 5_000);
        more.read(new byte[5_000], 0, 5_000);
        assertEquals(0, pauses);
        assertEquals(List.of("end", "begin", "end", "begin"), calls);
    }

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
        assertTrue(longest <= 5_000_000, longest + " ns");
    }
}
