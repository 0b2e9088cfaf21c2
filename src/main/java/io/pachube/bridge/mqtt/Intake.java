package io.pachube.bridge.mqtt;

import org.apache.camel.Exchange;

/**
 * What one run of a consumer takes from the broker. When it is closed, because the bridge stops or
 * the route is replaced, what is not done yet is left to the broker: it is neither retried nor
 * given up, and comes again. Thread safe.
 */
public final class Intake {

    private static final String PROPERTY = "pachubeIntake";

    private volatile boolean closed;

    void close() {
        closed = true;
    }

    void keep(Exchange exchange) {
        exchange.setProperty(PROPERTY, this);
    }

    /** Whether the exchange is to be left; one from elsewhere is when its context stops. */
    public static boolean isClosed(Exchange exchange) {
        Intake intake = exchange.getProperty(PROPERTY, Intake.class);
        return intake == null ? exchange.getContext().isStopping() : intake.closed;
    }
}
