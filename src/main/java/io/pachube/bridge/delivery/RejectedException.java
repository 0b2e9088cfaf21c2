package io.pachube.bridge.delivery;

/**
 * Says that a message can never be delivered: it is rejected at once, with an error report.
 *
 * <p>A route throws it where the answer of a service is a refusal though its status is 200: {@code
 * throwException: { exceptionType: io.pachube.bridge.delivery.RejectedException, message: … }}.
 */
public class RejectedException extends Exception {

    /**
     * @param message the reason; it becomes part of the error report
     */
    public RejectedException(String message) {
        super(message, null, false, false);
    }
}
