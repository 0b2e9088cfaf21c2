package io.pachube.bridge.routes;

import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.mqtt.StepErrors;

import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.RoutesDefinition;
import org.apache.camel.model.errorhandler.DefaultErrorHandlerDefinition;

import java.util.ArrayList;

/**
 * Gives the routes that consume from {@code delivery:} no error handler. A failed attempt must
 * reach the delivery: no error handler of a host, nor an unnamed route configuration, may take it.
 * The route's own onException works as it says.
 *
 * <p>Camel applies route configurations at the end of the parsing, so this comes before.
 */
final class AttemptRoutes extends ArrayList<RouteDefinition> {

    private static final String CONFIGURATION = "pachubeAttempt";

    private final transient CamelContext context;
    private final transient RoutesDefinition routes;

    AttemptRoutes(CamelContext context, RoutesDefinition routes) {
        this.context = context;
        this.routes = routes;
    }

    /** Returns the route configuration of these routes. */
    static RouteConfigurationBuilder configuration() {
        return new RouteConfigurationBuilder() {
            @Override
            public void configuration() {
                routeConfiguration(CONFIGURATION).errorHandler(noErrorHandler());
            }
        };
    }

    /** Returns true if the route consumes from {@code delivery:}. */
    static boolean isAttempt(CamelContext context, RouteDefinition route) {
        return EndpointUris.isOf(
                DeliveryComponent.class, context, route.getInput().getEndpointUri());
    }

    /** Lets an Error in a step become a failure of its exchange, as in an attempt. */
    static void interceptErrors(CamelContext context, RouteDefinition route) {
        if (!isAttempt(context, route)) {
            route.addInterceptStrategy(new StepErrors());
        }
    }

    @Override
    public boolean add(RouteDefinition route) {
        if (isAttempt(context, route)) {
            if (route.getRouteConfigurationId() == null) {
                route.routeConfigurationId(CONFIGURATION);
            }
            // its getter would set the context's error handler
            if (!route.isErrorHandlerFactorySet() && !routes.getOnExceptions().isEmpty()) {
                route.setErrorHandlerFactory(new DefaultErrorHandlerDefinition());
            }
        }
        return super.add(route);
    }
}
