package io.pachube.bridge.bench;

/**
 * The values of the benchmark: {@code 10000007.000123456789} is the seventh of its datastream,
 * published at that microsecond. All have the same length, so that they are written in place.
 *
 * <p>The clock is {@link System#nanoTime}, which on Linux is the machine's, the same in all
 * processes.
 */
final class Numbered {

    private static final int FIRST = 10_000_000;
    private static final int NUMBER_DIGITS = 8;
    private static final int MICROS_DIGITS = 12;
    private static final long MICROS = 1_000_000_000_000L;

    static final int LENGTH = NUMBER_DIGITS + 1 + MICROS_DIGITS;

    private Numbered() {}

    /** Writes the value with that number at that place. */
    static void write(int number, long micros, byte[] bytes, int at) {
        digits(FIRST + number, bytes, at, NUMBER_DIGITS);
        bytes[at + NUMBER_DIGITS] = '.';
        digits(micros % MICROS, bytes, at + NUMBER_DIGITS + 1, MICROS_DIGITS);
    }

    private static void digits(long number, byte[] bytes, int at, int count) {
        long rest = number;
        for (int i = at + count - 1; i >= at; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }

    static int number(byte[] bytes, int at) {
        return (int) parse(bytes, at, NUMBER_DIGITS) - FIRST;
    }

    /** How many microseconds ago it was published. */
    static long age(byte[] bytes, int at) {
        long published = parse(bytes, at + NUMBER_DIGITS + 1, MICROS_DIGITS);
        return Math.floorMod(micros() - published, MICROS);
    }

    private static long parse(byte[] bytes, int at, int count) {
        long number = 0;
        for (int i = at; i < at + count; i++) {
            number = number * 10 + bytes[i] - '0';
        }
        return number;
    }

    /** Now. */
    static long micros() {
        return System.nanoTime() / 1_000;
    }
}
