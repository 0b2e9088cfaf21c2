package io.pachube.bridge.mqtt;

import org.apache.camel.Exchange;

/**
 * One run of a consumer. When it is revoked, because the bridge stops or the route is replaced, its
 * messages that are not completed are left to the broker: neither retried nor abandoned, they are
 * sent again. Thread safe.
 */
public final class ConsumerGeneration {

    private volatile boolean revoked;

    void revoke() {
        revoked = true;
    }

    boolean isRevoked() {
        return revoked;
    }

    /**
     * Returns true if the message of the exchange is left to the broker; without a message, if the
     * context stops.
     */
    public static boolean isRevoked(Exchange exchange) {
        ReceivedMessage received = ReceivedMessage.of(exchange);
        return received == null
                ? exchange.getContext().isStopping()
                : received.isGenerationRevoked();
    }
}
