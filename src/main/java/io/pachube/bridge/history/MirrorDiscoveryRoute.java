package io.pachube.bridge.history;

import org.apache.camel.builder.RouteBuilder;

/** Discovers, at an interval, new datastreams of feeds that are mirrored as a whole. */
final class MirrorDiscoveryRoute extends RouteBuilder {

    private final HistorySteps steps;

    MirrorDiscoveryRoute(HistorySteps steps) {
        this.steps = steps;
    }

    @Override
    public void configure() {
        from("timer:mirror-discovery?period={{mirror.discovery-interval}}"
                        + "&delay={{mirror.discovery-interval}}")
                .routeId("pachubeMirrorDiscovery")
                .routeDescription(
                        "Mirrors, at an interval, the datastreams that were added to mirrored feeds")
                .routeConfigurationId(Failures.ID)
                .process(steps::mirrors)
                .description("The body becomes the mirrors of whole feeds")
                .split(body())
                .parallelProcessing()
                .process(steps::mirror)
                .to("delivery:triggers?account=${variable.key}");
    }
}
