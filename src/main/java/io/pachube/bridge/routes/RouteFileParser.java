package io.pachube.bridge.routes;

import io.pachube.bridge.config.SettingNames;
import io.pachube.bridge.mqtt.DurablePahoComponent;

import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.Model;
import org.apache.camel.model.RouteConfigurationDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/** Parses and checks the text of a route file. */
final class RouteFileParser {

    private static final Logger LOG = LoggerFactory.getLogger(RouteFileParser.class);

    /** A file may declare beans alone, for the routes of others. */
    private static final Pattern BEANS = Pattern.compile("(?m)^\\s*- +beans:");

    private final CamelContext context;
    private final boolean isHost;

    /**
     * @param isHost true if the context is a host's, so that the bridge's components have private
     *     names
     */
    RouteFileParser(CamelContext context, boolean isHost) {
        this.context = context;
        this.isHost = isHost;
    }

    /**
     * Returns the routes of a file.
     *
     * @throws RouteFileException if the text is no route file, or holds a route that the bridge
     *     cannot run
     */
    RouteBuilder parse(String file, String text) throws RouteFileException {
        if (text.isBlank()) {
            throw new RouteFileException(file, 0, "it is empty", null);
        }
        try {
            Resource resource = ResourceHelper.fromString("file:" + file, text);
            for (RoutesBuilder routes :
                    PluginHelper.getRoutesLoader(context).findRoutesBuilders(resource)) {
                RouteBuilder builder = (RouteBuilder) routes;
                builder.addLifecycleInterceptor(new IgnoreHostErrorHandler(context));
                builder.configureRoutes(context);
                List<RouteDefinition> found = builder.getRouteCollection().getRoutes();
                if (found.isEmpty() && !BEANS.matcher(text).find()) {
                    break;
                }
                if (isHost) {
                    new RouteIsolation(context, file).apply(builder.getRouteCollection());
                }
                for (RouteDefinition route : found) {
                    checkConfiguration(file, route);
                    checkId(file, route);
                }
                return builder;
            }
            throw new RouteFileException(
                    file, 0, "it holds no route: a list is expected, '- route:' and so on", null);
        } catch (RouteFileException e) {
            throw e;
        } catch (Exception e) {
            throw RouteFileException.unreadable(file, e);
        }
    }

    private void checkConfiguration(String file, RouteDefinition route) throws RouteFileException {
        if (AttemptRoutes.isAttempt(context, route)
                && "pachubeDelivery".equals(route.getRouteConfigurationId())) {
            throw new RouteFileException(
                    file,
                    route.getInput().getLineNumber(),
                    "a route from delivery: must not have the route configuration"
                            + " 'pachubeDelivery': each attempt that fails would be reported",
                    null);
        }
    }

    /** The broker keeps the session under the id. */
    private void checkId(String file, RouteDefinition route) throws RouteFileException {
        if (!route.hasCustomIdAssigned()
                && EndpointUris.isOf(
                        DurablePahoComponent.class, context, route.getInput().getEndpointUri())) {
            throw new RouteFileException(
                    file,
                    route.getInput().getLineNumber(),
                    "a route from paho: must have an id, under which the broker keeps its session",
                    null);
        }
    }

    /**
     * Builds the routes of a file without adding them.
     *
     * @throws RouteFileException if one cannot be built in this context
     */
    void build(String file, List<RouteDefinition> routes) throws RouteFileException {
        Set<Endpoint> endpoints = Set.copyOf(context.getEndpoints());
        try {
            for (RouteDefinition route : routes) {
                build(file, route);
            }
        } finally {
            context.getEndpoints().stream()
                    .filter(endpoint -> !endpoints.contains(endpoint))
                    .toList()
                    .forEach(this::removeEndpoint);
        }
    }

    private void removeEndpoint(Endpoint endpoint) {
        try {
            context.removeEndpoint(endpoint);
        } catch (Exception e) {
            LOG.debug("{} does not stop", endpoint, e);
        }
    }

    /** Camel would go without a route configuration that it does not know. */
    private static void checkConfigurationExists(String file, RouteDefinition route, Model model)
            throws RouteFileException {
        String id = route.getRouteConfigurationId();
        List<String> known =
                model.getRouteConfigurationDefinitions().stream()
                        .map(RouteConfigurationDefinition::getId)
                        .filter(Objects::nonNull)
                        .toList();
        if (id != null && !known.contains(id)) {
            throw new RouteFileException(
                    file,
                    route.getInput().getLineNumber(),
                    "there is no route configuration '%s'; the nearest is '%s'"
                            .formatted(id, SettingNames.nearest(id, known).orElseThrow()),
                    null);
        }
    }

    private void build(String file, RouteDefinition route) throws RouteFileException {
        Model model = context.getCamelContextExtension().getContextPlugin(Model.class);
        checkConfigurationExists(file, route, model);
        try {
            model.getModelReifierFactory().createRoute(context, route);
        } catch (Exception e) {
            throw RouteFileException.unbuildable(file, route, e);
        }
    }
}
