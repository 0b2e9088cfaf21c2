package io.pachube.bridge.delivery;

/**
 * A message that can never be carried out as it is. Its text says what was wrong and what would be
 * right, to whoever sent it, and names no key.
 */
public class InvalidMessageException extends RejectedException {

    public InvalidMessageException(String message) {
        super(message);
    }
}
