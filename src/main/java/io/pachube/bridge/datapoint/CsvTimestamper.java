package io.pachube.bridge.datapoint;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * Makes one plain value a row {@code timestamp,value} of Pachube's v2 CSV (contract, 2.1), stamped
 * with the time at which it is made: each row's is later than that of the row before.
 *
 * <p>Another payload gets none: more than one cell or line, quotes, JSON, nothing but space, or
 * more characters than a value may have. It is sent unchanged and alone, because only Pachube knows
 * its meaning. Thread safe.
 */
final class CsvTimestamper {

    /** Characters of a value (contract, 1). */
    private static final int MAX_LENGTH = 255;

    private static final int SECONDS_LENGTH = "2026-01-01T00:00:00.".length();
    private static final int STAMP_LENGTH = SECONDS_LENGTH + "000000Z".length();

    /** A second as it is written, up to the point; most rows are of the same one as the last. */
    private record Second(long epoch, byte[] text) {
        static Second of(long epoch) {
            String text = Instant.ofEpochSecond(epoch).toString().replace('Z', '.');
            return new Second(epoch, text.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private final MonotonicClock clock;
    private volatile Second current = Second.of(0);

    CsvTimestamper() {
        this(MonotonicClock.ofMachine());
    }

    CsvTimestamper(MonotonicClock clock) {
        this.clock = clock;
    }

    /** Returns the row, without a line break; null for any payload that is no plain value. */
    byte[] of(byte[] body) {
        int from = 0;
        int to = body.length;
        while (from < to && isSpace(body[from])) {
            from++;
        }
        while (from < to && isSpace(body[to - 1])) {
            to--;
        }
        if (!isPlain(body, from, to)) {
            return null;
        }
        byte[] row = new byte[STAMP_LENGTH + 1 + to - from];
        stamp(clock.next(), row);
        row[STAMP_LENGTH] = ',';
        System.arraycopy(body, from, row, STAMP_LENGTH + 1, to - from);
        return row;
    }

    /** Digit by digit: it is done for each value. */
    private void stamp(long micros, byte[] row) {
        long epoch = Math.floorDiv(micros, 1_000_000L);
        Second second = current;
        if (second.epoch != epoch) {
            second = Second.of(epoch);
            current = second;
        }
        System.arraycopy(second.text, 0, row, 0, SECONDS_LENGTH);
        int rest = (int) (micros - epoch * 1_000_000);
        for (int i = STAMP_LENGTH - 2; i >= SECONDS_LENGTH; i--) {
            row[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        row[STAMP_LENGTH - 1] = 'Z';
    }

    private static boolean isPlain(byte[] body, int from, int to) {
        if (from == to || to - from > 4 * MAX_LENGTH || body[from] == '{' || body[from] == '[') {
            return false;
        }
        int characters = 0;
        for (int i = from; i < to; i++) {
            byte b = body[i];
            // a quote may span lines, and so swallow the rows of others
            if (b == ',' || b == '"' || b == 0x7f || b >= 0 && b < ' ' && b != '\t') {
                return false;
            }
            boolean continues = (b & 0xc0) == 0x80; // UTF-8
            if (!continues && ++characters > MAX_LENGTH) {
                return false;
            }
        }
        return true;
    }

    static boolean isSpace(byte b) {
        return b == ' ' || b >= '\t' && b <= '\r';
    }
}
