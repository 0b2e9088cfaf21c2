package io.pachube.bridge;

import io.pachube.bridge.mqtt.MqttClients;

import org.apache.camel.CamelContext;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.builder.RouteBuilderLifecycleStrategy;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The YAML routes: those of a folder, or those in the jar. */
final class RouteFiles {

    private static final String SUFFIX = ".camel.yaml";
    private static final List<String> PACKAGED =
            List.of("datapoint", "trigger", "reconcile", "notification");

    private RouteFiles() {}

    /**
     * Adds the routes, each that consumes from MQTT with a client of its own: {@code #<id>Client}.
     *
     * @param folder empty: those in the jar
     */
    static void load(CamelContext context, String folder, MqttClients mqtt) throws Exception {
        for (Resource file : find(context, folder)) {
            for (RoutesBuilder routes :
                    PluginHelper.getRoutesLoader(context).findRoutesBuilders(file)) {
                if (routes instanceof RouteBuilder builder) {
                    builder.addLifecycleInterceptor(
                            new RouteBuilderLifecycleStrategy() {
                                @Override
                                public void afterConfigure(RouteBuilder configured) {
                                    configured
                                            .getRouteCollection()
                                            .getRoutes()
                                            .forEach(route -> giveClient(context, route, mqtt));
                                }
                            });
                }
                context.addRoutes(routes);
            }
        }
    }

    private static void giveClient(CamelContext context, RouteDefinition route, MqttClients mqtt) {
        String name = route.getRouteId() + "Client";
        if (route.getInput().getEndpointUri().contains("client=#" + name)) {
            context.getRegistry().bind(name, mqtt.consumer(route.getRouteId()));
            route.routePolicy(mqtt.policy(route.getRouteId()));
        }
    }

    private static List<Resource> find(CamelContext context, String folder) {
        if (folder.isEmpty()) {
            return PACKAGED.stream()
                    .map(id -> "classpath:io/pachube/bridge/routes/" + id + SUFFIX)
                    .map(location -> ResourceHelper.resolveResource(context, location))
                    .toList();
        }
        try (Stream<Path> files = Files.list(Path.of(folder))) {
            List<Path> found =
                    files.filter(file -> file.getFileName().toString().endsWith(SUFFIX))
                            .sorted()
                            .toList();
            if (found.isEmpty()) {
                throw new IllegalArgumentException(
                        "pachube.routes is '" + folder + "', but there is no file *" + SUFFIX);
            }
            return found.stream()
                    .map(file -> ResourceHelper.resolveResource(context, "file:" + file))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "pachube.routes is '" + folder + "', but there is no such folder", e);
        }
    }
}
