package io.pachube.bridge.delivery;

/** What is to become of a value after an attempt that failed. */
enum Verdict {
    /** Tried again after a delay. */
    RETRY,
    /** It can never be stored: reported, then acknowledged. */
    REFUSE,
    /** It was tried long enough: reported, then acknowledged. */
    GIVE_UP,
    /** Left to the broker, which sends it again: the bridge stops, or its route is replaced. */
    LEAVE
}
