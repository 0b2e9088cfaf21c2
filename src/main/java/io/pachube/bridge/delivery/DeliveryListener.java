package io.pachube.bridge.delivery;

import org.apache.camel.Exchange;

/** Observes the messages of a {@link DeliveryComponent}. Thread safe; must not block. */
public interface DeliveryListener {

    /**
     * Called once for a message that goes on being retried after its second failed attempt.
     *
     * @param exchange as it was handed over
     * @param failure of the latest attempt
     * @param host of the latest request; null if none was made
     * @param attempts that have failed
     */
    default void onDelayed(Exchange exchange, Throwable failure, String host, int attempts) {}

    /**
     * Called before the exchange of a revoked message fails: whatever the route does with the
     * exception, the source must keep the message.
     */
    default void onRevoked(Exchange exchange) {}
}
