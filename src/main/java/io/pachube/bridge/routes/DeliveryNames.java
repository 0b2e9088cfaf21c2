package io.pachube.bridge.routes;

import io.pachube.bridge.config.SettingNames;
import io.pachube.bridge.delivery.DeliveryComponent;

import org.apache.camel.CamelContext;
import org.apache.camel.model.AggregateDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.SendDefinition;
import org.apache.camel.support.ExchangeHelper;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Compares the names of {@code delivery:} that routes hand messages over to with those that routes
 * consume from.
 */
final class DeliveryNames {

    private final CamelContext context;

    /** Names, with the file of a route that hands over. */
    private final Map<String, String> producers = new TreeMap<>();

    /** Names, with the file of the route that delivers. */
    private final Map<String, String> consumers = new TreeMap<>();

    private final List<String> problems = new ArrayList<>();

    DeliveryNames(CamelContext context) {
        this.context = context;
    }

    void add(String file, RouteDefinition route) {
        String consumed = name(context, route.getInput().getEndpointUri());
        if (consumed != null) {
            String other = consumers.putIfAbsent(consumed, file);
            if (other != null) {
                problems.add(
                        file
                                + ": delivery:"
                                + consumed
                                + " has a consumer route already, in "
                                + other);
            }
            if (!ProcessorDefinitionHelper.filterTypeInOutputs(
                            route.getOutputs(), AggregateDefinition.class)
                    .isEmpty()) {
                problems.add(
                        file
                                + ": a route from delivery:"
                                + consumed
                                + " must not aggregate: a message that the aggregator keeps counts"
                                + " as delivered");
            }
        }
        ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), SendDefinition.class)
                .forEach(
                        step -> {
                            String produced = name(context, step.getEndpointUri());
                            if (produced != null) {
                                producers.put(produced, file);
                            }
                        });
    }

    /** Returns the name of a {@code delivery:} endpoint; null for another endpoint. */
    static String name(CamelContext context, String uri) {
        return EndpointUris.isOf(DeliveryComponent.class, context, uri)
                ? ExchangeHelper.resolveContextPath(EndpointUris.resolve(context, uri))
                : null;
    }

    /** Returns the problems, a line each. */
    List<String> problems() {
        List<String> all = new ArrayList<>(problems);
        producers.forEach(
                (name, file) -> {
                    if (!consumers.containsKey(name)) {
                        all.add(
                                file
                                        + ": no route consumes delivery:"
                                        + name
                                        + SettingNames.nearest(name, consumers.keySet())
                                                .map(known -> "; the nearest is delivery:" + known)
                                                .orElse(""));
                    }
                });
        return all;
    }
}
