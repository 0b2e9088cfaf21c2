package io.pachube.bridge.routes;

import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.Model;
import org.apache.camel.model.RouteDefinition;

import java.util.ArrayList;
import java.util.List;

/**
 * Holds the bridge's routes in Java. They are added before those of the files, which must take
 * neither their ids nor their names of {@code delivery:}.
 */
public final class OwnRoutes {

    /** Stands for the file in messages and on the console. */
    static final String SOURCE = "built in";

    private final CamelContext context;
    private final List<RouteBuilder> builders;
    private final List<RouteDefinition> routes = new ArrayList<>();

    /**
     * @param builders of the routes; empty if the bridge has no Pachube
     * @param isHost true if the context is a host's, so that the bridge's components have private
     *     names
     * @throws RouteFileException if the context has a route with the id of one of them
     */
    public OwnRoutes(CamelContext context, List<RouteBuilder> builders, boolean isHost)
            throws Exception {
        this.context = context;
        this.builders = builders;
        Model model = context.getCamelContextExtension().getContextPlugin(Model.class);
        for (RouteBuilder builder : builders) {
            builder.addLifecycleInterceptor(new IgnoreHostErrorHandler(context));
            builder.configureRoutes(context);
            if (isHost) {
                new RouteIsolation(context, SOURCE).apply(builder.getRouteCollection());
            }
            for (RouteDefinition route : builder.getRouteCollection().getRoutes()) {
                if (model.getRouteDefinition(route.getRouteId()) != null) {
                    throw new RouteFileException(
                            "a route of the context has the id '%s', which the bridge uses: give that"
                                            .formatted(route.getRouteId())
                                    + " route another one",
                            null);
                }
                AttemptRoutes.interceptErrors(context, route);
                routes.add(route);
            }
        }
    }

    void add() throws Exception {
        for (RouteBuilder builder : builders) {
            context.addRoutes(builder);
        }
    }

    List<RouteDefinition> definitions() {
        return routes;
    }

    List<String> ids() {
        return routes.stream().map(RouteDefinition::getRouteId).toList();
    }

    /**
     * Checks a route of a file.
     *
     * @throws RouteFileException if it takes the id or the {@code delivery:} name of one of these
     */
    void check(String file, RouteDefinition route) throws RouteFileException {
        String name = deliveryName(route);
        for (RouteDefinition own : routes) {
            boolean isId = own.getRouteId().equals(route.getRouteId());
            boolean isName = name != null && name.equals(deliveryName(own));
            if (isId || isName) {
                throw new RouteFileException(
                        file,
                        route.getInput().getLineNumber(),
                        "%s is taken by the bridge's own route %s: remove this one, or give it another %s"
                                .formatted(
                                        isId
                                                ? "the id '" + route.getRouteId() + "'"
                                                : "delivery:" + name,
                                        own.getRouteId(),
                                        isId ? "id" : "name"),
                        null);
            }
        }
    }

    private String deliveryName(RouteDefinition route) {
        return DeliveryNames.name(context, route.getInput().getEndpointUri());
    }
}
