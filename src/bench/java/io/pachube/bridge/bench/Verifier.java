package io.pachube.bridge.bench;

import io.pachube.bridge.bench.Board.Entry;

import java.util.Arrays;
import java.util.BitSet;

/** Tells the {@link Board} of {@link Numbered} values that come; for one thread. */
final class Verifier {

    private final Board board;
    private int[] highest = new int[1_024];
    private BitSet[] seen = new BitSet[highest.length];

    Verifier(Board board) {
        this.board = board;
    }

    /**
     * The datastream's number, from {@code s<number>} up to the first other character, or the end.
     */
    static int datastream(byte[] bytes, int at, int end) {
        int number = 0;
        for (int i = at + 1; i < end && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
            number = number * 10 + bytes[i] - '0';
        }
        return number;
    }

    void store(int datastream, byte[] bytes, int at) {
        int number = Numbered.number(bytes, at);
        if (datastream >= seen.length) {
            highest = Arrays.copyOf(highest, 2 * datastream);
            seen = Arrays.copyOf(seen, 2 * datastream);
        }
        BitSet before = seen[datastream];
        if (before == null) {
            before = new BitSet();
            seen[datastream] = before;
        }
        if (before.get(number)) {
            board.add(Entry.DUPLICATES, 1);
            return;
        }
        before.set(number);
        if (number < highest[datastream]) {
            board.add(Entry.INVERSIONS, 1);
        } else {
            highest[datastream] = number;
        }
        board.took(Numbered.age(bytes, at));
        board.add(Entry.STORED, 1);
    }
}
