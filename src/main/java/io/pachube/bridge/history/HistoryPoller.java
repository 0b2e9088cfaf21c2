package io.pachube.bridge.history;

import com.fasterxml.jackson.databind.JsonNode;

import io.pachube.bridge.delivery.InvalidMessageException;
import io.pachube.bridge.pachube.PachubeRequest;
import io.pachube.bridge.pachube.PachubeTime;

import org.apache.camel.Exchange;
import org.eclipse.paho.client.mqttv3.MqttException;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The steps of {@link HistoryPollRoutes}: finds subscriptions that lag. Thread safe. */
final class HistoryPoller {

    private final HistorySubscriptionStore subscriptions;
    private final ScheduledErrorPolicy errors;
    private final PachubeRequest request;

    HistoryPoller(
            HistorySubscriptionStore subscriptions,
            ScheduledErrorPolicy errors,
            PachubeRequest request) {
        this.subscriptions = subscriptions;
        this.errors = errors;
        this.request = request;
    }

    /** The body becomes a subscription of each feed that has any. */
    void listFeeds(Exchange exchange) throws MqttException {
        List<HistorySubscription> feeds = new ArrayList<>();
        if (subscriptions.isLoaded()) {
            subscriptions.reencrypt();
            subscriptions.all().stream()
                    .filter(s -> !s.isFeedWide())
                    .collect(Collectors.toMap(HistoryPoller::feedId, s -> s, (a, b) -> a))
                    .values()
                    .stream()
                    .filter(s -> errors.isDue(feedId(s)))
                    .forEach(feeds::add);
        }
        exchange.getIn().setBody(feeds);
    }

    private static String feedId(HistorySubscription subscription) {
        return subscription.key() + "/" + subscription.environment();
    }

    /**
     * Sets the variables {@code key}, {@code environment} and {@code orderingKey} for the feed of
     * the subscription that is the body.
     */
    void selectFeed(Exchange exchange) {
        HistorySubscription feed = exchange.getIn().getBody(HistorySubscription.class);
        errors.track(exchange, feedId(feed), "environment " + feed.environment());
        exchange.setVariable("key", feed.key());
        exchange.setVariable("environment", feed.environment());
        exchange.setVariable("orderingKey", feedId(feed));
    }

    /** The message becomes the request for the feed. */
    void requestFeed(Exchange exchange) {
        request.get(
                exchange, "/feeds/" + exchange.getVariable("environment", String.class) + ".json");
    }

    /** From Pachube's answer: the body becomes a task for each subscription that lags. */
    void findLagging(Exchange exchange) throws InvalidMessageException {
        JsonNode feed = PachubeRequest.object(exchange);
        String key = exchange.getVariable("key", String.class);
        String environment = exchange.getVariable("environment", String.class);
        Map<String, Instant> newest = new HashMap<>();
        for (JsonNode stream : feed.path("datastreams")) {
            newest.put(stream.path("id").asText(), PachubeTime.parse(stream.path("at")));
        }
        exchange.getIn()
                .setBody(
                        subscriptions.all().stream()
                                .filter(s -> s.belongsTo(key, environment))
                                .filter(s -> s.lags(newest.get(s.datastream())))
                                .map(s -> new HistoryTask(HistoryTask.Kind.LAGGING, s, feed, null))
                                .toList());
    }
}
