package io.pachube.bridge.delivery;

/** What is to become of a value after an attempt that failed. */
enum Verdict {
    /** Tried again after a delay. */
    RETRY,
    /** It can never be stored: reported, then acknowledged. */
    REFUSE,
    /** It was tried long enough: reported, then acknowledged. */
    GIVE_UP,
    /** The bridge is stopping: left to the broker, for the next start. */
    LEAVE
}
