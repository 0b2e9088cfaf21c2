package io.pachube.bridge.delivery;

import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What is known of one value on its way. One thread at a time has it: the one that carries its
 * exchange, or the exchange of the value that it travels with.
 */
final class Value {

    private static final String PROPERTY = "pachubeValue";

    final String lane;

    /** Whose {@link Pace} its requests keep; null: nobody's. */
    final String key;

    /** Pachube has something when it is done. */
    boolean stores = true;

    /** When the current request was begun, nanoseconds of {@link System#nanoTime}. */
    long begun;

    /** How many requests have failed, as far as the policy counts them. */
    int failures;

    /** How many of them with a status that is refused after some attempts. */
    int refusals;

    /** {@link RetryPolicy}'s up-time at the first failure. */
    long clockStart;

    /** How many requests have failed beside those: another one was made in their place. */
    int replaced;

    /** It failed while Pachube was seen to answer others. */
    boolean struck;

    /** After the last failure. */
    Verdict verdict;

    /** The last failure itself. */
    Exception thrown;

    /** It was told that it goes on being retried. */
    boolean held;

    /** Its key's turn has come, and the request that it may make is not yet made. */
    boolean mayRequest;

    /** In its lane: what is to go on with it. */
    Exchange exchange;

    AsyncCallback callback;

    /** How it can travel with others; null: it cannot. */
    byte[] row;

    /** What makes its requests others, since one found nothing at its address; null: nothing. */
    Processor detour;

    /** It was in a batch that was refused as bad, and travels with nobody any more. */
    boolean alone;

    /** Those that travel with it, in its request, and end as it does. */
    List<Value> followers = List.of();

    /** The one with which it travels. */
    Value leader;

    /** The thread on which it went from its lane, until it returns. */
    volatile Thread carrier;

    /** What that thread is to do then. */
    Runnable afterwards;

    /** How many of its followers are not done, once it is done itself. */
    AtomicInteger unfinished;

    Value(String lane) {
        this(lane, null);
    }

    Value(String lane, String key) {
        this.lane = lane;
        this.key = key;
    }

    static Value of(Exchange exchange) {
        return exchange.getProperty(PROPERTY, Value.class);
    }

    /** It will never be stored. */
    boolean isOver() {
        return verdict == Verdict.REFUSE || verdict == Verdict.GIVE_UP;
    }

    /** How many requests with it have failed, also where it was not the one that was bad. */
    int attempts() {
        return failures + replaced;
    }

    boolean joins() {
        return row != null && !alone;
    }

    /** What its leader's requests have come to is what its own have. */
    void follow(Value leader) {
        failures = leader.failures;
        refusals = leader.refusals;
        replaced = leader.replaced;
        clockStart = leader.clockStart;
        struck = leader.struck;
    }

    void keep(Exchange exchange) {
        exchange.setProperty(PROPERTY, this);
    }
}
