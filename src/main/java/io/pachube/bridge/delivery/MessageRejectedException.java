package io.pachube.bridge.delivery;

/** Ends a message that can never be delivered. */
public final class MessageRejectedException extends DeliveryFailedException {

    /**
     * @param name of the delivery
     * @param cause the failure of the last attempt
     * @param host of the last request; null if none was made
     * @param attempts that were made
     */
    public MessageRejectedException(String name, Throwable cause, String host, int attempts) {
        super("delivery:" + name + " rejected the message", cause, host, attempts);
    }
}
