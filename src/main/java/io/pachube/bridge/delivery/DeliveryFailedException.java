package io.pachube.bridge.delivery;

import org.apache.camel.CamelException;

/**
 * Ends a message that the target never takes, at the {@code to: delivery:…} that handed it over.
 * Its cause is the failure of the last attempt.
 */
public abstract class DeliveryFailedException extends CamelException {

    private final String host;
    private final int attempts;

    DeliveryFailedException(String message, Throwable cause, String host, int attempts) {
        super(message, cause);
        this.host = host;
        this.attempts = attempts;
    }

    /** Returns the host of the last request; null if none was made. */
    public String getHost() {
        return host;
    }

    /** Returns how many attempts were made. */
    public int getAttempts() {
        return attempts;
    }
}
