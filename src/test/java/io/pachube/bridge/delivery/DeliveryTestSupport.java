package io.pachube.bridge.delivery;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.AsyncProducer;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.Processor;
import org.apache.camel.builder.LambdaRouteBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.junit.jupiter.api.BeforeEach;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** A context with the component, whose retries are quick. Each test adds its routes. */
abstract class DeliveryTestSupport extends CamelTestSupport {

    static final Duration LONG = Duration.ofSeconds(60);

    /** What delivers a message: the body and the number of the attempt. */
    final List<String> attempts = Collections.synchronizedList(new ArrayList<>());

    /** What happened to the exchanges that were handed over. */
    final List<String> revoked = Collections.synchronizedList(new ArrayList<>());

    final List<String> delayed = Collections.synchronizedList(new ArrayList<>());
    DeliveryComponent delivery;

    @Override
    protected CamelContext createCamelContext() throws Exception {
        CamelContext context = super.createCamelContext();
        DeliveryComponent component = new DeliveryComponent();
        component.getConfiguration().setRetryInitialDelay(2);
        component.getConfiguration().setRetryMaxDelay(10);
        component.setListener(
                new DeliveryListener() {
                    @Override
                    public void onDelayed(
                            Exchange exchange, Throwable failure, String host, int failed) {
                        delayed.add(exchange.getIn().getBody(String.class));
                    }

                    @Override
                    public void onRevoked(Exchange exchange) {
                        revoked.add(exchange.getIn().getBody(String.class));
                    }
                });
        context.addComponent("delivery", component);
        return context;
    }

    @BeforeEach
    void component() {
        delivery = context.getComponent("delivery", DeliveryComponent.class);
    }

    void routes(LambdaRouteBuilder routes) throws Exception {
        RouteBuilder.addRoutes(context, routes);
    }

    /** A route that hands over by the header "key". */
    void ingest(String name) throws Exception {
        routes(
                r ->
                        r.from("direct:in")
                                .routeId("ingest")
                                .errorHandler(r.noErrorHandler())
                                .to(name));
    }

    /** Adds a route from delivery:x that fails as a processor says. */
    void store(String options, Processor processor) throws Exception {
        routes(
                r ->
                        r.from("delivery:x" + options)
                                .routeId("store")
                                .errorHandler(r.noErrorHandler())
                                .process(e -> attempts.add(e.getIn().getBody(String.class)))
                                .process(processor)
                                .to("mock:stored"));
    }

    static final class Sent {
        final Exchange exchange;
        volatile boolean isDone;

        Sent(Exchange exchange) {
            this.exchange = exchange;
        }

        Throwable failure() {
            return exchange.getException();
        }
    }

    /** Hands a message over, and returns before it is delivered. */
    Sent send(String key, Object body) {
        return send("direct:in", ExchangePattern.InOnly, body, Map.of("key", key));
    }

    Sent send(String uri, ExchangePattern pattern, Object body, Map<String, Object> headers) {
        try {
            Exchange exchange = context.getEndpoint(uri).createExchange(pattern);
            exchange.getIn().setBody(body);
            exchange.getIn().setHeaders(new java.util.HashMap<>(headers));
            Sent sent = new Sent(exchange);
            AsyncProducer producer = context.getEndpoint(uri).createAsyncProducer();
            producer.start();
            producer.process(exchange, doneSync -> sent.isDone = true);
            return sent;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    void awaitDone(List<Sent> all) {
        await().atMost(LONG).until(() -> all.stream().allMatch(sent -> sent.isDone));
        awaitIdle();
    }

    Throwable failureOf(Sent sent) {
        await().atMost(LONG).until(() -> sent.isDone);
        return sent.failure();
    }

    /** Nothing is left behind. */
    void awaitIdle() {
        await().atMost(LONG).until(() -> delivery.statistics().pending() == 0);
        assertEquals(0, delivery.statistics().delayedNow());
    }

    <T extends Throwable> T assertFailed(Class<T> type, Sent sent) {
        Throwable failure = failureOf(sent);
        assertTrue(type.isInstance(failure), "failed with " + failure);
        return type.cast(failure);
    }

    DeliveryTarget target(String name) {
        DeliveryTarget target = delivery.acquire(name);
        delivery.release(target);
        return target;
    }

    static HttpOperationFailedException answer(int status) {
        return answer(status, Map.of());
    }

    static HttpOperationFailedException answer(int status, Map<String, String> headers) {
        return new HttpOperationFailedException(
                "http://target.test", status, "Status", null, headers, "");
    }

    /** The names of steps that a test holds until it lets them go. */
    static void hold(java.util.concurrent.CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
