package io.pachube.bridge.mqtt;

import org.apache.camel.Exchange;
import org.apache.camel.NonManagedService;
import org.apache.camel.Route;
import org.apache.camel.component.paho.PahoConstants;
import org.apache.camel.component.paho.PahoMessage;
import org.apache.camel.spi.ExceptionHandler;
import org.apache.camel.spi.Synchronization;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.RoutePolicySupport;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the client of a {@code paho} route how each of its exchanges ended, and stops it with the
 * route.
 *
 * <p>In place of camel-paho's {@code manualAcksEnabled}, which forgets its client as soon as the
 * consumer stops, so that what is then still in work could not be acknowledged any more. Not in
 * JMX, where it would stay when its route is removed.
 */
final class AcknowledgeWhenDone extends RoutePolicySupport implements NonManagedService {

    private static final Logger LOG = LoggerFactory.getLogger(AcknowledgeWhenDone.class);

    private final DurableClient client;

    AcknowledgeWhenDone(DurableClient client) {
        this.client = client;
    }

    /** What fails comes again; one line tells so, where Camel's would bring a stack trace each. */
    @Override
    public void onStart(Route route) {
        if (route.getConsumer() instanceof DefaultConsumer consumer) {
            consumer.setExceptionHandler(new LeftToTheBroker());
        }
    }

    @Override
    public void onExchangeBegin(Route route, Exchange exchange) {
        if (exchange.getIn() instanceof PahoMessage paho) {
            ReceivedMessage received =
                    new ReceivedMessage(
                            paho.getHeader(PahoConstants.MQTT_TOPIC, String.class),
                            paho.getMqttMessage(),
                            client,
                            client.intake());
            received.attachTo(exchange);
            exchange.getExchangeExtension()
                    .addOnCompletion(new Ended(paho.getMqttMessage(), received));
        }
    }

    @Override
    public void onStop(Route route) {
        client.stop();
    }

    private final class Ended implements Synchronization {
        private final MqttMessage message;
        private final ReceivedMessage received;

        Ended(MqttMessage message, ReceivedMessage received) {
            this.message = message;
            this.received = received;
        }

        @Override
        public void onComplete(Exchange exchange) {
            client.ended(message, !received.isRevoked());
        }

        @Override
        public void onFailure(Exchange exchange) {
            client.ended(message, false);
        }
    }

    private final class LeftToTheBroker implements ExceptionHandler {
        @Override
        public void handleException(Throwable exception) {
            handleException(null, exception);
        }

        @Override
        public void handleException(String message, Throwable exception) {
            handleException(message, null, exception);
        }

        @Override
        public void handleException(String message, Exchange exchange, Throwable exception) {
            if (!client.isTaking()) {
                LOG.debug("A message is left to the broker, for the next start");
            } else {
                LOG.warn(
                        "A message is left to the broker, to come again: {}", exception.toString());
            }
        }
    }
}
