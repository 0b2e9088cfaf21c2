package io.pachube.sandbox;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Routes the requests of API v2 to their resources (contract, sections 2 to 5). */
final class ApiRouter {
    private final List<Route> routes;

    ApiRouter(Clock clock, FeedStore store, TriggerEvaluator triggers, ApiKeys keys) {
        FeedAccess feeds = new FeedAccess(clock, store);
        routes =
                Stream.of(
                                new FeedResource(clock, store, feeds).routes(),
                                new DatastreamResource(store, feeds).routes(),
                                new DatapointResource(clock, store, feeds).routes(),
                                new TriggerResource(triggers, feeds).routes(),
                                new KeyResource(keys).routes())
                        .flatMap(List::stream)
                        .toList();
    }

    record Match(Route route, Map<String, String> path) {}

    /**
     * Returns the route of a method and of the decoded segments after {@code /v2}, or null if there
     * is none.
     */
    Match find(String method, List<String> path) {
        for (Route route : routes) {
            Map<String, String> found = route.match(method, path);
            if (found != null) {
                return new Match(route, found);
            }
        }
        return null;
    }
}
