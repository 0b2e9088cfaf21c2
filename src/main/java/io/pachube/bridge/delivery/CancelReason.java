package io.pachube.bridge.delivery;

/** Why an {@link Attempt} is cancelled. */
enum CancelReason {
    TIMEOUT,

    /** Its consumer route is replaced: it runs anew on the next one. */
    CONSUMER_STOPPED,

    /** Its messages are not to be delivered any more. */
    REVOKED
}
