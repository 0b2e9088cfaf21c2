package io.pachube.bridge.chaos;

import org.apache.camel.Exchange;

import java.util.concurrent.ThreadLocalRandom;

/** A step of a route that fails now and then as no step should. */
public final class FailingStep {

    private FailingStep() {}

    /** Runs out of stack in 5 % of the calls. */
    public static void overflow(Exchange exchange) {
        if (ThreadLocalRandom.current().nextInt(20) == 0) {
            overflow(0);
        }
    }

    private static int overflow(int depth) {
        return overflow(depth + 1) + 1;
    }
}
