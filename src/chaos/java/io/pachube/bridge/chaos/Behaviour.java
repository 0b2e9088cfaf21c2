package io.pachube.bridge.chaos;

import java.util.Map;

/**
 * How the {@link Sink} answers.
 *
 * @param status that it answers with instead of storing; 0: none
 * @param headers of such an answer
 * @param share which part of the requests gets that status
 * @param hang which part gets no answer, every other one of them after it was stored
 * @param reset which part has its connection reset, every other one of them after it was stored
 * @param drip which part gets an answer that never ends, a byte at a time; stored as with hang
 * @param large which part gets an answer of 1 GB, after it was stored
 * @param delayMillis before each answer
 * @param away nobody listens
 */
record Behaviour(
        int status,
        Map<String, String> headers,
        double share,
        double hang,
        double reset,
        double drip,
        double large,
        int delayMillis,
        boolean away) {

    /** Stores all, as Pachube does: not at once. */
    static final Behaviour GOOD = new Behaviour(0, Map.of(), 0, 0, 0, 0, 0, 5, false);

    static final Behaviour AWAY = new Behaviour(0, Map.of(), 0, 0, 0, 0, 0, 0, true);

    static Behaviour answering(int status, double share, Map<String, String> headers) {
        return new Behaviour(status, headers, share, 0, 0, 0, 0, 1, false);
    }

    static Behaviour hanging(double share) {
        return new Behaviour(0, Map.of(), 0, share, 0, 0, 0, 1, false);
    }

    static Behaviour resetting(double share) {
        return new Behaviour(0, Map.of(), 0, 0, share, 0, 0, 1, false);
    }

    static Behaviour dripping(double share) {
        return new Behaviour(0, Map.of(), 0, 0, 0, share, 0, 1, false);
    }

    static Behaviour large(double share) {
        return new Behaviour(0, Map.of(), 0, 0, 0, 0, share, 1, false);
    }

    static Behaviour slow(int millis) {
        return new Behaviour(0, Map.of(), 0, 0, 0, 0, 0, millis, false);
    }
}
