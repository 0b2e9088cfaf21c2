package io.pachube.bridge.routes;

import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.builder.RouteBuilderLifecycleStrategy;
import org.apache.camel.model.RoutesDefinition;

/**
 * Removes a host's error handler from the routes of a file: it would go before those of the
 * bridge's route configurations.
 */
final class IgnoreHostErrorHandler implements RouteBuilderLifecycleStrategy {

    private final CamelContext context;

    IgnoreHostErrorHandler(CamelContext context) {
        this.context = context;
    }

    @Override
    public void beforeConfigure(RouteBuilder builder) {
        RoutesDefinition routes = builder.getRouteCollection();
        routes.setErrorHandlerFactory(null);
        routes.setRoutes(new AttemptRoutes(context, routes));
    }
}
