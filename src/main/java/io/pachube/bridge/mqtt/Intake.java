package io.pachube.bridge.mqtt;

import org.apache.camel.Exchange;

/**
 * What one run of a consumer takes from the broker. When it is closed, because the bridge stops or
 * the route is replaced, what is not done yet is left to the broker: it is neither retried nor
 * given up, and comes again. Thread safe.
 */
public final class Intake {

    private volatile boolean closed;

    void close() {
        closed = true;
    }

    boolean isClosed() {
        return closed;
    }

    /** Whether the exchange is to be left; one from elsewhere is when its context stops. */
    public static boolean isClosed(Exchange exchange) {
        ReceivedMessage received = ReceivedMessage.of(exchange);
        return received == null ? exchange.getContext().isStopping() : received.isIntakeClosed();
    }
}
