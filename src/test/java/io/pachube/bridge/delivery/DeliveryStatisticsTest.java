package io.pachube.bridge.delivery;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;

import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** What a name and its requests look like from outside. */
class DeliveryStatisticsTest extends DeliveryTestSupport {

    /** A 200 whose body does not arrive. */
    private static final int CUT = 1;

    private final List<String> events = new CopyOnWriteArrayList<>();
    private final AtomicInteger status = new AtomicInteger(200);
    private volatile int delay;
    private HttpServer service;

    @BeforeEach
    void listen() throws Exception {
        delivery.setListener(
                new DeliveryListener() {
                    @Override
                    public void onAttempt(String name, int messages) {
                        events.add(name + " attempt of " + messages);
                    }

                    @Override
                    public void onRequest(String name, int status, long nanos) {
                        assertTrue(nanos > 0);
                        events.add(name + " answered " + status);
                    }

                    @Override
                    public void onRateLimited(String name, long nanos) {
                        assertTrue(nanos > 0);
                        events.add(name + " limited");
                    }
                });
        service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        service.createContext(
                "/",
                exchange -> {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(delay));
                    if (status.get() == 0) {
                        exchange.close();
                        return;
                    }
                    boolean isCut = status.get() == CUT;
                    exchange.sendResponseHeaders(isCut ? 200 : status.get(), isCut ? 100 : -1);
                    exchange.close();
                });
        service.start();
        DeliveryHttpClient client =
                delivery.newHttpClient(
                        () -> HttpClients.custom().disableAutomaticRetries().build());
        context.addComponent("http", new DeliveryHttpComponent(client));
    }

    @AfterEach
    void stop() {
        service.stop(0);
    }

    private String url() {
        return "http://127.0.0.1:" + service.getAddress().getPort() + "/";
    }

    private void storeByHttp(String options, int requests) throws Exception {
        routes(
                r -> {
                    var route =
                            r.from("delivery:x" + options)
                                    .errorHandler(r.noErrorHandler())
                                    .to(url());
                    for (int i = 1; i < requests; i++) {
                        route.to(url());
                    }
                });
    }

    private DeliveryStatistics statistics() {
        return delivery.statisticsByName().get("x");
    }

    @Test
    void eachNameHasItsOwnCountersAndState() throws Exception {
        ingest("delivery:x?orderingKey=RAW(${header.key})");
        CountDownLatch held = new CountDownLatch(1);
        store("", e -> hold(held));
        routes(r -> r.from("direct:y").to("delivery:y"));
        List<Sent> sent = List.of(send("a", "1"), send("a", "2"), send("b", "3"));
        await().atMost(LONG).until(() -> statistics().inFlight() == 2);
        await().atMost(LONG).until(() -> statistics().oldest().toMillis() > 5);
        DeliveryStatistics x = statistics();
        assertEquals(3, x.received());
        assertEquals(3, x.pending());
        assertEquals(1, x.waiting());
        assertEquals(2, x.attempts());
        assertTrue(x.isConsumed());
        assertFalse(x.isOutage());
        assertFalse(delivery.statisticsByName().get("y").isConsumed());
        assertEquals(0, delivery.statisticsByName().get("y").received());
        held.countDown();
        awaitDone(sent);
        assertEquals(3, statistics().delivered());
        assertEquals(Duration.ZERO, statistics().oldest());
        assertEquals(0, statistics().attempts());
    }

    @Test
    void anOutageHasADuration() throws Exception {
        ingest("delivery:x");
        CountDownLatch failing = new CountDownLatch(1);
        store(
                "",
                e -> {
                    if (failing.getCount() > 0) {
                        throw new java.net.ConnectException("refused");
                    }
                });
        Sent sent = send("a", "1");
        await().atMost(LONG).until(() -> statistics().outage().toMillis() > 5);
        assertTrue(delivery.statistics().isOutage());
        failing.countDown();
        assertNull(failureOf(sent));
        awaitIdle();
        assertEquals(Duration.ZERO, statistics().outage());
    }

    @Test
    void theListenerSeesEachRequestWithItsStatus() throws Exception {
        ingest("delivery:x");
        storeByHttp("", 1);
        assertNull(failureOf(send("a", "1")));
        status.set(400);
        assertFailed(MessageRejectedException.class, send("a", "2"));
        status.set(0);
        Sent last = send("a", "3");
        await().atMost(LONG).until(() -> events.contains("x answered 0"));
        status.set(204);
        assertNull(failureOf(last));
        awaitIdle();
        assertEquals(
                List.of("x attempt of 1", "x answered 200", "x attempt of 1", "x answered 400"),
                events.subList(0, 4));
        assertEquals("x answered 204", events.get(events.size() - 1));
        assertFalse(events.contains("x limited"));
    }

    @Test
    void anAnswerThatIsCutIsNone() throws Exception {
        ingest("delivery:x");
        storeByHttp("", 1);
        status.set(CUT);
        Sent sent = send("a", "1");
        await().atMost(LONG).until(() -> events.contains("x answered 0"));
        status.set(200);
        assertNull(failureOf(sent));
        awaitIdle();
    }

    @Test
    void theListenerSeesBatchesAndRateLimits() throws Exception {
        ingest("delivery:x");
        storeByHttp("?batchSize=10&minRequestInterval=50ms", 1);
        List<Sent> sent = List.of(send("a", "1"), send("a", "2"), send("a", "3"));
        awaitDone(sent);
        assertTrue(events.contains("x limited"), events.toString());
        assertEquals(
                3,
                events.stream()
                        .filter(event -> event.contains("attempt of"))
                        .mapToInt(event -> Integer.parseInt(event.replaceAll(".* ", "")))
                        .sum(),
                events.toString());
    }

    /** The wait for the rate limit was taken for a request without an answer. */
    @Test
    void aRequestThatTheRateLimitHoldsBackHasItsWholeTimeOut() throws Exception {
        delay = 300; // the deadlines are looked at ten times a second
        ingest("delivery:x");
        storeByHttp("?minRequestInterval=3s&requestTimeout=1s&retryTimeout=1s", 2);
        assertNull(failureOf(send("a", "1")));
        assertEquals(
                List.of("x attempt of 1", "x answered 200", "x limited", "x answered 200"), events);
    }
}
