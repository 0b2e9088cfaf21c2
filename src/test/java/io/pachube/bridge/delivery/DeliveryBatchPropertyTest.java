package io.pachube.bridge.delivery;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

import org.apache.camel.AsyncProducer;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.impl.DefaultCamelContext;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whatever values come, and whatever becomes of the requests: each good value is stored once, in
 * the order of its key, and each bad one reported once.
 */
class DeliveryBatchPropertyTest {

    private static final int SIZE = 5;
    private static final String NUMBER = "number";
    private static final AtomicInteger CLOCK = new AtomicInteger();
    private static final DefaultCamelContext CONTEXT = new DefaultCamelContext();
    private static final DeliveryComponent DELIVERY = new DeliveryComponent();

    private static Run run;
    private static AsyncProducer in;

    /** What one value is. */
    private enum Kind {
        PLAIN,
        /** Is sent alone, as it is. */
        ALONE,
        /** Is refused. */
        BAD
    }

    /** The results of one list of values. */
    private static final class Run {
        final List<Integer> outcomes;
        final AtomicInteger requests = new AtomicInteger();
        final AtomicInteger ended = new AtomicInteger();
        final Map<String, List<String>> stored = new ConcurrentHashMap<>();
        final List<String> reported = Collections.synchronizedList(new ArrayList<>());
        final List<String> wrong = Collections.synchronizedList(new ArrayList<>());

        Run(List<Integer> outcomes) {
            this.outcomes = outcomes;
        }
    }

    /** Rows with a time of their own. */
    private static final class StampedRows extends LinesBatchFormat {
        @Override
        public byte[] toRow(Exchange exchange, byte[] body) {
            String text = new String(body, StandardCharsets.UTF_8);
            return text.startsWith("alone")
                    ? null
                    : (CLOCK.incrementAndGet() + "," + text).getBytes(StandardCharsets.UTF_8);
        }
    }

    @BeforeContainer
    static void start() throws Exception {
        DELIVERY.getConfiguration().setRetryInitialDelay(1);
        DELIVERY.getConfiguration().setRetryMaxDelay(2);
        CONTEXT.addComponent("delivery", DELIVERY);
        CONTEXT.getRegistry().bind("stamped", new StampedRows());
        CONTEXT.addRoutes(
                new RouteBuilder() {
                    @Override
                    public void configure() {
                        from("direct:in")
                                .onException(DeliveryFailedException.class)
                                .handled(true)
                                .process(e -> run.reported.add(e.getProperty(NUMBER, String.class)))
                                .end()
                                .to("delivery:x?orderingKey=${header.key}");
                        from("delivery:x?batchSize=" + SIZE + "&batchFormat=stamped")
                                .errorHandler(noErrorHandler())
                                .doTry()
                                .process(e -> target(e, false))
                                .doCatch(HttpOperationFailedException.class)
                                .onWhen(simple("${exception.statusCode} == 404"))
                                .process(e -> target(e, true))
                                .end();
                    }
                });
        CONTEXT.start();
        in = CONTEXT.getEndpoint("direct:in").createAsyncProducer();
        in.start();
    }

    @AfterContainer
    static void stop() throws Exception {
        CONTEXT.close();
    }

    /** As the run says for each request: slow, failing, or well; a key is to be created first. */
    private static void target(Exchange exchange, boolean creates) throws Exception {
        Run now = run;
        int request = now.requests.getAndIncrement();
        switch (now.outcomes.isEmpty() ? 0 : now.outcomes.get(request % now.outcomes.size())) {
            case 1 -> throw answer(503);
            case 2 -> throw new IOException("reset");
            case 3 -> Thread.sleep(2);
            default -> {}
        }
        String key = exchange.getIn().getHeader("key", String.class);
        if (!now.stored.containsKey(key) && !creates) {
            throw answer(404);
        }
        String body = exchange.getIn().getBody(String.class);
        List<String> rows = body.lines().toList();
        if (rows.size() > SIZE) {
            now.wrong.add(rows.size() + " in one request");
        }
        if (body.contains("BAD")) {
            throw answer(rows.size() % 2 == 0 ? 400 : 422);
        }
        now.stored.computeIfAbsent(key, k -> new ArrayList<>()).addAll(rows);
    }

    private static HttpOperationFailedException answer(int status) {
        return new HttpOperationFailedException("uri", status, "", null, Map.of(), "");
    }

    @Property(tries = 300)
    void eachGoodValueIsStoredOnceInOrderAndEachBadOneReported(
            @ForAll @Size(max = 60) List<@IntRange(max = 39) Integer> values,
            @ForAll @Size(max = 12) List<@IntRange(max = 3) Integer> outcomes) {
        // requests that only fail are retried without end
        List<Integer> sometimesWell = new ArrayList<>(outcomes);
        sometimesWell.add(0);
        sometimesWell.add(0);
        run = new Run(sometimesWell);
        long before = DELIVERY.statistics().delivered();
        Map<String, List<String>> good = new HashMap<>();
        List<String> bad = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            String key = "key " + values.get(i) % 2;
            Kind kind = kind(values.get(i) / 2);
            String text = (kind == Kind.ALONE ? "alone " : kind == Kind.BAD ? "BAD " : "") + i;
            if (kind == Kind.BAD) {
                bad.add(text);
            } else {
                good.computeIfAbsent(key, k -> new ArrayList<>()).add(text);
            }
            send(key, text);
        }
        await().atMost(Duration.ofSeconds(60))
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(
                        () ->
                                run.ended.get() == values.size()
                                        && DELIVERY.statistics().pending() == 0);
        assertEquals(List.of(), run.wrong);
        assertEquals(good.keySet(), run.stored.keySet());
        run.stored.forEach(
                (key, rows) -> {
                    assertEquals(good.get(key), rows.stream().map(Row::text).toList());
                    List<Integer> stamps =
                            rows.stream().filter(r -> r.contains(",")).map(Row::stamp).toList();
                    assertEquals(stamps.stream().sorted().distinct().toList(), stamps);
                });
        assertEquals(bad.stream().sorted().toList(), run.reported.stream().sorted().toList());
        assertEquals(values.size() - bad.size(), DELIVERY.statistics().delivered() - before);
        assertTrue(run.requests.get() >= run.stored.size());
        assertEquals(0, DELIVERY.statistics().delayedNow());
    }

    /** Most are plain. */
    private static Kind kind(int number) {
        return number < 2 ? Kind.BAD : number < 4 ? Kind.ALONE : Kind.PLAIN;
    }

    private static final class Row {
        static String text(String row) {
            return row.substring(row.indexOf(',') + 1);
        }

        static int stamp(String row) {
            return Integer.parseInt(row.substring(0, row.indexOf(',')));
        }
    }

    /** Returns before the exchange is done. */
    private static void send(String key, String text) {
        Run now = run;
        Exchange exchange = in.getEndpoint().createExchange();
        exchange.getIn().setHeader("key", key);
        exchange.setProperty(NUMBER, text);
        exchange.getIn().setBody(text);
        in.process(
                exchange,
                doneSync -> {
                    if (exchange.isFailed()) {
                        now.wrong.add(text + " failed: " + exchange.getException());
                    }
                    now.ended.incrementAndGet();
                });
    }
}
