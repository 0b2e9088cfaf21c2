package io.pachube.bridge.feature;

import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.builder.RouteConfigurationBuilder;

import java.util.List;
import java.util.Map;

/** Declares the beans, route configurations and routes of one subject. */
public interface Feature {

    /** Returns the beans that route files name, by name. */
    default Map<String, Object> beans() {
        return Map.of();
    }

    /** Returns the route configurations that routes name. */
    default List<RouteConfigurationBuilder> routeConfigurations() {
        return List.of();
    }

    /**
     * Returns the routes in Java. They use Camel's own schemes, as route files do: in a host's
     * context their endpoints become those of the bridge's components.
     */
    default List<RouteBuilder> routes() {
        return List.of();
    }
}
