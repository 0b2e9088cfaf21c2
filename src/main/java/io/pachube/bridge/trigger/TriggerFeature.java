package io.pachube.bridge.trigger;

import io.pachube.bridge.feature.Feature;

import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.spi.DataFormat;

import java.util.List;
import java.util.Map;

/** Trigger commands: the bean {@code pachubeTriggers}, and the route that reconciles. */
public final class TriggerFeature implements Feature {

    private final TriggerProcessors triggers;
    private final TriggerSubscriptions subscriptions;
    private final DataFormat json;

    /**
     * @param json reads Pachube's answers
     */
    public TriggerFeature(
            TriggerProcessors triggers, TriggerSubscriptions subscriptions, DataFormat json) {
        this.triggers = triggers;
        this.subscriptions = subscriptions;
        this.json = json;
    }

    @Override
    public Map<String, Object> beans() {
        return Map.of("pachubeTriggers", triggers);
    }

    @Override
    public List<RouteBuilder> routes() {
        return List.of(new TriggerReconcileRoute(triggers, subscriptions, json));
    }
}
