package io.pachube.bridge.delivery;

import org.apache.camel.Exchange;

/**
 * What is known of one value on its way. One thread at a time has it: the one that carries its
 * exchange.
 */
final class Value {

    private static final String PROPERTY = "pachubeValue";

    final String lane;

    /** When the current request was begun, nanoseconds of {@link System#nanoTime}. */
    long begun;

    /** How many requests have failed. */
    int failures;

    /** How many of them with a status that is refused after some attempts. */
    int refusals;

    /** {@link RetryPolicy}'s up-time at the first failure. */
    long clockStart;

    /** It failed while Pachube was seen to answer others. */
    boolean struck;

    /** After the last failure. */
    Verdict verdict;

    Value(String lane) {
        this.lane = lane;
    }

    static Value of(Exchange exchange) {
        return exchange.getProperty(PROPERTY, Value.class);
    }

    /** It will never be stored. */
    boolean isOver() {
        return verdict == Verdict.REFUSE || verdict == Verdict.GIVE_UP;
    }

    void keep(Exchange exchange) {
        exchange.setProperty(PROPERTY, this);
    }
}
