package io.pachube.bridge.delivery;

/** Ends a message that kept failing for {@code retry.timeout} while its target was up. */
public final class MessageAbandonedException extends DeliveryFailedException {

    /**
     * @param name of the delivery
     * @param cause the failure of the last attempt
     * @param host of the last request; null if none was made
     * @param attempts that were made
     */
    public MessageAbandonedException(String name, Throwable cause, String host, int attempts) {
        super("delivery:" + name + " abandoned the message", cause, host, attempts);
    }
}
