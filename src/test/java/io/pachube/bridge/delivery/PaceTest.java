package io.pachube.bridge.delivery;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

class PaceTest {

    private final Workers workers = new Workers(4, 4, "test", Thread::new);
    private final List<String> made = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void stop() {
        workers.close();
    }

    @Test
    void aKeysRequestsAreAnIntervalApartInTheirOrder() {
        long interval = Duration.ofMillis(5).toNanos();
        Pace pace = new Pace(workers, Duration.ofNanos(interval));
        Map<String, Long> lastEnd = new ConcurrentHashMap<>();
        AtomicInteger tooEarly = new AtomicInteger();
        List<String> keys = List.of("a", "b", "c");
        for (int i = 0; i < 20; i++) {
            for (String key : keys) {
                String request = key + i;
                pace.enter(
                        key,
                        () -> {
                            long now = System.nanoTime();
                            if (now - lastEnd.getOrDefault(key, now - interval) < interval) {
                                tooEarly.incrementAndGet();
                            }
                            made.add(request);
                            lastEnd.put(key, System.nanoTime());
                            pace.leave(key);
                        });
            }
        }
        await().until(() -> made.size() == 60);
        assertEquals(0, tooEarly.get());
        for (String key : keys) {
            assertEquals(
                    IntStream.range(0, 20).mapToObj(i -> key + i).toList(),
                    made.stream().filter(request -> request.startsWith(key)).toList());
        }
        await("idle keys leave nothing behind").until(() -> pace.size() == 0);
    }

    @Test
    void keysDoNotWaitForEachOther() {
        Pace pace = new Pace(workers, Duration.ofHours(1));
        for (int i = 0; i < 100; i++) {
            enter(pace, "key " + i);
            enter(pace, "key " + i);
        }
        await().until(() -> made.size() == 100);
        assertEquals(100, made.stream().distinct().count());
    }

    @Test
    void aRequestOnItsWayIsWaitedFor() throws Exception {
        Pace pace = new Pace(workers, Duration.ofNanos(1));
        CountDownLatch answer = new CountDownLatch(1);
        pace.enter(
                "a",
                () -> {
                    try {
                        answer.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    made.add("first");
                    pace.leave("a");
                });
        enter(pace, "a");
        enter(pace, "b");
        await().until(() -> made.equals(List.of("b")));
        answer.countDown();
        await().until(() -> made.equals(List.of("b", "first", "a")));
    }

    @Test
    void aStopEndsAllWaiting() {
        Pace pace = new Pace(workers, Duration.ofHours(1));
        for (int i = 0; i < 10; i++) {
            enter(pace, "a");
        }
        await().until(() -> made.size() == 1);
        pace.stop();
        workers.hurry();
        await().until(() -> made.size() == 10);
    }

    @Test
    void withoutAnIntervalNothingIsKept() {
        Pace pace = new Pace(workers, Duration.ZERO);
        for (int i = 0; i < 1_000; i++) {
            pace.enter("a", () -> made.add("a"));
            assertEquals(0, pace.size());
        }
        await().until(() -> made.size() == 1_000);
    }

    private void enter(Pace pace, String key) {
        pace.enter(
                key,
                () -> {
                    made.add(key);
                    pace.leave(key);
                });
    }
}
