package io.pachube.bridge.history;

import org.apache.camel.builder.RouteBuilder;

/** Discovers, at an interval, new datastreams of feeds that are mirrored as a whole. */
final class MirrorDiscoveryRoute extends RouteBuilder {

    private final HistoryTaskPlanner planner;

    MirrorDiscoveryRoute(HistoryTaskPlanner planner) {
        this.planner = planner;
    }

    @Override
    public void configure() {
        from("timer:mirror-discovery?period={{mirror.discovery-interval}}"
                        + "&delay={{mirror.discovery-interval}}")
                .routeId("pachubeMirrorDiscovery")
                .routeDescription(
                        "Mirrors, at an interval, the datastreams that were added to mirrored feeds")
                .routeConfigurationId(ScheduledErrorPolicy.ID)
                .process(planner::listFeedMirrors)
                .description("The body becomes the mirrors of whole feeds")
                .split(body())
                .parallelProcessing()
                .process(planner::selectMirror)
                .to("delivery:triggers?account=${variable.key}");
    }
}
