package io.pachube.bridge.delivery;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

class TurnsTest {

    private static final int ALL = 8;

    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(ALL);
    private final AtomicInteger running = new AtomicInteger();
    private final Semaphore mayEnd = new Semaphore(0);
    private volatile double load;
    private final Limit limit = new Limit(ALL, 1);
    private final Turns turns = new Turns(executor, limit, () -> load);

    @AfterEach
    void end() {
        executor.shutdownNow();
    }

    private void task() {
        running.incrementAndGet();
        mayEnd.acquireUninterruptibly();
        running.decrementAndGet();
    }

    @Test
    void soManyGoAtOnceAndNoMore() {
        for (int i = 0; i < 3 * ALL; i++) {
            turns.take(this::task);
        }
        for (int ended = 0; ended <= 2 * ALL; ended++) {
            await().until(() -> running.get() == ALL && mayEnd.availablePermits() == 0);
            mayEnd.release();
        }
        await().until(() -> running.get() == ALL - 1);
        mayEnd.release(ALL);
        await().until(() -> running.get() == 0);
    }

    @Test
    void theyBeginInTheOrderInWhichTheyCame() {
        List<Integer> begun = new CopyOnWriteArrayList<>();
        for (int i = 0; i < ALL; i++) {
            turns.take(this::task);
        }
        await().until(() -> running.get() == ALL);
        for (int i = 0; i < 100; i++) {
            int number = i;
            turns.take(() -> begun.add(number));
        }
        mayEnd.release();
        await().until(() -> begun.size() == 100);
        assertEquals(IntStream.range(0, 100).boxed().toList(), begun);
        mayEnd.release(ALL);
    }

    @Test
    void fewGoWhereTheProcessorsAreBusyAndAllWhenTheyAreNotAnyMore() {
        // one thread more: a look is to come while all are at work
        executor.setCorePoolSize(ALL + 2);
        // as many values come to their end, however many requests there are
        executor.scheduleWithFixedDelay(turns::ended, 0, 1, TimeUnit.MILLISECONDS);
        load = 1;
        for (int i = 0; i < 4 * ALL; i++) {
            turns.take(this::task);
        }
        await().until(limit::isFew);
        mayEnd.release(ALL);
        await().until(() -> mayEnd.availablePermits() == 0 && running.get() == 1);

        load = 0;
        await().until(() -> running.get() == ALL);
        mayEnd.release(4 * ALL);
        await().until(() -> running.get() == 0);
    }

    @Test
    void oneThatThrowsTakesNobodysTurn() {
        AtomicInteger done = new AtomicInteger();
        for (int i = 0; i < 20 * ALL; i++) {
            turns.take(
                    () -> {
                        done.incrementAndGet();
                        throw new IllegalStateException("expected");
                    });
        }
        await().until(() -> done.get() == 20 * ALL);
    }

    /** What is tried again is in the executor's queue. */
    @Test
    void whatElseIsToBeDoneHasItsTurnWhereTheyNeverEnd() {
        ScheduledThreadPoolExecutor one = new ScheduledThreadPoolExecutor(1);
        AtomicInteger others = new AtomicInteger();
        try {
            Turns endless = new Turns(one, new Limit(1, 1), () -> 1);
            Runnable again =
                    new Runnable() {
                        @Override
                        public void run() {
                            endless.take(this);
                        }
                    };
            endless.take(again);
            endless.take(again);
            one.schedule(others::incrementAndGet, 10, TimeUnit.MILLISECONDS);
            await().until(() -> others.get() == 1);
        } finally {
            one.shutdownNow();
        }
    }

    @Test
    void nothingGoesAfterTheEnd() throws InterruptedException {
        AtomicInteger late = new AtomicInteger();
        for (int i = 0; i < ALL; i++) {
            turns.take(this::task);
        }
        turns.take(late::incrementAndGet);
        await().until(() -> running.get() == ALL);
        executor.shutdownNow();
        mayEnd.release(ALL);
        await().until(executor::isTerminated);
        assertEquals(0, late.get());
        assertThrows(RejectedExecutionException.class, () -> turns.take(late::incrementAndGet));
    }
}
