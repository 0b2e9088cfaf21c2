package io.pachube.bridge.datapoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

class CsvTimestamperTest {

    private static final long EPOCH = Instant.parse("2026-01-01T00:00:00Z").getEpochSecond();

    private final AtomicLong now = new AtomicLong(EPOCH * 1_000_000);
    private final CsvTimestamper rows = new CsvTimestamper(new MonotonicClock(now::get));

    private String row(String body) {
        return row(body.getBytes(StandardCharsets.UTF_8));
    }

    private String row(byte[] body) {
        byte[] row = rows.of(body);
        return row == null ? null : new String(row, StandardCharsets.UTF_8);
    }

    @Test
    void aPlainValueIsARowWithTheTimeOfItsArrival() {
        assertEquals("2026-01-01T00:00:00.000000Z,21.5", row("21.5"));
        now.addAndGet(61_234_567);
        assertEquals("2026-01-01T00:01:01.234567Z,21.5", row(" 21.5\r\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1e3", "on", "sehr schön", "a b", "true", "1;2", "12:30", "a\tb"})
    void isPlain(String body) {
        assertTrue(row(body).endsWith("Z," + body));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "  \n",
                "2012-01-01T00:00:00Z,21.5",
                "1,2,3",
                "2012-01-01T00:00:00Z,1\n2012-01-01T00:00:01Z,2",
                "1\n2",
                "1\r2",
                "{}",
                "[1]",
                "{\"current_value\":\"1\"}",
                "\"21,5\"",
                "\"open",
                "a\u0000b",
                "a\u000bb",
                "a\u007fb"
            })
    void isNotPlain(String body) {
        assertNull(row(body));
    }

    @Test
    void aValueHasAtMostItsCharactersNotBytes() {
        assertTrue(row("ä".repeat(255)).endsWith("ä"));
        assertNull(row("ä".repeat(256)));
        byte[] continuations = new byte[60_000];
        java.util.Arrays.fill(continuations, (byte) 0x80);
        assertNull(row(continuations));
    }

    @Property
    void aStampIsTheTimeItWasTaken(
            @ForAll @LongRange(max = 4_000_000_000L) long seconds,
            @ForAll @IntRange(max = 999_999) int micros) {
        long time = seconds * 1_000_000 + micros;
        String row =
                new String(new CsvTimestamper(new MonotonicClock(() -> time)).of(new byte[] {49}));
        assertEquals(Instant.ofEpochSecond(seconds, micros * 1_000L), Instant.parse(stamp(row)));
        assertEquals("2026-01-01T00:00:00.000000Z".length(), stamp(row).length());
    }

    /** Stamps are of one length: their texts are in the order of their times. */
    @Property
    void eachStampIsLaterThanTheOneBeforeWhateverTheMachinesClockDoes(
            @ForAll List<@IntRange(min = -3_000_000, max = 3_000_000) Integer> steps) {
        AtomicLong clock = new AtomicLong(EPOCH * 1_000_000);
        CsvTimestamper stamping = new CsvTimestamper(new MonotonicClock(clock::get));
        List<String> stamps = new ArrayList<>();
        for (int step : steps) {
            clock.addAndGet(step / 2 * 2L);
            stamps.add(stamp(new String(stamping.of(new byte[] {49}))));
            stamps.add(stamp(new String(stamping.of(new byte[] {49}))));
        }
        assertEquals(stamps.stream().sorted().distinct().toList(), stamps);
    }

    @Test
    void noTwoThreadsGetTheSameStamp() {
        CsvTimestamper real = new CsvTimestamper();
        List<String> stamps = Collections.synchronizedList(new ArrayList<>());
        IntStream.range(0, 20_000)
                .parallel()
                .forEach(i -> stamps.add(stamp(new String(real.of(new byte[] {49})))));
        assertEquals(20_000, stamps.stream().distinct().count());
    }

    private static String stamp(String row) {
        return row.substring(0, row.indexOf(','));
    }
}
