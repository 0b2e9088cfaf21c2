package io.pachube.bridge.history;

import io.pachube.bridge.feature.Feature;
import io.pachube.bridge.mqtt.RetainedStore;
import io.pachube.bridge.pachube.PachubeRequest;
import io.pachube.bridge.trigger.TriggerProcessors;
import io.pachube.bridge.trigger.TriggerSubscriptions;

import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.spi.DataFormat;

import java.time.Duration;
import java.util.List;

/**
 * Histories and mirrors: the routes that publish, poll and discover, and the route configuration
 * {@code pachubeScheduled}.
 */
public final class HistoryFeature implements Feature {

    private final HistoryPublisher publisher;
    private final HistoryTaskPlanner planner;
    private final HistoryPoller poller;
    private final ScheduledErrorPolicy errors = new ScheduledErrorPolicy();
    private final DataFormat json;

    /**
     * @param prefix the topics' first level, or levels
     * @param maxAge datapoints that are older than the current value by more are skipped
     * @param maxDatapoints most datapoints that one task publishes
     * @param json reads Pachube's answers
     */
    public HistoryFeature(
            String prefix,
            HistorySubscriptionStore subscriptions,
            RetainedStore broker,
            Duration maxAge,
            int maxDatapoints,
            TriggerProcessors triggers,
            PachubeRequest request,
            DataFormat json) {
        HistoryPager.Limits limits = new HistoryPager.Limits(maxAge, maxDatapoints);
        this.publisher = new HistoryPublisher(prefix, subscriptions, broker, limits, request);
        this.planner = new HistoryTaskPlanner(subscriptions, errors, triggers);
        this.poller = new HistoryPoller(subscriptions, errors, request);
        this.json = json;
    }

    /** Returns the steps of reconciling triggers that concern history subscriptions. */
    public TriggerSubscriptions subscriptions() {
        return planner;
    }

    @Override
    public List<RouteConfigurationBuilder> routeConfigurations() {
        return List.of(errors);
    }

    @Override
    public List<RouteBuilder> routes() {
        return List.of(
                new HistoryRoute(publisher, json),
                new HistoryPollRoutes(poller, planner, json),
                new MirrorDiscoveryRoute(planner));
    }
}
