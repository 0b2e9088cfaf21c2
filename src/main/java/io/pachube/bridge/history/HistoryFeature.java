package io.pachube.bridge.history;

import io.pachube.bridge.feature.Feature;

import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.spi.DataFormat;

import java.util.List;

/** Histories and mirrors: the routes that publish, poll and discover. */
public final class HistoryFeature implements Feature {

    private final HistorySteps steps;
    private final Failures failures;
    private final DataFormat json;

    /**
     * @param json reads Pachube's answers
     */
    public HistoryFeature(HistorySteps steps, Failures failures, DataFormat json) {
        this.steps = steps;
        this.failures = failures;
        this.json = json;
    }

    @Override
    public List<RouteConfigurationBuilder> routeConfigurations() {
        return List.of(failures);
    }

    @Override
    public List<RouteBuilder> routes() {
        return List.of(
                new HistoryRoute(steps, json),
                new HistoryPollRoutes(steps, json),
                new MirrorDiscoveryRoute(steps));
    }
}
