package io.pachube.bridge.delivery;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.AsyncProducer;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

class LanesTest {

    private final Workers workers = new Workers(8, 8, "test", Thread::new);
    private final RetryPolicy policy =
            new RetryPolicy(
                    new RetryPolicy.Limits(
                            StatusList.parse("5xx"),
                            StatusList.parse(""),
                            3,
                            Duration.ofMillis(1),
                            Duration.ofMillis(1),
                            Duration.ofSeconds(1),
                            Duration.ofMinutes(1)),
                    System::nanoTime);
    private final Lanes lanes =
            new Lanes(
                    workers,
                    policy,
                    new Pace(workers, Duration.ZERO),
                    new Batching(1, body -> body));
    private final DefaultCamelContext context = new DefaultCamelContext();

    private AsyncProducer start(Processor behind) throws Exception {
        context.addRoutes(
                new RouteBuilder() {
                    @Override
                    public void configure() {
                        from("direct:in").process(lanes).process(behind);
                    }
                });
        context.start();
        AsyncProducer in = context.getEndpoint("direct:in").createAsyncProducer();
        in.start();
        return in;
    }

    @AfterEach
    void stop() throws Exception {
        context.close();
        workers.close();
    }

    /** Returns before the exchange is done. */
    private static void send(AsyncProducer in, String lane, int value) {
        Exchange exchange = in.getEndpoint().createExchange();
        Lanes.choose(exchange, lane, null, true);
        exchange.getIn().setBody(value);
        in.process(exchange, doneSync -> {});
    }

    @Test
    void aLanesValuesGoOneAfterTheOtherInTheirOrder() throws Exception {
        Map<String, List<Integer>> seen = new ConcurrentHashMap<>();
        Map<String, AtomicInteger> atOnce = new ConcurrentHashMap<>();
        AtomicInteger overlaps = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        Random random = new Random(1);
        AsyncProducer in =
                start(
                        exchange -> {
                            String lane = Value.of(exchange).lane;
                            AtomicInteger running =
                                    atOnce.computeIfAbsent(lane, l -> new AtomicInteger());
                            if (running.incrementAndGet() > 1) {
                                overlaps.incrementAndGet();
                            }
                            TimeUnit.MICROSECONDS.sleep(random.nextInt(500));
                            seen.computeIfAbsent(lane, l -> new ArrayList<>())
                                    .add(exchange.getIn().getBody(Integer.class));
                            running.decrementAndGet();
                            ended.incrementAndGet();
                        });
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            all.add(i);
            for (String lane : List.of("a", "b", "c", "d")) {
                send(in, lane, i);
            }
        }
        await().until(() -> ended.get() == 800);
        assertEquals(0, overlaps.get());
        seen.values().forEach(values -> assertEquals(all, values));
    }

    @Test
    void lanesGoInParallel() throws Exception {
        CyclicBarrier together = new CyclicBarrier(8);
        CountDownLatch met = new CountDownLatch(8);
        AsyncProducer in =
                start(
                        exchange -> {
                            together.await(10, TimeUnit.SECONDS);
                            met.countDown();
                        });
        for (int i = 0; i < 8; i++) {
            send(in, "lane " + i, i);
        }
        assertTrue(met.await(10, TimeUnit.SECONDS));
    }

    @Test
    void aLaneWithoutValuesLeavesNothingBehind() throws Exception {
        AsyncProducer in = start(exchange -> {});
        for (int i = 0; i < 10_000; i++) {
            send(in, "lane " + i, i);
        }
        await().until(() -> lanes.size() == 0);
    }
}
