package io.pachube.bridge.delivery;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.ExchangePattern;
import org.junit.jupiter.api.Test;

import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/** Routes that are replaced under load, and the shutdown. */
class DeliveryReloadTest extends DeliveryTestSupport {

    private static final String BY_KEY = "delivery:x?orderingKey=${header.key}";
    private static final int KEYS = 5;
    private static final int MESSAGES = 400;

    private final Map<String, AtomicLong> latest = new java.util.concurrent.ConcurrentHashMap<>();
    private final AtomicInteger inversions = new AtomicInteger();
    private final List<String> reports = java.util.Collections.synchronizedList(new ArrayList<>());

    private void addIngest() throws Exception {
        routes(
                r ->
                        r.from("direct:in")
                                .routeId("ingest")
                                .onException(DeliveryFailedException.class)
                                .process(e -> reports.add(e.getIn().getBody(String.class)))
                                .end()
                                .to(BY_KEY));
    }

    private void addStore(String options) throws Exception {
        routes(
                r ->
                        r.from("delivery:x" + options)
                                .routeId("store")
                                .errorHandler(r.noErrorHandler())
                                .delay(2)
                                .asyncDelayed()
                                .end()
                                .process(
                                        e -> {
                                            String key = e.getIn().getHeader("key", String.class);
                                            for (String line :
                                                    e.getIn().getBody(String.class).split("\n")) {
                                                stored(key, Long.parseLong(line));
                                            }
                                        }));
    }

    /** A duplicate is no inversion, an older one after it is. */
    private void stored(String key, long number) {
        AtomicLong last = latest.computeIfAbsent(key, k -> new AtomicLong(-1));
        if (number < last.get()) {
            inversions.incrementAndGet();
        }
        last.accumulateAndGet(number, Math::max);
    }

    private void remove(String route) throws Exception {
        context.getRouteController().stopRoute(route, 300, TimeUnit.MILLISECONDS);
        context.removeRoute(route);
    }

    @Test
    void theConsumerRouteIsReplacedUnderLoad() throws Exception {
        addIngest();
        addStore("");
        List<Sent> all = new ArrayList<>();
        String[] options = {
            "?batchSize=5", "?batchSize=3&batchKey=feed", "?maxConcurrentRequests=1", ""
        };
        for (int i = 0; i < MESSAGES; i++) {
            for (int key = 0; key < KEYS; key++) {
                all.add(send("key " + key, i));
            }
            if (i % 100 == 99) {
                remove("store");
                addStore(options[i / 100]);
            }
        }
        awaitDone(all);
        all.forEach(sent -> assertNull(sent.failure()));
        assertEquals(0, inversions.get());
        assertEquals(KEYS * MESSAGES, delivery.statistics().delivered());
        assertEquals(List.of(), reports);
        assertEquals(List.of(), revoked);
        assertEquals(0, target("x").groups());
    }

    @Test
    void theIngestRouteIsReplacedUnderLoadAndWhatItHandedOverIsRevoked() throws Exception {
        addIngest();
        addStore("?batchSize=4");
        List<Sent> all = new ArrayList<>();
        for (int round = 0; round < 4; round++) {
            List<Sent> sent = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                for (int key = 0; key < KEYS; key++) {
                    sent.add(send("key " + key, round * 100 + i));
                }
            }
            delivery.revokeFrom(List.of("ingest"));
            await().atMost(LONG).until(() -> sent.stream().allMatch(s -> s.isDone));
            remove("ingest");
            addIngest();
            all.addAll(sent);
        }
        awaitIdle();
        Predicate<Sent> isRevoked = s -> s.failure() instanceof MessageRevokedException;
        assertTrue(all.stream().anyMatch(isRevoked));
        assertTrue(all.stream().allMatch(s -> s.failure() == null || isRevoked.test(s)));
        assertEquals(all.stream().filter(isRevoked).count(), revoked.size());
        assertEquals(List.of(), reports);
        assertEquals(0, inversions.get());
        assertEquals(0, target("x").groups());
    }

    @Test
    void anAttemptThatIsCancelledByAReloadRunsAnewOnTheNextRoute() throws Exception {
        addIngest();
        CountDownLatch never = new CountDownLatch(1);
        store("", e -> never.await());
        Sent sent = send("a", "1");
        await().atMost(LONG).until(() -> attempts.size() == 1);
        remove("store");
        assertTrue(!sent.isDone);
        store("", e -> {});
        assertNull(failureOf(sent));
        assertEquals(List.of("1", "1"), attempts);
        assertEquals(0, delivery.statistics().delayed());
    }

    @Test
    void aRouteOfAnotherKindUnderTheSameNameEndsTheOutage() throws Exception {
        addIngest();
        store(
                "",
                e -> {
                    throw new ConnectException();
                });
        Sent sent = send("a", "1");
        await().atMost(LONG).until(() -> delivery.outages().contains("x"));
        target("x").scheduler().onRequest(); // it made HTTP requests
        remove("store");
        store("", e -> {});
        assertNull(failureOf(sent));
        assertEquals(1, delivery.statistics().delivered());
        assertEquals(0, delivery.statistics().skipped());
    }

    @Test
    void aShutdownRevokesWhatWaitsAndCancelsWhatRuns() throws Exception {
        addIngest();
        CountDownLatch never = new CountDownLatch(1);
        routes(
                r -> {
                    r.from("delivery:x?maxConcurrentRequests=1")
                            .errorHandler(r.noErrorHandler())
                            .process(e -> attempts.add("x"))
                            .process(e -> never.await());
                    r.from("direct:down").to("delivery:down");
                    r.from("delivery:down")
                            .errorHandler(r.noErrorHandler())
                            .throwException(new ConnectException());
                    r.from("direct:none").to("delivery:none");
                });
        List<Sent> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(send("key " + i, i));
        }
        all.add(send("direct:down", ExchangePattern.InOnly, "down", Map.of()));
        all.add(send("direct:none", ExchangePattern.InOnly, "none", Map.of()));
        await().atMost(LONG).until(() -> attempts.size() == 1);
        // the promise is 10 s; here is only proved that it does not wait for the messages
        context.getShutdownStrategy().setTimeout(300);
        ExecutorService executor = Executors.newSingleThreadExecutor();
        Future<?> stop = executor.submit(() -> context.stop());
        stop.get(60, TimeUnit.SECONDS);
        executor.shutdown();
        await().atMost(LONG).until(() -> all.stream().allMatch(sent -> sent.isDone));
        all.forEach(sent -> assertFailed(MessageRevokedException.class, sent));
        assertEquals(22, revoked.size());
        assertEquals(List.of(), reports);
    }

    @Test
    void aContextThatIsStartedAgainDeliversAgain() throws Exception {
        addIngest();
        store("", e -> {});
        assertNull(failureOf(send("a", "1")));
        context.stop();
        context.start();
        assertNull(failureOf(send("a", "2")));
        assertEquals(List.of("1", "2"), attempts);
    }
}
