package io.pachube.bridge.delivery;

/**
 * Says that an attempt failed and the message is to be retried, until {@code retry.timeout}.
 *
 * <p>A route throws it where the answer of a service means "try again" though its status is 200:
 * {@code throwException: { exceptionType: io.pachube.bridge.delivery.RetryException, message: … }}.
 */
public class RetryException extends Exception {

    /**
     * @param message the reason; it becomes part of the error report
     */
    public RetryException(String message) {
        super(message, null, false, false);
    }
}
