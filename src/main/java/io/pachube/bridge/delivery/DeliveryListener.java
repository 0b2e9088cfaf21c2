package io.pachube.bridge.delivery;

import org.apache.camel.Exchange;

/** Observes the messages of a {@link DeliveryComponent}. Thread safe; must not block, nor throw. */
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

    /**
     * Called when an attempt begins.
     *
     * @param name of the delivery
     * @param messages in the attempt: more than one in a batch
     */
    default void onAttempt(String name, int messages) {}

    /**
     * Called when an HTTP request of an attempt has ended.
     *
     * @param name of the delivery
     * @param status of the answer; 0 if there was none, or not all of it
     * @param nanos from connecting to the end of the answer
     */
    default void onRequest(String name, int status, long nanos) {}

    /**
     * Called for a request, or an attempt, that the rate limit of its account has held back.
     *
     * @param name of the delivery
     * @param nanos until it began
     */
    default void onRateLimited(String name, long nanos) {}
}
