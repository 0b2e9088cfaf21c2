package io.pachube.bridge.delivery;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

class AccountRateLimiterTest {

    private static final long HOUR = Duration.ofHours(1).toNanos();

    private final ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1);
    private final ScheduledThreadPoolExecutor workers = new ScheduledThreadPoolExecutor(4);
    private final AccountRateLimiter limiter = new AccountRateLimiter(scheduler);
    private final List<String> made = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void stop() {
        scheduler.shutdownNow();
        workers.shutdownNow();
    }

    /** One attempt with one request, as a target makes it. */
    private void submit(String account, long interval, Runnable request) {
        if (limiter.acquire(account, interval, () -> submit(account, interval, request))) {
            workers.execute(
                    () -> {
                        request.run();
                        if (interval > 0) {
                            limiter.delay(account, interval);
                        }
                        limiter.release(account);
                    });
        }
    }

    @Test
    void requestsOfAnAccountAreAnIntervalApartInTheirOrder() {
        long interval = Duration.ofMillis(5).toNanos();
        Map<String, Long> latestEnd = new ConcurrentHashMap<>();
        AtomicInteger tooEarly = new AtomicInteger();
        List<String> accounts = List.of("a", "b", "c");
        for (int i = 0; i < 20; i++) {
            for (String account : accounts) {
                String request = account + i;
                submit(
                        account,
                        interval,
                        () -> {
                            long now = System.nanoTime();
                            if (now - latestEnd.getOrDefault(account, now - interval) < interval) {
                                tooEarly.incrementAndGet();
                            }
                            made.add(request);
                            latestEnd.put(account, System.nanoTime());
                        });
            }
        }
        await().until(() -> made.size() == 60);
        assertEquals(0, tooEarly.get());
        for (String account : accounts) {
            assertEquals(
                    IntStream.range(0, 20).mapToObj(i -> account + i).toList(),
                    made.stream().filter(request -> request.startsWith(account)).toList());
        }
        await("idle accounts leave nothing behind").until(() -> limiter.size() == 0);
    }

    @Test
    void accountsDoNotWaitForEachOther() {
        for (int i = 0; i < 100; i++) {
            String account = "account " + i;
            submit(account, HOUR, () -> made.add(account));
            submit(account, HOUR, () -> made.add(account));
        }
        await().until(() -> made.size() == 100);
        assertEquals(100, made.stream().distinct().count());
    }

    @Test
    void aRequestInFlightIsWaitedFor() {
        CountDownLatch answer = new CountDownLatch(1);
        submit(
                "a",
                1,
                () -> {
                    try {
                        answer.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    made.add("first");
                });
        submit("a", 1, () -> made.add("a"));
        submit("b", 1, () -> made.add("b"));
        await().until(() -> made.equals(List.of("b")));
        answer.countDown();
        await().until(() -> made.equals(List.of("b", "first", "a")));
    }

    @Test
    void withoutAnIntervalNothingIsKept() {
        for (int i = 0; i < 1_000; i++) {
            submit("a", 0, () -> made.add("a"));
            assertEquals(0, limiter.size());
        }
        await().until(() -> made.size() == 1_000);
    }

    @Test
    void aThrottledAccountWaitsWithoutAnIntervalAndOthersDoNot() {
        limiter.delay("a", HOUR);
        assertFalse(limiter.acquire("a", 0, () -> made.add("a")));
        assertTrue(limiter.acquire("b", 0, () -> made.add("b")));
        assertTrue(limiter.remaining("a") > 0);
        assertEquals(0, limiter.remaining("b"));
        assertEquals(1, limiter.size());
    }

    @Test
    void whoeverWaitsForAThrottledAccountIsWoken() {
        limiter.delay("a", Duration.ofMillis(20).toNanos());
        for (int i = 0; i < 100; i++) {
            submit("a", 0, () -> made.add("a"));
        }
        await().until(() -> made.size() == 100 && limiter.size() == 0);
    }

    @Test
    void aDelayIsNeverShortened() {
        limiter.delay("a", HOUR);
        limiter.delay("a", 1);
        assertTrue(limiter.remaining("a") > HOUR / 2);
    }

    /** One that waited may want to make no request any more, as its message was revoked. */
    @Test
    void whoeverIsWokenAndMakesNoRequestHoldsNobody() {
        assertTrue(limiter.acquire("a", 1, () -> {}));
        for (int i = 0; i < 10; i++) {
            assertFalse(limiter.acquire("a", 1, () -> made.add("gone")));
        }
        submit("a", 1, () -> made.add("last"));
        limiter.release("a");
        await().until(() -> made.contains("last"));
        assertEquals(11, made.size());
        await().until(() -> limiter.size() == 0);
    }

    @Test
    void aShutdownIsNoError() {
        assertTrue(limiter.acquire("a", HOUR, () -> {}));
        scheduler.shutdownNow();
        limiter.release("a");
        assertEquals(0, limiter.size());
    }
}
