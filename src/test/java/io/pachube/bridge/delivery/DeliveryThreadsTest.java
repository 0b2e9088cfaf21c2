package io.pachube.bridge.delivery;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

class DeliveryThreadsTest {

    private final DeliveryThreads threads =
            new DeliveryThreads("test", task -> new Thread(task, "platform"), () -> null);

    @AfterEach
    void stop() {
        threads.shutdown();
    }

    @Test
    void areVirtualWhereTheJdkHasThem() throws Exception {
        BlockingQueue<Thread> used = new LinkedBlockingQueue<>();
        threads.execute(() -> used.add(Thread.currentThread()));
        Thread thread = used.take();
        if (Runtime.version().feature() < 21) {
            assertEquals("platform", thread.getName());
        } else {
            assertEquals(true, Thread.class.getMethod("isVirtual").invoke(thread));
            assertTrue(thread.getName().startsWith("test-"));
        }
    }

    @Test
    void asManyWorkAtOnceAsThereAreTasks() {
        AtomicInteger atOnce = new AtomicInteger();
        CountDownLatch end = new CountDownLatch(1);
        for (int i = 0; i < 300; i++) {
            threads.execute(
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
    }

    @Test
    void aTaskThatThrowsDoesNotStopTheOthers() {
        AtomicInteger done = new AtomicInteger();
        for (int i = 0; i < 100; i++) {
            threads.execute(
                    () -> {
                        Thread.currentThread().setUncaughtExceptionHandler((t, e) -> {});
                        done.incrementAndGet();
                        throw new IllegalStateException("expected");
                    });
        }
        await().until(() -> done.get() == 100);
    }

    @Test
    void aShutdownInterruptsTasksAndTakesNoMore() {
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger interrupted = new AtomicInteger();
        CountDownLatch began = new CountDownLatch(1);
        threads.execute(
                () -> {
                    try {
                        began.countDown();
                        never.await();
                    } catch (InterruptedException e) {
                        interrupted.incrementAndGet();
                    }
                });
        await().until(() -> began.getCount() == 0);
        threads.shutdown();
        await().until(() -> interrupted.get() == 1);
        AtomicInteger later = new AtomicInteger();
        threads.execute(later::incrementAndGet);
        assertEquals(0, later.get());
    }
}
