package io.pachube.bridge.callback;

import io.pachube.bridge.feature.Feature;

import org.apache.camel.builder.RouteConfigurationBuilder;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Callbacks: the bean {@code pachubeCallbacks}, and the route configuration {@code
 * pachubeCallback}.
 */
public final class CallbackFeature implements Feature {

    private final CallbackResponses responses = new CallbackResponses();
    private final CallbackProcessor processor;

    /**
     * @param prefix the topics' first level, or levels
     * @param maxConcurrent how many callbacks are published at once; more get a 503
     * @param readTimeout how long a callback's body may take to arrive
     * @param isLeader false: a callback of a history is rejected. The leader's next poll finds its
     *     value
     */
    public CallbackFeature(
            String prefix,
            CallbackTokenCodec tokens,
            int maxConcurrent,
            Duration readTimeout,
            BooleanSupplier isLeader) {
        this.processor =
                new CallbackProcessor(
                        prefix, tokens, maxConcurrent, readTimeout, isLeader, responses);
    }

    /** Returns how many callbacks were answered with each HTTP status; 200: published. */
    public Map<String, Long> responses() {
        return responses.counts();
    }

    @Override
    public Map<String, Object> beans() {
        return Map.of("pachubeCallbacks", processor);
    }

    @Override
    public List<RouteConfigurationBuilder> routeConfigurations() {
        return List.of(new CallbackErrorPolicy(responses));
    }
}
