package io.pachube.bridge.delivery;

import io.pachube.bridge.mqtt.Intake;
import io.pachube.bridge.mqtt.PublishRefusedException;

import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.support.SynchronizationAdapter;
import org.eclipse.paho.client.mqttv3.MqttException;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;

/**
 * What happens when a step of a route fails: the route configuration that {@code
 * routeConfigurationId: pachubeDelivery} names.
 *
 * <p>Camel retries, {@link RetryPolicy} says whether and when. A value that is given up is reported
 * through {@value #REPORT}, and only then done. A value whose {@link Intake} is closed fails
 * without a report: the broker still has it. Where a {@link Detour} knows another request, that is
 * made at once, and is what is retried.
 */
public final class Delivery extends RouteConfigurationBuilder {

    /** Takes an exchange whose value was given up; done when the broker has the report. */
    public static final String REPORT = "direct:pachubeReport";

    private final RetryPolicy policy;
    private final Lanes lanes;
    private final Workers workers;
    private final Processor held;
    private final Detour detour;
    private final LongAdder refused = new LongAdder();
    private final LongAdder givenUp = new LongAdder();
    private final LongAdder heldEver = new LongAdder();
    private final Map<Value, Long> heldSince = new ConcurrentHashMap<>();

    /**
     * @param workers make what is tried again
     * @param held is told of an exchange that goes on being retried, once for each; must not wait
     * @param detour knows what else may be requested where a request was refused
     */
    public Delivery(
            RetryPolicy policy, Lanes lanes, Workers workers, Processor held, Detour detour) {
        this.policy = policy;
        this.lanes = lanes;
        this.workers = workers;
        this.held = held;
        this.detour = detour;
    }

    @Override
    public void configuration() {
        var delivery = routeConfiguration("pachubeDelivery");
        delivery.errorHandler(new DeliveryErrorHandler(workers.executor()));
        // the broker is away: what is to be published waits for it, and so does the rest
        delivery.onException(MqttException.class)
                .onWhen(exchange -> !(thrown(exchange) instanceof PublishRefusedException))
                .retryWhile(exchange -> !Intake.isClosed(exchange))
                .maximumRedeliveryDelay(5_000)
                .redeliveryDelay(250)
                .useExponentialBackOff()
                .backOffMultiplier(2)
                .asyncDelayedRedelivery()
                .logExhausted(false);
        delivery.onException(Exception.class)
                .onExceptionOccurred(this::judge)
                .retryWhile(this::mayRetry)
                .onRedelivery(this::begin)
                .asyncDelayedRedelivery()
                .logExhausted(false)
                .handled(Delivery::isOver)
                .filter(Delivery::isOver)
                .to(REPORT);

        // a part that is retried as a whole, by the route that calls it
        routeConfiguration("pachubeWhole").errorHandler(noErrorHandler());
    }

    private static Exception thrown(Exchange exchange) {
        return exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
    }

    private void judge(Exchange exchange) throws Exception {
        Value value = value(exchange);
        Exception thrown = thrown(exchange);
        if (Intake.isClosed(exchange) || thrown instanceof RejectedExecutionException) {
            value.verdict = Verdict.LEAVE;
            return;
        }
        if (!value.isOver()) { // those that travelled with another have its verdict
            decide(exchange, value, thrown);
        }
        switch (value.verdict) {
            case REFUSE -> refused.increment();
            case GIVE_UP -> givenUp.increment();
            case RETRY, LEAVE -> {}
        }
    }

    private void decide(Exchange exchange, Value value, Exception thrown) throws Exception {
        Failure failure = Failure.of(thrown, Instant.now());
        value.thrown = thrown;
        if (failure.isOfContent() && !value.followers.isEmpty()) {
            lanes.dissolve(value);
            retryAtOnce(exchange, value);
            return;
        }
        if (failure.kind() == Failure.Kind.ANSWERED && value.detour == null) {
            value.detour = detour.of(exchange, failure.status());
            if (value.detour != null) {
                value.replaced++;
                retryAtOnce(exchange, value);
                return;
            }
        }
        RetryPolicy.Decision decision = policy.failed(value, failure);
        value.verdict = decision.verdict();
        if (value.verdict == Verdict.RETRY) {
            exchange.getIn().setHeader(Exchange.REDELIVERY_DELAY, decision.delayMillis());
            if (value.failures > 1 && !value.held) {
                // once is a hiccup
                hold(exchange, value);
                for (Value follower : value.followers) {
                    follower.follow(value);
                    follower.exchange.setProperty(Exchange.EXCEPTION_CAUGHT, thrown);
                    hold(follower.exchange, follower);
                }
            }
        }
    }

    /** It was answered, and what follows is another request. */
    private void retryAtOnce(Exchange exchange, Value value) {
        policy.answered();
        value.verdict = Verdict.RETRY;
        exchange.getIn().setHeader(Exchange.REDELIVERY_DELAY, 0);
    }

    private void hold(Exchange exchange, Value value) throws Exception {
        value.held = true;
        heldEver.increment();
        heldSince.put(value, System.nanoTime());
        exchange.getExchangeExtension()
                .addOnCompletion(
                        new SynchronizationAdapter() {
                            @Override
                            public void onDone(Exchange done) {
                                heldSince.remove(value);
                            }
                        });
        held.process(exchange);
    }

    private void begin(Exchange exchange) throws Exception {
        if (Intake.isClosed(exchange)) {
            exchange.setRouteStop(true);
            throw new RejectedExecutionException("Left to the broker");
        }
        Value value = value(exchange);
        if (value.alone) {
            exchange.getIn().setBody(value.row); // no more that of its batch
        }
        if (value.detour != null) {
            value.detour.process(exchange);
        }
        policy.begins(value);
    }

    private boolean mayRetry(Exchange exchange) {
        Value value = Value.of(exchange);
        return value != null && value.verdict == Verdict.RETRY && !Intake.isClosed(exchange);
    }

    private static boolean isOver(Exchange exchange) {
        Value value = Value.of(exchange);
        return value != null && value.isOver();
    }

    /** A message that was refused before it came to its lane has none yet. */
    private static Value value(Exchange exchange) {
        Value value = Value.of(exchange);
        if (value == null) {
            value = new Value("");
            value.keep(exchange);
        }
        return value;
    }

    /** How many messages were refused: they could never have succeeded. */
    public long refused() {
        return refused.sum();
    }

    /** How many messages were given up after their time. */
    public long givenUp() {
        return givenUp.sum();
    }

    /** How many messages were ever held: tried more than twice. */
    public long heldEver() {
        return heldEver.sum();
    }

    /** How many messages are held now. */
    public int held() {
        return heldSince.size();
    }

    /** How long the oldest of them has been held; zero where there is none. */
    public Duration oldestHeld() {
        return heldSince.values().stream()
                .map(since -> Duration.ofNanos(System.nanoTime() - since))
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }

    /** How many requests with the value of an exchange have failed. */
    public static int failures(Exchange exchange) {
        Value value = Value.of(exchange);
        return value == null ? 0 : value.attempts();
    }
}
