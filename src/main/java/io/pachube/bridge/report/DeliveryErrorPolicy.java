package io.pachube.bridge.report;

import io.pachube.bridge.delivery.DeliveryFailedException;
import io.pachube.bridge.delivery.MessageRevokedException;
import io.pachube.bridge.mqtt.ConsumerGeneration;
import io.pachube.bridge.mqtt.PublishRefusedException;

import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.eclipse.paho.client.mqttv3.MqttException;

import java.util.concurrent.atomic.LongAdder;

/**
 * The route configuration {@code pachubeDelivery}: a message that fails is reported through {@link
 * ErrorReportRoute}, and only then acknowledged. A message that was revoked, or that could not be
 * published, stays with the broker, which sends it again.
 *
 * <p>Retries are the delivery component's. Only the publishing of a report is retried here.
 */
public final class DeliveryErrorPolicy extends RouteConfigurationBuilder {

    private static final int REDELIVERY_DELAY = 250;
    private static final int MAX_REDELIVERY_DELAY = 5_000;

    private final LongAdder rejected = new LongAdder();

    /** Returns how many messages failed before they were handed over to a delivery. */
    public long rejected() {
        return rejected.sum();
    }

    @Override
    public void configuration() {
        var delivery = routeConfiguration("pachubeDelivery");
        delivery.errorHandler(defaultErrorHandler());
        delivery.onException(MessageRevokedException.class).logExhausted(false);
        // no redelivery here: Camel would copy the exchange before each step (camel-core-processor,
        // RedeliveryErrorHandler.defensiveCopyExchangeIfNeeded)
        delivery.onException(MqttException.class)
                .onWhen(exchange -> !(thrown(exchange) instanceof PublishRefusedException))
                .logExhausted(false);
        delivery.onException(Throwable.class)
                .handled(true)
                .logExhausted(false)
                .process(this::count)
                .id("pachubeCountRejected")
                .to(ErrorReportRoute.ENDPOINT);

        var report = routeConfiguration(ErrorReportRoute.ID);
        report.errorHandler(defaultErrorHandler());
        report.onException(MqttException.class)
                .retryWhile(exchange -> !ConsumerGeneration.isRevoked(exchange))
                .redeliveryDelay(REDELIVERY_DELAY)
                .maximumRedeliveryDelay(MAX_REDELIVERY_DELAY)
                .useExponentialBackOff()
                .backOffMultiplier(2)
                .asyncDelayedRedelivery()
                .logExhausted(false);
    }

    private static Throwable thrown(Exchange exchange) {
        return exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
    }

    private void count(Exchange exchange) {
        if (!(thrown(exchange) instanceof DeliveryFailedException)) {
            rejected.increment();
        }
    }
}
