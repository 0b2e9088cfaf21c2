package io.pachube.bridge.mqtt;

import org.apache.camel.Exchange;

import java.util.function.BooleanSupplier;

/**
 * One run of a consumer. When it is revoked, because the bridge stops, the route is replaced or
 * another bridge leads, its messages that are not completed are left to the broker: neither retried
 * nor abandoned, they are sent again. Thread safe.
 */
public final class ConsumerGeneration {

    private final BooleanSupplier mayConsume;
    private volatile boolean revoked;

    /**
     * @param mayConsume false: it is as if it were revoked
     */
    ConsumerGeneration(BooleanSupplier mayConsume) {
        this.mayConsume = mayConsume;
    }

    void revoke() {
        revoked = true;
    }

    boolean isRevoked() {
        return revoked || !mayConsume.getAsBoolean();
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

    /** Returns true if the exchange has a message that is left to the broker. */
    public static boolean isWithdrawn(Exchange exchange) {
        ReceivedMessage received = ReceivedMessage.of(exchange);
        return received != null && received.isGenerationRevoked();
    }
}
