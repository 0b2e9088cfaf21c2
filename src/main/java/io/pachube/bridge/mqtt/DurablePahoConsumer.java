package io.pachube.bridge.mqtt;

import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Suspendable;
import org.apache.camel.component.paho.PahoConsumer;
import org.apache.camel.spi.ExceptionHandler;
import org.apache.camel.spi.Synchronization;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Consumes with the durable client of its route, and acknowledges each message when its exchange
 * has completed.
 *
 * <p>In place of camel-paho's {@code manualAcksEnabled}, which acknowledges out of order, and loses
 * its client as soon as the consumer stops. This one can be suspended: then Camel stops it only
 * after the exchanges in flight have completed, so that they are acknowledged.
 */
final class DurablePahoConsumer extends PahoConsumer implements Suspendable {

    private static final Logger LOG = LoggerFactory.getLogger(DurablePahoConsumer.class);

    private final MqttClientManager clients;
    private volatile DurableMqttClient client;

    DurablePahoConsumer(
            DurablePahoEndpoint endpoint, Processor processor, MqttClientManager clients) {
        super(endpoint, processor);
        this.clients = clients;
        setExceptionHandler(new BrokerRedeliveryHandler());
    }

    @Override
    protected void doStart() throws Exception {
        client = clients.consumer(getRouteId());
        setClient(client);
        super.doStart();
    }

    @Override
    protected void doSuspend() {
        client.stopAccepting();
    }

    /** Reconnects: messages since the suspension were neither accepted nor acknowledged. */
    @Override
    protected void doResume() throws Exception {
        client.stop();
        doStart();
    }

    @Override
    protected void doStop() throws Exception {
        super.doStop();
        if (client != null) {
            client.stop();
        }
    }

    @Override
    public Exchange createExchange(MqttMessage message, String topic) {
        Exchange exchange = super.createExchange(message, topic);
        DurableMqttClient from = client;
        ReceivedMessage received = new ReceivedMessage(topic, message, from, from.generation());
        received.attachTo(exchange);
        exchange.getExchangeExtension()
                .addOnCompletion(new AckOnCompletion(from, message, received));
        return exchange;
    }

    private record AckOnCompletion(
            DurableMqttClient client, MqttMessage message, ReceivedMessage received)
            implements Synchronization {

        @Override
        public void onComplete(Exchange exchange) {
            client.complete(message, !received.isRevoked());
        }

        @Override
        public void onFailure(Exchange exchange) {
            client.complete(message, false);
        }
    }

    /** Logs one line where Camel's would log a stack trace each: the broker sends it again. */
    private final class BrokerRedeliveryHandler implements ExceptionHandler {
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
            if (!client.isAccepting()) {
                LOG.debug("A message is left to the broker, for the next start", exception);
            } else {
                LOG.warn(
                        "A message of route {} is not acknowledged, so the broker sends it again: {}",
                        getRouteId(),
                        exception.toString());
            }
        }
    }
}
