package io.pachube.bridge.history;

import io.pachube.bridge.pachube.PachubeRequest;

import org.apache.camel.ExchangePattern;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.spi.DataFormat;

/**
 * Polls, at an interval, each feed that has history subscriptions: a notification may have been
 * lost, and Pachube sends none for a value within 5 s of another one.
 */
final class HistoryPollRoutes extends RouteBuilder {

    private final HistoryPoller poller;
    private final HistoryTaskPlanner planner;
    private final DataFormat json;

    HistoryPollRoutes(HistoryPoller poller, HistoryTaskPlanner planner, DataFormat json) {
        this.poller = poller;
        this.planner = planner;
        this.json = json;
    }

    @Override
    public void configure() {
        from("timer:history-poll?period={{history.poll-interval}}")
                .routeId("pachubeHistoryPoll")
                .routeDescription("Polls, at an interval, each feed with history subscriptions")
                .routeConfigurationId(ScheduledErrorPolicy.ID)
                .process(poller::listFeeds)
                .description("The body becomes the feeds, but for those that are polled now")
                .split(body())
                .parallelProcessing() // a slow feed delays no other
                .process(poller::selectFeed)
                .to(ExchangePattern.InOut, "delivery:poll?account=${variable.key}")
                .description("The body becomes a task for each subscription that lags")
                .split(body())
                .process(planner::selectTask)
                .to("delivery:history?account=${variable.key}");

        // no retry: the next poll tries again
        from("delivery:poll?retryTimeout=0&" + PachubeRequest.DELIVERY_OPTIONS)
                .routeId("pachubePoll")
                .routeDescription(
                        "Finds the datastreams of one feed that are newer than their cursors")
                .process(poller::requestFeed)
                .description("GET /feeds/<environment>.json")
                .to(PachubeRequest.ENDPOINT)
                .unmarshal(json)
                .process(poller::findLagging);
    }
}
