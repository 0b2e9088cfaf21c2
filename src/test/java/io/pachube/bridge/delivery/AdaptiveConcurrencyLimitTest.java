package io.pachube.bridge.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.function.LongSupplier;

class AdaptiveConcurrencyLimitTest {

    private static final int ALL = 32;
    private static final int FEW = 2;

    private final AdaptiveConcurrencyLimit limit = new AdaptiveConcurrencyLimit(ALL, FEW);

    /** Looks so often; gives how often it were few that the next look would be at. */
    private int look(int times, double load, LongSupplier ended) {
        int few = 0;
        for (int i = 0; i < times; i++) {
            limit.sample(ended.getAsLong(), load);
            few += limit.isReduced() ? 1 : 0;
        }
        return few;
    }

    @Test
    void whereThereIsTimeLeftAllGo() {
        assertEquals(0, look(1_000, 0.85, () -> 100));
        assertEquals(ALL, limit.current());
    }

    @Test
    void fewGoWhereTheyBringAsMuch() {
        int few = look(10_000, 1, () -> limit.isReduced() ? 95 : 100);
        assertTrue(few > 9_500, few + " of 10,000");
        assertTrue(few < 10_000, "it is never tried anew");
    }

    @Test
    void allGoWhereFewBringLess() {
        int few = look(10_000, 1, () -> limit.isReduced() ? 60 : 100);
        assertTrue(few > 0, "it is never tried");
        assertTrue(few < 200, few + " of 10,000");
    }

    @Test
    void allGoAsSoonAsThereIsTimeAgain() {
        look(20, 1, () -> 100);
        assertEquals(FEW, limit.current());
        limit.sample(100, 0.6); // they leave some
        assertEquals(FEW, limit.current());

        limit.sample(100, 0.4);
        assertEquals(ALL, limit.current());
    }

    /** A request that is not answered may hold the others for a moment only. */
    @Test
    void allGoSoonWhereFewGetNoAnswers() {
        look(20, 1, () -> 100);
        assertTrue(limit.isReduced());

        look(6, 1, () -> 0);
        assertFalse(limit.isReduced());
    }

    @Test
    void asManyAreNotFewer() {
        AdaptiveConcurrencyLimit one = new AdaptiveConcurrencyLimit(1, 1);
        for (int i = 0; i < 100; i++) {
            one.sample(100, 1);
            assertFalse(one.isReduced());
        }
    }
}
