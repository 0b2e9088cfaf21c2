package io.pachube.bridge.delivery;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.ExchangePattern;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.Test;

import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** Deliveries from the route of a delivery. */
class DeliveryNestedTest extends DeliveryTestSupport {

    private static final String BY_KEY = "delivery:x?orderingKey=${header.key}";
    private volatile boolean isDown;

    /** x hands over to y. */
    private void nested(String outer, String inner) throws Exception {
        ingest(BY_KEY);
        routes(
                r -> {
                    r.from("delivery:x" + outer)
                            .routeId("store")
                            .errorHandler(r.noErrorHandler())
                            .process(e -> attempts.add("x" + e.getIn().getBody()))
                            .to("delivery:y?orderingKey=${header.key}")
                            .to("mock:stored");
                    r.from("delivery:y" + inner)
                            .routeId("inner")
                            .errorHandler(r.noErrorHandler())
                            .process(e -> attempts.add("y" + e.getIn().getBody()))
                            .process(
                                    e -> {
                                        if (isDown) {
                                            throw new ConnectException("Connection refused");
                                        }
                                        if (e.getIn().getBody().equals("bad")) {
                                            throw answer(400);
                                        }
                                        if (e.getIn().getBody().equals("stuck")) {
                                            throw answer(500);
                                        }
                                    });
                });
    }

    @Test
    void theOuterMessageIsDeliveredWithTheInner() throws Exception {
        nested("", "");
        getMockEndpoint("mock:stored").expectedMessageCount(10);
        List<Sent> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            all.add(send("a", i));
        }
        awaitDone(all);
        MockEndpoint.assertIsSatisfied(context);
        all.forEach(sent -> assertNull(sent.failure()));
        assertEquals("[x0, y0, x1, y1", attempts.toString().substring(0, 15));
    }

    @Test
    void oneThreadForEachNameIsEnough() throws Exception {
        nested("?maxConcurrentRequests=1", "?maxConcurrentRequests=1");
        List<Sent> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(send("key " + i, i));
        }
        awaitDone(all);
    }

    @Test
    void theInnerNameDecides() throws Exception {
        nested("", "?retryTimeout=50ms");
        assertFailed(MessageRejectedException.class, send("a", "bad"));
        assertEquals(List.of("xbad", "ybad"), attempts);
        attempts.clear();
        assertFailed(MessageAbandonedException.class, send("a", "stuck"));
        assertEquals("xstuck", attempts.get(0));
        assertEquals(1, attempts.stream().filter(a -> a.startsWith("x")).count());
        assertNull(failureOf(send("a", "good")));
        awaitIdle();
    }

    /** The attempt of the outer name waits: that is no fault of the message. */
    @Test
    void anOutageOfTheInnerNameAbandonsNothing() throws Exception {
        nested("?attemptTimeout=50ms&retryTimeout=50ms", "?retryTimeout=50ms");
        isDown = true;
        Sent sent = send("a", "1");
        await().atMost(LONG).until(() -> attempts.size() > 60);
        assertTrue(!sent.isDone);
        isDown = false;
        assertNull(failureOf(sent));
        assertEquals(1, attempts.stream().filter(a -> a.startsWith("x")).count());
        awaitIdle();
    }

    @Test
    void anErrorBehindTheInnerNameFailsTheAttemptOfTheOuter() throws Exception {
        ingest(BY_KEY);
        routes(
                r -> {
                    r.from("delivery:x")
                            .routeId("store")
                            .errorHandler(r.noErrorHandler())
                            .process(e -> attempts.add("x"))
                            .to("delivery:y")
                            .process(
                                    e -> {
                                        if (attempts.size() < 3) {
                                            throw new StackOverflowError("expected");
                                        }
                                    });
                    r.from("delivery:y").errorHandler(r.noErrorHandler()).to("mock:y");
                });
        assertNull(failureOf(send("a", "1")));
        assertEquals(3, attempts.size());
        await().atMost(LONG).until(() -> context.getInflightRepository().size("store") == 0);
        awaitIdle();
    }

    @Test
    void aDeliveryToItselfFailsAtOnce() throws Exception {
        ingest(BY_KEY);
        routes(
                r ->
                        r.from("delivery:x?retryTimeout=30ms")
                                .errorHandler(r.noErrorHandler())
                                .to("delivery:x?orderingKey=other"));
        MessageAbandonedException failure =
                assertFailed(MessageAbandonedException.class, send("a", "1"));
        assertTrue(
                failure.getCause().getMessage().contains("delivery:x"),
                failure.getCause().getMessage());
        awaitIdle();
    }

    @Test
    void aDeliveryToItselfThroughAnotherFailsAtOnce() throws Exception {
        ingest(BY_KEY);
        routes(
                r -> {
                    r.from("delivery:x?retryTimeout=30ms")
                            .errorHandler(r.noErrorHandler())
                            .to("direct:sub");
                    r.from("direct:sub").errorHandler(r.noErrorHandler()).to("delivery:y");
                    r.from("delivery:y?retryTimeout=30ms")
                            .errorHandler(r.noErrorHandler())
                            .split(r.body())
                            .to("delivery:x");
                });
        assertFailed(MessageAbandonedException.class, send("a", "1"));
        awaitIdle();
    }

    /** Nobody waits for a copy of a wireTap: it is a message of its own. */
    @Test
    void aWireTapHandsOverThoughItsAttemptHasEnded() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        ingest(BY_KEY);
        routes(
                r -> {
                    r.from("delivery:x").errorHandler(r.noErrorHandler()).wireTap("direct:tap");
                    r.from("direct:tap")
                            .errorHandler(r.noErrorHandler())
                            .process(e -> hold(go))
                            .to("delivery:y")
                            .to("mock:tapped");
                    r.from("delivery:y").errorHandler(r.noErrorHandler()).to("mock:y");
                });
        getMockEndpoint("mock:tapped").expectedBodiesReceived("1");
        assertNull(failureOf(send("a", "1")));
        go.countDown();
        MockEndpoint.assertIsSatisfied(context);
        awaitIdle();
    }

    @Test
    void inOutOfTheInnerReachesTheOuter() throws Exception {
        ingest(BY_KEY);
        routes(
                r -> {
                    r.from("delivery:x")
                            .errorHandler(r.noErrorHandler())
                            .to(ExchangePattern.InOut, "delivery:y")
                            .setBody(r.simple("x(${body})"));
                    r.from("delivery:y")
                            .errorHandler(r.noErrorHandler())
                            .setBody(r.simple("y(${body})"));
                });
        Sent sent = send("direct:in", ExchangePattern.InOut, "1", Map.of("key", "a"));
        assertNull(failureOf(sent));
        assertEquals("x(y(1))", sent.exchange.getMessage().getBody());
    }

    @Test
    void aReloadOfTheOuterRouteLosesNothing() throws Exception {
        nested("", "");
        isDown = true;
        Sent sent = send("a", "1");
        await().atMost(LONG).until(() -> attempts.contains("y1"));
        context.getRouteController().stopRoute("store");
        assertTrue(!sent.isDone);
        isDown = false;
        context.getRouteController().startRoute("store");
        assertNull(failureOf(sent));
        awaitIdle();
        assertEquals(0, delivery.statistics().abandoned());
    }
}
