package io.pachube.bridge.delivery;

/** Fails an attempt that did not end within {@code attemptTimeout}. */
final class AttemptTimeoutException extends Exception {

    private final boolean requestInFlight;

    AttemptTimeoutException(long timeoutMillis, boolean requestInFlight) {
        super(
                "The attempt did not end within attemptTimeout ("
                        + timeoutMillis
                        + " ms)"
                        + (requestInFlight ? "; its request was not answered" : ""));
        this.requestInFlight = requestInFlight;
    }

    boolean isRequestInFlight() {
        return requestInFlight;
    }
}
