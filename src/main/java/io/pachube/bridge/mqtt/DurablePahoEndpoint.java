package io.pachube.bridge.mqtt;

import org.apache.camel.Consumer;
import org.apache.camel.MultipleConsumersSupport;
import org.apache.camel.PollingConsumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.component.paho.PahoConfiguration;
import org.apache.camel.component.paho.PahoEndpoint;
import org.apache.camel.component.paho.PahoProducer;

/** An endpoint of {@link DurablePahoComponent}. Several routes may consume one filter. */
public final class DurablePahoEndpoint extends PahoEndpoint implements MultipleConsumersSupport {

    private final MqttClientManager clients;

    DurablePahoEndpoint(
            String uri,
            String topic,
            DurablePahoComponent component,
            PahoConfiguration configuration,
            MqttClientManager clients) {
        super(uri, topic, component, configuration);
        this.clients = clients;
    }

    @Override
    public Consumer createConsumer(Processor processor) throws Exception {
        DurablePahoConsumer consumer = new DurablePahoConsumer(this, processor, clients);
        configureConsumer(consumer);
        return consumer;
    }

    @Override
    public Producer createProducer() {
        PahoProducer producer = new PahoProducer(this);
        producer.setClient(clients.publisher());
        return producer;
    }

    /** A polled message would be acknowledged before anything was done with it. */
    @Override
    public PollingConsumer createPollingConsumer() {
        throw new UnsupportedOperationException(
                "paho:"
                        + getTopic()
                        + " cannot be polled (poll, pollEnrich): consume it in a route of its own,"
                        + " or name another broker with brokerUrl");
    }

    @Override
    public boolean isMultipleConsumersSupported() {
        return true;
    }
}
