package io.pachube.sandbox;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Decides, for tests, what goes wrong with a request. It is asked once for every request, by many
 * threads at a time, when the request's body has arrived and nothing else was looked at. An
 * exception from it is answered with a 500.
 */
@FunctionalInterface
public interface FaultInjector {
    /** Nothing goes wrong. */
    FaultInjector NONE = (method, path, key) -> Action.none();

    /**
     * Decides for one request.
     *
     * @param path as it was sent: percent-encoded, with {@code /v2}, without the query
     * @param key the API key as it was sent, or null
     * @return what happens, never null
     */
    Action on(String method, String path, String key);

    /**
     * The action for a fraction of the requests, evenly spread: at 0.25 it is every fourth.
     *
     * @param share from 0 (never) to 1 (always)
     */
    static FaultInjector fraction(double share, Action action) {
        AtomicLong count = new AtomicLong();
        return (method, path, key) -> {
            long n = count.incrementAndGet();
            return Math.floor(n * share) > Math.floor((n - 1) * share) ? action : Action.none();
        };
    }

    /** What happens to one request. */
    sealed interface Action {
        /** It is served. */
        static Action none() {
            return Kind.NONE;
        }

        /**
         * It is answered with this status and not carried out; the body is an error's (contract,
         * section 6), so a 503 is XML whatever was asked for.
         *
         * @param status 200 to 599
         */
        static Status status(int status) {
            return new Status(status, "Injected fault", Map.of());
        }

        /** It is answered with API v2's rate limit: a 403 without further headers. */
        static Status rateLimit() {
            return new Status(403, "You have exceeded your rate limit", Map.of());
        }

        /** It is served, later. */
        static Action delay(Duration delay) {
            return new Delay(delay);
        }

        /** The connection is closed, and it is not carried out. */
        static Action drop() {
            return Kind.DROP;
        }

        /** It is carried out, and then the connection is closed instead of an answer. */
        static Action loseResponse() {
            return Kind.LOSE_RESPONSE;
        }

        /**
         * It is neither carried out nor answered, and the connection stays open till the sandbox
         * stops.
         */
        static Action hang() {
            return Kind.HANG;
        }
    }

    /** An action that says all by its name. */
    enum Kind implements Action {
        NONE,
        DROP,
        LOSE_RESPONSE,
        HANG
    }

    /** See {@link Action#delay}. */
    record Delay(Duration delay) implements Action {}

    /** See {@link Action#status}. */
    record Status(int status, String errors, Map<String, String> headers) implements Action {
        /** The same with one header more, such as {@code Retry-After}. */
        public Status withHeader(String name, String value) {
            Map<String, String> more = new HashMap<>(headers);
            more.put(name, value);
            return new Status(status, errors, Map.copyOf(more));
        }
    }
}
