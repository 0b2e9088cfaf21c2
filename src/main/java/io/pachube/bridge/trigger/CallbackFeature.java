package io.pachube.bridge.trigger;

import io.pachube.bridge.feature.Feature;

import org.apache.camel.builder.RouteConfigurationBuilder;

import java.util.List;
import java.util.Map;

/** Callbacks: the bean {@code pachubeCallbacks}, and the answers to those that fail. */
public final class CallbackFeature implements Feature {

    private final CallbackSteps callbacks;

    public CallbackFeature(CallbackSteps callbacks) {
        this.callbacks = callbacks;
    }

    @Override
    public Map<String, Object> beans() {
        return Map.of("pachubeCallbacks", callbacks);
    }

    @Override
    public List<RouteConfigurationBuilder> routeConfigurations() {
        return List.of(callbacks);
    }
}
