package io.pachube.bridge.delivery;

import org.apache.camel.Processor;
import org.apache.camel.support.DefaultConsumer;

/** The route that delivers the messages of one name: one run is one attempt. */
final class DeliveryConsumer extends DefaultConsumer {

    private DeliveryTarget target;

    DeliveryConsumer(DeliveryEndpoint endpoint, Processor route) {
        super(endpoint, route);
    }

    @Override
    public DeliveryEndpoint getEndpoint() {
        return (DeliveryEndpoint) super.getEndpoint();
    }

    String routeId() {
        return getRouteId();
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        DeliveryComponent component = getEndpoint().getComponent();
        DeliveryConfiguration settings = getEndpoint().getConfiguration();
        if (settings.getBatchKey() != null) { // checked here, it is evaluated by the producers
            getEndpoint()
                    .getCamelContext()
                    .resolveLanguage("simple")
                    .createExpression(settings.getBatchKey());
        }
        target = component.acquire(getEndpoint().getName());
        try {
            target.attach(this, settings);
        } catch (RuntimeException e) {
            component.release(target);
            target = null;
            throw e;
        }
    }

    @Override
    protected void doStop() throws Exception {
        if (target != null) {
            target.detach(this);
            getEndpoint().getComponent().release(target);
            target = null;
        }
        super.doStop();
    }
}
