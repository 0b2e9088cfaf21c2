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
        target = component.acquire(getEndpoint().getName());
        try {
            target.attach(this, getEndpoint().getConfiguration());
        } catch (IllegalStateException e) {
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
