package io.pachube.bridge.delivery;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.ExchangePattern;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.builder.NotifyBuilder;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Order, parallelism, retries of the whole route, and the ends of a message. */
class DeliveryComponentTest extends DeliveryTestSupport {

    private static final String BY_KEY = "delivery:x?orderingKey=${header.key}";

    @Test
    void messagesOfAKeyAreDeliveredOneAfterTheOtherInTheirOrder() throws Exception {
        Map<String, List<Integer>> seen = new ConcurrentHashMap<>();
        Map<String, AtomicInteger> atOnce = new ConcurrentHashMap<>();
        AtomicInteger overlaps = new AtomicInteger();
        Random random = new Random(1);
        ingest(BY_KEY);
        store(
                "",
                e -> {
                    String key = e.getIn().getHeader("key", String.class);
                    AtomicInteger running = atOnce.computeIfAbsent(key, k -> new AtomicInteger());
                    if (running.incrementAndGet() > 1) {
                        overlaps.incrementAndGet();
                    }
                    TimeUnit.MICROSECONDS.sleep(random.nextInt(500));
                    seen.computeIfAbsent(key, k -> new ArrayList<>())
                            .add(e.getIn().getBody(Integer.class));
                    running.decrementAndGet();
                });
        NotifyBuilder notify =
                new NotifyBuilder(context).fromRoute("ingest").whenDone(800).create();
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            all.add(i);
            for (String key : List.of("a", "b", "c", "d")) {
                send(key, i);
            }
        }
        assertTrue(notify.matches(60, TimeUnit.SECONDS));
        assertEquals(0, overlaps.get());
        assertEquals(4, seen.size());
        seen.values().forEach(values -> assertEquals(all, values));
        assertEquals(800, delivery.statistics().delivered());
        awaitIdle();
        assertEquals(0, target("x").groups());
    }

    @Test
    void keysAreDeliveredInParallel() throws Exception {
        CyclicBarrier together = new CyclicBarrier(8);
        ingest(BY_KEY);
        store("", e -> together.await(60, TimeUnit.SECONDS));
        getMockEndpoint("mock:stored").expectedMessageCount(8);
        for (int i = 0; i < 8; i++) {
            send("key " + i, i);
        }
        MockEndpoint.assertIsSatisfied(context, 60, TimeUnit.SECONDS);
        assertEquals(8, attempts.size());
    }

    @Test
    void noMoreThanMaxConcurrentRequestsAreInFlightAndTheyBeginInTheOrderOfArrival()
            throws Exception {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        ingest(BY_KEY);
        store(
                "?maxConcurrentRequests=3",
                e -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    hold(go);
                    running.decrementAndGet();
                });
        List<Sent> all = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            all.add(send("key " + i, i));
        }
        await().atMost(LONG).until(() -> running.get() == 3);
        assertEquals(3, target("x").attempts().size());
        go.countDown();
        awaitDone(all);
        assertEquals(3, most.get());
    }

    @Test
    void withOneRequestAtATimeKeysTakeTurnsInTheOrderOfArrival() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        ingest(BY_KEY);
        store("?maxConcurrentRequests=1", e -> hold(go));
        List<Sent> all = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(send("key " + i, i));
            expected.add(String.valueOf(i));
        }
        go.countDown();
        awaitDone(all);
        assertEquals(expected, attempts);
    }

    @Test
    void aFailedAttemptRunsTheWholeRouteAnew() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        ingest(BY_KEY);
        routes(
                r ->
                        r.from("delivery:x")
                                .routeId("store")
                                .errorHandler(r.noErrorHandler())
                                .setHeader("seen", r.simple("${header.seen}|"))
                                .setBody(r.simple("row:${body}"))
                                .process(
                                        e -> {
                                            attempts.add(
                                                    e.getIn().getBody(String.class)
                                                            + e.getIn().getHeader("seen"));
                                            if (runs.incrementAndGet() < 4) {
                                                throw answer(500);
                                            }
                                        })
                                .to("mock:stored"));
        getMockEndpoint("mock:stored").expectedBodiesReceived("row:1");
        Sent sent = send("a", "1");
        awaitDone(List.of(sent));
        MockEndpoint.assertIsSatisfied(context);
        assertEquals(List.of("row:1|", "row:1|", "row:1|", "row:1|"), attempts);
        assertNull(sent.failure());
        assertEquals("1", sent.exchange.getMessage().getBody(), "it goes on unchanged");
        assertNull(sent.exchange.getMessage().getHeader("seen"));
        assertEquals(List.of("1"), delayed, "told once");
        assertEquals(1, delivery.statistics().delayed());
    }

    @Test
    void aRejectedMessageFailsAtTheHandOverWithCauseAndAttempts() throws Exception {
        ingest(BY_KEY);
        store(
                "",
                e -> {
                    throw answer(attempts.size() < 3 ? 500 : 400);
                });
        MessageRejectedException failure =
                assertFailed(MessageRejectedException.class, send("a", "1"));
        assertEquals(3, failure.getAttempts());
        assertTrue(failure.getCause().getMessage().contains("400"), failure.getCause().toString());
        assertEquals(1, delivery.statistics().rejected());
        assertEquals(0, delivery.statistics().delivered());
        awaitIdle();
    }

    @Test
    void anAbandonedMessageFailsAtTheHandOverAndTheNextOfItsKeyGoesOn() throws Exception {
        ingest(BY_KEY);
        store(
                "?retryTimeout=100ms",
                e -> {
                    if (e.getIn().getBody(String.class).equals("bad")) {
                        throw answer(500);
                    }
                });
        Sent bad = send("a", "bad");
        Sent good = send("a", "good");
        MessageAbandonedException failure = assertFailed(MessageAbandonedException.class, bad);
        assertTrue(failure.getAttempts() > 1);
        assertNull(failureOf(good));
        assertEquals(1, delivery.statistics().abandoned());
        assertEquals(1, delivery.statistics().delivered());
        assertEquals("good", attempts.get(attempts.size() - 1));
        awaitIdle();
    }

    @Test
    void theDocumentedExceptionsRejectAndRetry() throws Exception {
        ingest(BY_KEY);
        routes(
                r ->
                        r.from("delivery:x")
                                .errorHandler(r.noErrorHandler())
                                .process(e -> attempts.add(e.getIn().getBody(String.class)))
                                .filter(e -> attempts.size() == 1)
                                .throwException(RetryException.class, "busy")
                                .end()
                                .throwException(RejectedException.class, "errno 3"));
        MessageRejectedException failure =
                assertFailed(MessageRejectedException.class, send("a", "1"));
        assertEquals("errno 3", failure.getCause().getMessage());
        assertEquals(2, failure.getAttempts());
    }

    @Test
    void aRouteThatRollsBackIsRetried() throws Exception {
        ingest(BY_KEY);
        routes(
                r ->
                        r.from("delivery:x")
                                .errorHandler(r.noErrorHandler())
                                .process(e -> attempts.add(e.getIn().getBody(String.class)))
                                .filter(e -> attempts.size() < 3)
                                .markRollbackOnly());
        assertNull(failureOf(send("a", "1")));
        assertEquals(3, attempts.size());
    }

    @Test
    void inOutReturnsTheBodyAndHeadersOfTheRoute() throws Exception {
        ingest(BY_KEY);
        routes(
                r ->
                        r.from("delivery:x?batchSize=10")
                                .errorHandler(r.noErrorHandler())
                                .process(
                                        e -> {
                                            attempts.add("attempt");
                                            if (attempts.size() < 3) {
                                                throw new ConnectException();
                                            }
                                        })
                                .removeHeaders("*")
                                .setHeader("answer", r.constant(42))
                                .setBody(r.simple("got ${body}")));
        Sent sent = send("direct:in", ExchangePattern.InOut, "1", Map.of("key", "a", "gone", true));
        assertNull(failureOf(sent));
        assertEquals("got 1", sent.exchange.getMessage().getBody());
        assertEquals(42, sent.exchange.getMessage().getHeader("answer"));
        assertNull(sent.exchange.getMessage().getHeader("gone"));
        assertEquals("got 2", template.requestBodyAndHeader("direct:in", "2", "key", "a"));
    }

    @Test
    void inOutIsNeverBatched() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        ingest(BY_KEY);
        store("?batchSize=10", e -> hold(go));
        List<Sent> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            all.add(
                    send(
                            "direct:in",
                            i == 2 ? ExchangePattern.InOut : ExchangePattern.InOnly,
                            "m" + i,
                            Map.of("key", "a")));
        }
        go.countDown();
        awaitDone(all);
        assertEquals(List.of("m0", "m1", "m2", "m3\nm4"), attempts);
    }

    @Test
    void aStreamIsReadOnceAndEachAttemptHasIt() throws Exception {
        ingest(BY_KEY);
        store(
                "",
                e -> {
                    if (attempts.size() < 3) {
                        throw answer(500);
                    }
                });
        Sent sent = send("a", new ByteArrayInputStream("stream".getBytes()));
        assertNull(failureOf(sent));
        assertEquals(List.of("stream", "stream", "stream"), attempts);
        assertArrayEquals("stream".getBytes(), sent.exchange.getMessage().getBody(byte[].class));
    }

    @Test
    void headersAndVariablesTravelAndPropertiesDoNot() throws Exception {
        routes(
                r ->
                        r.from("direct:in")
                                .setVariable("v", r.constant("variable"))
                                .setProperty("p", r.constant("property"))
                                .to(BY_KEY));
        List<Object> seen = new ArrayList<>();
        store(
                "",
                e -> {
                    seen.add(e.getVariable("v"));
                    seen.add(e.getProperty("p"));
                    seen.add(e.getIn().getHeader("key"));
                    e.setVariable("v", "changed");
                    if (attempts.size() < 2) {
                        throw answer(500);
                    }
                });
        Sent sent = send("a", "1");
        assertNull(failureOf(sent));
        List<Object> expected = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            expected.add("variable");
            expected.add(null);
            expected.add("a");
        }
        assertEquals(expected, seen);
        assertEquals("variable", sent.exchange.getVariable("v"));
        assertEquals("property", sent.exchange.getProperty("p"));
    }

    @Test
    void withoutAKeyTheVariableNamesItAndElseTheWholeRouteIsInOrder() throws Exception {
        routes(
                r -> {
                    r.from("direct:variable")
                            .setVariable("orderingKey", r.header("key"))
                            .to("delivery:x");
                    r.from("direct:none").to("delivery:x");
                });
        CountDownLatch go = new CountDownLatch(1);
        store("", e -> hold(go));
        List<Sent> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            all.add(
                    send(
                            "direct:variable",
                            ExchangePattern.InOnly,
                            "key " + i,
                            Map.of("key", "key " + i)));
            all.add(send("direct:none", ExchangePattern.InOnly, "m" + i, Map.of()));
        }
        await().atMost(LONG).until(() -> attempts.size() == 6);
        assertEquals(
                new TreeSet<>(List.of("key 0", "key 1", "key 2", "key 3", "key 4", "m0")),
                new TreeSet<>(attempts));
        go.countDown();
        awaitDone(all);
        assertEquals(
                List.of("m0", "m1", "m2", "m3", "m4"),
                attempts.stream().filter(body -> body.startsWith("m")).toList());
    }

    @Test
    void aNameWithoutConsumerKeepsItsMessagesAndSaysSo() throws Exception {
        ingest(BY_KEY);
        List<Sent> all = List.of(send("a", "1"), send("a", "2"), send("b", "3"));
        assertEquals(new TreeSet<>(List.of("x")), delivery.unconsumed());
        assertEquals(3, delivery.statistics().pending());
        store("", e -> {});
        awaitDone(all);
        assertEquals(new TreeSet<>(), delivery.unconsumed());
        assertEquals(3, attempts.size());
    }

    @Test
    void aSecondConsumerIsRefusedWithTheOnesName() throws Exception {
        ingest(BY_KEY);
        store("", e -> {});
        Exception thrown =
                assertThrows(
                        Exception.class,
                        () ->
                                routes(
                                        r ->
                                                r.from("delivery:x?batchSize=5")
                                                        .routeId("second")
                                                        .to("mock:second")));
        Throwable cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        assertTrue(cause.getMessage().contains("delivery:x"), cause.getMessage());
        assertTrue(cause.getMessage().contains("store"), cause.getMessage());
        assertNull(failureOf(send("a", "1")), "the first goes on");
        getMockEndpoint("mock:second").expectedMessageCount(0);
        MockEndpoint.assertIsSatisfied(context);
    }

    @Test
    void aConsumerThatCannotStartLeavesTheNameFree() throws Exception {
        assertThrows(
                Exception.class,
                () ->
                        routes(
                                r ->
                                        r.from("delivery:x?batchSize=5&batchFormat=none")
                                                .routeId("wrong")
                                                .to("mock:wrong")));
        assertThrows(
                Exception.class,
                () ->
                        routes(
                                r ->
                                        r.from("delivery:x?batchSize=5&batchKey=${header.")
                                                .routeId("wrong key")
                                                .to("mock:wrong")));
        context.getRouteController().stopRoute("wrong");
        context.removeRoute("wrong");
        ingest(BY_KEY);
        store("", e -> {});
        assertNull(failureOf(send("a", "1")));
        assertEquals(List.of("1"), attempts);
    }

    @Test
    void aRouteIsAdvisedLikeAnyOther() throws Exception {
        ingest(BY_KEY);
        routes(
                r ->
                        r.from("delivery:x")
                                .routeId("store")
                                .errorHandler(r.noErrorHandler())
                                .to("mock:target"));
        AdviceWith.adviceWith(
                context,
                "store",
                route ->
                        route.weaveByToUri("mock:target")
                                .before()
                                .process(
                                        e -> {
                                            if (attempts.size() < 2) {
                                                attempts.add("attempt");
                                                throw new ConnectException();
                                            }
                                        }));
        getMockEndpoint("mock:target").expectedBodiesReceived("1");
        assertNull(failureOf(send("a", "1")));
        MockEndpoint.assertIsSatisfied(context);
        assertEquals(2, attempts.size());
    }

    @Test
    void aProducerTimeoutRevokesTheMessageAndTheNextIsDelivered() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        ingest(BY_KEY + "&timeout=100");
        Sent unconsumed = send("a", "1");
        assertInstanceOf(org.apache.camel.ExchangeTimedOutException.class, failureOf(unconsumed));
        store("", e -> hold(go));
        Sent running = send("a", "2");
        assertInstanceOf(org.apache.camel.ExchangeTimedOutException.class, failureOf(running));
        go.countDown();
        assertNull(failureOf(send("a", "3")));
        awaitIdle();
        assertEquals(List.of("2", "3"), attempts);
    }

    @Test
    void aFailureThatDoCatchTakesIsNone() throws Exception {
        ingest(BY_KEY);
        routes(
                r ->
                        r.from("delivery:x")
                                .errorHandler(r.noErrorHandler())
                                .doTry()
                                .throwException(new IllegalStateException("expected"))
                                .doCatch(IllegalStateException.class)
                                .to("mock:caught")
                                .end());
        getMockEndpoint("mock:caught").expectedMessageCount(1);
        assertNull(failureOf(send("a", "1")));
        MockEndpoint.assertIsSatisfied(context);
        assertEquals(1, delivery.statistics().delivered());
    }

    @Test
    void aFailureThatAnErrorHandlerTakesIsOne() throws Exception {
        ingest(BY_KEY);
        AtomicInteger runs = new AtomicInteger();
        routes(
                r ->
                        r.from("delivery:x")
                                .onException(Exception.class)
                                .handled(true)
                                .to("mock:handled")
                                .end()
                                .process(
                                        e -> {
                                            if (runs.incrementAndGet() < 3) {
                                                throw answer(500);
                                            }
                                            throw answer(400);
                                        }));
        MessageRejectedException failure =
                assertFailed(MessageRejectedException.class, send("a", "1"));
        assertEquals(3, failure.getAttempts());
        assertTrue(failure.getCause().getMessage().contains("400"), failure.getCause().toString());
    }

    @Test
    void aStateIsKeptByNameAndRemovedWithItsRoutesAndMessages() throws Exception {
        ingest(BY_KEY);
        store("", e -> {});
        assertNull(failureOf(send("a", "1")));
        DeliveryTarget before = target("x");
        context.getRouteController().stopRoute("store");
        context.removeRoute("store");
        assertSame(before, target("x"));
        context.getRouteController().stopRoute("ingest");
        context.removeRoute("ingest");
        assertFalse(before == target("x"));
    }
}
