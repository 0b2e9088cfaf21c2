package io.pachube.bridge.delivery;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.support.AsyncProcessorSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Outages, errors, time-outs, rate limits, and failures behind the hand-over. */
class DeliveryFaultIT extends DeliveryTestSupport {

    private static final String BY_KEY = "delivery:x?orderingKey=${header.key}";
    private volatile boolean isDown = true;

    @Test
    void inAnOutageNoMessageIsAbandoned() throws Exception {
        ingest(BY_KEY);
        store(
                "?retryTimeout=20ms",
                e -> {
                    if (isDown) {
                        throw new ConnectException("Connection refused");
                    }
                });
        List<Sent> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(send("key " + i % 4, i));
        }
        await().atMost(LONG).until(() -> delivery.statistics().delayedNow() == 4);
        assertEquals(new TreeSet<>(List.of("x")), delivery.outages());
        assertTrue(delivery.isDown());
        await().atMost(LONG).until(() -> attempts.size() > 60);
        assertTrue(all.stream().noneMatch(sent -> sent.isDone));
        isDown = false;
        awaitDone(all);
        all.forEach(sent -> assertNull(sent.failure()));
        assertEquals(new TreeSet<>(), delivery.outages());
        assertEquals(20, delivery.statistics().delivered());
    }

    @Test
    void anOutageOfOneNameIsNoneOfAnother() throws Exception {
        routes(
                r -> {
                    r.from("direct:in").to(BY_KEY);
                    r.from("direct:y").to("delivery:y");
                    r.from("delivery:y").errorHandler(r.noErrorHandler()).to("mock:y");
                });
        store(
                "",
                e -> {
                    if (isDown) {
                        throw new ConnectException("Connection refused");
                    }
                });
        Sent x = send("a", "x");
        await().atMost(LONG).until(() -> delivery.outages().contains("x"));
        assertNull(failureOf(send("direct:y", ExchangePattern.InOnly, "y", Map.of())));
        assertEquals(new TreeSet<>(List.of("x")), delivery.outages());
        isDown = false;
        awaitDone(List.of(x));
    }

    @Test
    void requestsOfAnAccountAreAnIntervalApart() throws Exception {
        List<Long> began = new ArrayList<>();
        ingest(BY_KEY + "&account=${header.account}");
        store("?minRequestInterval=30ms", e -> began.add(System.nanoTime()));
        List<Sent> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            all.add(
                    send(
                            "direct:in",
                            ExchangePattern.InOnly,
                            i,
                            Map.of("key", "key " + i, "account", "one")));
        }
        awaitDone(all);
        for (int i = 1; i < began.size(); i++) {
            long apart = began.get(i) - began.get(i - 1);
            assertTrue(apart >= 30_000_000, apart + " ns");
        }
    }

    @Test
    void aThrottledAccountHoldsNoOther() throws Exception {
        ingest(BY_KEY + "&account=${header.key}");
        store(
                "",
                e -> {
                    if (isDown && e.getIn().getHeader("key").equals("slow")) {
                        isDown = false;
                        throw answer(429, Map.of("Retry-After", "2"));
                    }
                });
        List<Sent> slow = new ArrayList<>(List.of(send("slow", "s1"), send("slow", "s2")));
        await().atMost(LONG).until(() -> attempts.size() == 1);
        List<Sent> others = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            others.add(send("key " + i, i));
        }
        await().atMost(LONG).until(() -> others.stream().allMatch(sent -> sent.isDone));
        assertTrue(slow.stream().noneMatch(sent -> sent.isDone));
        assertEquals(new TreeSet<>(), delivery.outages());
        awaitDone(slow);
        assertEquals(List.of("s1", "s2"), attempts.subList(21, 23));
    }

    @Test
    void anErrorInAStepIsAFailedAttempt() throws Exception {
        ingest(BY_KEY);
        store(
                "",
                e -> {
                    if (attempts.size() < 3) {
                        overflow(1);
                    }
                });
        Sent sent = send("a", "1");
        assertNull(failureOf(sent));
        assertEquals(List.of("1", "1", "1"), attempts);
        assertNull(failureOf(send("a", "2")));
        assertNotInFlight("store");
    }

    /** Otherwise the route cannot be stopped without a time-out. */
    private void assertNotInFlight(String route) {
        await().atMost(LONG).until(() -> context.getInflightRepository().size(route) == 0);
    }

    @Test
    void noLaterStepRunsAfterAnError() throws Exception {
        List<String> later = java.util.Collections.synchronizedList(new ArrayList<>());
        ingest(BY_KEY);
        routes(
                r -> {
                    r.from("delivery:x?maxConcurrentRequests=1")
                            .routeId("store")
                            .errorHandler(r.noErrorHandler())
                            .process(e -> attempts.add("attempt"))
                            .to("direct:sub")
                            .process(e -> later.add(e.getIn().getBody(String.class)));
                    r.from("direct:sub")
                            .routeId("sub")
                            .errorHandler(r.noErrorHandler())
                            .process(
                                    e -> {
                                        if (attempts.size() < 4) {
                                            overflow(1);
                                        }
                                    })
                            .process(e -> later.add("sub"));
                });
        assertNull(failureOf(send("a", "1")));
        assertNull(failureOf(send("a", "2")));
        assertEquals(List.of("sub", "1", "sub", "2"), later);
        assertNotInFlight("store");
        assertNotInFlight("sub");
    }

    private static int overflow(int depth) {
        return overflow(depth + 1) + 1;
    }

    @Test
    void anErrorInAStepThatGoesOnIsAbandoned() throws Exception {
        ingest(BY_KEY);
        store(
                "?retryTimeout=50ms",
                e -> {
                    if (e.getIn().getBody().equals("bad")) {
                        throw new LinkageError("expected");
                    }
                });
        Sent bad = send("a", "bad");
        Sent good = send("a", "good");
        Throwable cause = assertFailed(MessageAbandonedException.class, bad).getCause();
        assertInstanceOf(LinkageError.class, cause.getCause() == null ? cause : cause.getCause());
        assertNull(failureOf(good));
        awaitIdle();
    }

    @Test
    void anErrorBehindTheHandOverRevokesTheMessageAndHoldsNobody() throws Exception {
        AtomicInteger done = new AtomicInteger();
        routes(
                r ->
                        r.from("direct:in")
                                .routeId("ingest")
                                .process(
                                        e ->
                                                e.getExchangeExtension()
                                                        .addOnCompletion(
                                                                new org.apache.camel.support
                                                                        .SynchronizationAdapter() {
                                                                    @Override
                                                                    public void onFailure(
                                                                            Exchange failed) {
                                                                        done.incrementAndGet();
                                                                    }
                                                                }))
                                .to(BY_KEY)
                                .process(
                                        e -> {
                                            if (e.getIn().getBody().equals("bad")) {
                                                overflow(1);
                                            }
                                        }));
        store("", e -> {});
        send("a", "bad");
        Sent good = send("a", "good");
        assertNull(failureOf(good));
        await().atMost(LONG).until(() -> done.get() == 1);
        assertEquals(List.of("bad"), revoked);
        awaitIdle();
        assertNotInFlight("ingest");
    }

    @Test
    void aRedeliveryOfTheIngestRouteHandsTheSameExchangeOverAgain() throws Exception {
        routes(
                r ->
                        r.from("direct:in")
                                .errorHandler(
                                        r.defaultErrorHandler()
                                                .maximumRedeliveries(2)
                                                .redeliveryDelay(1)
                                                .logExhausted(false))
                                .to(BY_KEY));
        store(
                "?retryTimeout=20ms",
                e -> {
                    if (e.getIn().getBody().equals("bad")) {
                        throw answer(500);
                    }
                });
        Sent bad = send("a", "bad");
        List<Sent> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            all.add(send("a", "good " + i));
        }
        assertFailed(MessageAbandonedException.class, bad);
        awaitDone(all);
        assertEquals(3, delivery.statistics().abandoned());
        assertEquals(
                attempts.size() - 5,
                attempts.lastIndexOf("bad") + 1,
                "it keeps its place: " + attempts);
        assertEquals(0, target("x").groups());
    }

    @Test
    void aReportGoesOutBeforeTheNextMessageOfTheKey() throws Exception {
        List<String> events = java.util.Collections.synchronizedList(new ArrayList<>());
        routes(
                r ->
                        r.from("direct:in")
                                .onException(DeliveryFailedException.class)
                                .handled(true)
                                .delay(50)
                                .asyncDelayed()
                                .end()
                                .process(e -> events.add("report " + e.getIn().getBody()))
                                .end()
                                .to(BY_KEY));
        store(
                "",
                e -> {
                    events.add("attempt " + e.getIn().getBody());
                    if (e.getIn().getBody().equals("bad")) {
                        throw answer(400);
                    }
                });
        List<Sent> all = List.of(send("a", "bad"), send("a", "good"));
        awaitDone(all);
        assertEquals(List.of("attempt bad", "report bad", "attempt good"), events);
    }

    @Test
    void copiesOfASplitAndOfAMulticastAreDeliveredAndFailEachByItself() throws Exception {
        routes(
                r ->
                        r.from("direct:in")
                                .errorHandler(r.noErrorHandler())
                                .split(r.body().tokenize(","))
                                .to(BY_KEY)
                                .end()
                                .multicast()
                                .parallelProcessing()
                                .to(BY_KEY, BY_KEY));
        store(
                "",
                e -> {
                    if (e.getIn().getBody(String.class).startsWith("bad")) {
                        throw answer(400);
                    }
                });
        Sent good = send("a", "1,2,3");
        Sent bad = send("a", "4,bad,6");
        Sent other = send("a", "7");
        awaitDone(List.of(good, bad, other));
        assertNull(good.failure());
        assertTrue(bad.exchange.isFailed());
        assertNull(other.failure());
        assertEquals(0, target("x").groups());
    }

    @Tag("slow")
    @Test
    void aStepThatNeverCallsBackIsEndedByTheAttemptTimeout() throws Exception {
        ingest(BY_KEY);
        AsyncProcessor silent =
                new AsyncProcessorSupport() {
                    @Override
                    public boolean process(Exchange exchange, AsyncCallback callback) {
                        attempts.add(exchange.getIn().getBody(String.class));
                        if (attempts.size() == 1) {
                            return false;
                        }
                        callback.done(true);
                        return true;
                    }
                };
        routes(
                r ->
                        r.from("delivery:x?attemptTimeout=100ms")
                                .errorHandler(r.noErrorHandler())
                                .process(silent));
        Sent sent = send("a", "1");
        Sent next = send("a", "2");
        assertNull(failureOf(sent));
        assertNull(failureOf(next));
        assertEquals(List.of("1", "1", "2"), attempts);
        awaitIdle();
    }

    @Test
    void aStepThatHeedsInterruptsIsEndedByTheAttemptTimeout() throws Exception {
        ingest(BY_KEY);
        store(
                "?attemptTimeout=100ms",
                e -> {
                    if (attempts.size() == 1) {
                        new CountDownLatch(1).await();
                    }
                });
        assertNull(failureOf(send("a", "1")));
        assertEquals(List.of("1", "1"), attempts);
    }

    @Tag("slow")
    @Test
    void aThreadThatIgnoresInterruptsIsReplaced() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        ingest(BY_KEY);
        store(
                "?attemptTimeout=100ms&maxConcurrentRequests=1",
                e -> {
                    while (attempts.size() == 1 && end.getCount() > 0) {
                        try {
                            end.await();
                        } catch (InterruptedException ignored) {
                            // that is the fault
                        }
                    }
                });
        Sent sent = send("a", "1");
        List<Sent> others = List.of(send("b", "2"), send("c", "3"));
        assertNull(failureOf(sent));
        awaitDone(others);
        end.countDown();
        assertNull(failureOf(send("a", "4")));
        assertEquals(5, attempts.size());
        awaitIdle();
    }

    @Test
    void aListenerThatFailsChangesNothing() throws Exception {
        delivery.setListener(
                new DeliveryListener() {
                    @Override
                    public void onDelayed(
                            Exchange exchange, Throwable failure, String host, int failed) {
                        throw new IllegalStateException("expected");
                    }
                });
        ingest(BY_KEY);
        store(
                "",
                e -> {
                    if (attempts.size() < 4) {
                        throw answer(500);
                    }
                });
        assertNull(failureOf(send("a", "1")));
        awaitIdle();
    }

    @Test
    void aStepBehindTheHandOverThatBlocksHoldsNobody() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        routes(
                r ->
                        r.from("direct:in")
                                .to(BY_KEY)
                                .process(
                                        e -> {
                                            if (e.getIn().getBody().equals("slow")) {
                                                hold(end);
                                            }
                                        }));
        CountDownLatch go = new CountDownLatch(1);
        store("?maxConcurrentRequests=1", e -> hold(go));
        Sent slow = send("a", "slow");
        List<Sent> others = List.of(send("a", "1"), send("b", "2"), send("a", "3"));
        go.countDown();
        await().atMost(LONG).until(() -> others.stream().allMatch(sent -> sent.isDone));
        assertTrue(!slow.isDone);
        end.countDown();
        awaitDone(List.of(slow));
    }

    @Test
    void anErrorOfAThreadThatCannotStartLosesNothing() throws Exception {
        AtomicInteger refused = new AtomicInteger();
        if (Runtime.version().feature() >= 21) {
            return; // virtual threads
        }
        DeliveryComponent component =
                new DeliveryComponent() {
                    @Override
                    java.util.concurrent.ThreadFactory threadFactory(String name) {
                        java.util.concurrent.ThreadFactory real = super.threadFactory(name);
                        return task -> {
                            if (name.equals("z") && refused.getAndIncrement() == 0) {
                                throw new OutOfMemoryError("unable to create native thread");
                            }
                            return real.newThread(task);
                        };
                    }
                };
        context.addComponent("other", component);
        routes(
                r -> {
                    r.from("direct:z").to("other:z");
                    r.from("other:z").errorHandler(r.noErrorHandler()).to("mock:z");
                });
        assertNull(failureOf(send("direct:z", ExchangePattern.InOnly, "1", Map.of())));
        assertTrue(refused.get() > 1);
    }
}
