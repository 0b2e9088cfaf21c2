package io.pachube.bridge.delivery;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

class WorkersTest {

    @Test
    void areVirtualThreadsWhereTheJdkHasThem() throws Exception {
        BlockingQueue<Thread> used = new LinkedBlockingQueue<>();
        try (Workers workers = new Workers(1, 1, "test", task -> new Thread(task, "platform"))) {
            workers.execute(() -> used.add(Thread.currentThread()));
            Thread thread = used.take();
            if (Runtime.version().feature() < 21) {
                assertEquals("platform", thread.getName());
            } else {
                assertEquals(true, Thread.class.getMethod("isVirtual").invoke(thread));
                assertTrue(thread.getName().startsWith("test-"));
            }
        }
    }

    @Test
    void soManyWorkAtOnce() {
        AtomicInteger atOnce = new AtomicInteger();
        CountDownLatch end = new CountDownLatch(1);
        try (Workers workers = new Workers(300, 300, "test", Thread::new)) {
            for (int i = 0; i < 400; i++) {
                workers.execute(
                        () -> {
                            atOnce.incrementAndGet();
                            try {
                                end.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
            }
            await().until(() -> atOnce.get() == 300);
            end.countDown();
            await().until(() -> atOnce.get() == 400);
        }
    }

    @Test
    void whatWaitsForItsTimeGoesAtOnceInAHurry() {
        AtomicInteger done = new AtomicInteger();
        try (Workers workers = new Workers(2, 2, "test", Thread::new)) {
            for (int i = 0; i < 10; i++) {
                workers.executeIn(Duration.ofHours(1).toNanos(), done::incrementAndGet);
            }
            workers.hurry();
            await().until(() -> done.get() == 10);
        }
    }

    @Test
    void whatComesAfterTheEndIsLeft() {
        Workers workers = new Workers(1, 1, "test", Thread::new);
        workers.close();
        workers.execute(() -> {});
        workers.executeIn(1, () -> {});
        assertTrue(workers.executor().isShutdown());
    }
}
