package io.pachube.bridge.delivery;

import org.apache.camel.AsyncEndpoint;
import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;

/**
 * Deliver messages to a target in order, with retries, until it has each of them.
 *
 * <p>The producer hands a message over and completes when it is delivered. The consumer's route is
 * one attempt to deliver it: it runs anew, as a whole, until it ends without an exception.
 */
@UriEndpoint(
        firstVersion = "1.0.0",
        scheme = "delivery",
        title = "Delivery",
        syntax = "delivery:name",
        remote = false,
        category = {Category.CORE, Category.MESSAGING})
public class DeliveryEndpoint extends DefaultEndpoint implements AsyncEndpoint {

    @UriPath
    @Metadata(required = true, description = "Name of the target.")
    private final String name;

    @UriParam private DeliveryConfiguration configuration;

    DeliveryEndpoint(
            String uri,
            DeliveryComponent component,
            String name,
            DeliveryConfiguration configuration) {
        super(uri, component);
        this.name = name;
        this.configuration = configuration;
    }

    /** Returns the name of the target. */
    public String getName() {
        return name;
    }

    public DeliveryConfiguration getConfiguration() {
        return configuration;
    }

    public void setConfiguration(DeliveryConfiguration configuration) {
        this.configuration = configuration;
    }

    @Override
    public DeliveryComponent getComponent() {
        return (DeliveryComponent) super.getComponent();
    }

    @Override
    public Producer createProducer() {
        return new DeliveryProducer(this);
    }

    @Override
    public Consumer createConsumer(Processor route) throws Exception {
        DeliveryConsumer consumer = new DeliveryConsumer(this, route);
        configureConsumer(consumer);
        return consumer;
    }
}
