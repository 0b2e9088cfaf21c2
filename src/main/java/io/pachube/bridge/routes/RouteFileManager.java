package io.pachube.bridge.routes;

import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.log.ExceptionMessages;
import io.pachube.bridge.mqtt.DurablePahoEndpoint;
import io.pachube.bridge.mqtt.MqttClientManager;

import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.model.Model;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.NodeIdFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;

/**
 * Adds the routes of the route files to the context. A file is added, replaced and removed as a
 * whole.
 *
 * <p>Camel's own reload is not used: one that fails leaves no routes (CAMEL-24860).
 *
 * <p>Used by one thread at a time: the one that starts the bridge, then the one that follows the
 * folder.
 */
public final class RouteFileManager {

    private static final Logger LOG = LoggerFactory.getLogger(RouteFileManager.class);

    private record LoadedFile(String text, List<String> ids) {}

    private final CamelContext context;
    private final RouteDirectory directory;
    private final OwnRoutes own;
    private final RouteFileParser parser;
    private final MqttClientManager mqtt;
    private final RouteRemoval removal;
    private final Map<String, LoadedFile> loaded = new ConcurrentSkipListMap<>();

    /**
     * @param own the routes that are not in files
     * @param isHost true if the context is a host's, so that the bridge's components have private
     *     names
     */
    public RouteFileManager(
            CamelContext context,
            RouteDirectory directory,
            MqttClientManager mqtt,
            DeliveryComponent delivery,
            OwnRoutes own,
            boolean isHost) {
        this.context = context;
        this.directory = directory;
        this.own = own;
        this.parser = new RouteFileParser(context, isHost);
        this.mqtt = mqtt;
        this.removal = new RouteRemoval(context, mqtt, delivery);
    }

    /** Returns the route configuration that the routes from {@code delivery:} have by default. */
    public static RouteConfigurationBuilder attemptConfiguration() {
        return AttemptRoutes.configuration();
    }

    /** Returns the ids of the routes of each file, and of those that are in none. */
    public Map<String, List<String>> routeIdsByFile() {
        Map<String, List<String>> ids = new TreeMap<>();
        if (!own.ids().isEmpty()) {
            ids.put(OwnRoutes.SOURCE, own.ids());
        }
        loaded.forEach((file, routes) -> ids.put(file, List.copyOf(routes.ids)));
        return ids;
    }

    private List<String> routeIds() {
        return Stream.concat(
                        loaded.values().stream().flatMap(file -> file.ids.stream()),
                        own.ids().stream())
                .toList();
    }

    private List<String> routeIds(String file) {
        LoadedFile known = loaded.get(file);
        return known == null ? List.of() : known.ids;
    }

    RouteDirectory.Contents read() {
        return directory.read();
    }

    /**
     * Adds the routes. A file that cannot be read is logged and left out.
     *
     * @return the files that were found
     * @throws RouteFileException if a file is wrong; it names all that are
     */
    public RouteDirectory.Contents load() throws Exception {
        RouteDirectory.Contents contents = read();
        contents.problems().forEach(LOG::error);
        own.add();
        try {
            for (Map.Entry<String, String> file : contents.texts().entrySet()) {
                add(file.getKey(), file.getValue());
            }
        } catch (RouteFileException e) {
            List<String> all = validate(contents.texts());
            throw all.size() < 2 ? e : new RouteFileException(String.join("\n", all), e);
        }
        return contents;
    }

    /** Returns a line for each fault of the files; adds nothing to the context. */
    public List<String> validate() {
        RouteDirectory.Contents contents = read();
        List<String> problems = new ArrayList<>(contents.problems());
        problems.addAll(validate(contents.texts()));
        return problems;
    }

    private List<String> validate(SortedMap<String, String> texts) {
        List<String> problems = new ArrayList<>();
        DeliveryNames names = new DeliveryNames(context);
        own.definitions().forEach(route -> names.add(OwnRoutes.SOURCE, route));
        for (Map.Entry<String, String> file : texts.entrySet()) {
            try {
                List<RouteDefinition> routes = check(file.getKey(), file.getValue());
                routes.forEach(route -> names.add(file.getKey(), route));
                loaded.put(
                        file.getKey(),
                        new LoadedFile(
                                file.getValue(),
                                routes.stream().map(RouteDefinition::getRouteId).toList()));
            } catch (RouteFileException e) {
                problems.add(e.getMessage());
            }
        }
        if (problems.isEmpty()) { // otherwise a route may be missing for another reason
            problems.addAll(names.problems());
        }
        return problems;
    }

    /** Returns the routes of a file if they can be built in this context; changes nothing. */
    private List<RouteDefinition> check(String file, String text) throws RouteFileException {
        List<RouteDefinition> routes = parse(file, text).getRouteCollection().getRoutes();
        parser.build(file, routes);
        return routes;
    }

    private RouteBuilder parse(String file, String text) throws RouteFileException {
        if (own.ids().isEmpty() && RouteDirectory.usesPachube(text)) {
            throw new RouteFileException(
                    file,
                    0,
                    "it needs Pachube, which no route file used at the start: set pachube.url, and"
                            + " restart the bridge",
                    null);
        }
        RouteBuilder routes = parser.parse(file, text);
        for (RouteDefinition route : routes.getRouteCollection().getRoutes()) {
            own.check(file, route);
        }
        assignRouteIds(file, routes.getRouteCollection().getRoutes());
        return routes;
    }

    /** Camel would replace another route that has the id. */
    private void assignRouteIds(String file, List<RouteDefinition> routes)
            throws RouteFileException {
        Set<String> names = new HashSet<>();
        for (RouteDefinition route : routes) {
            String id =
                    route.idOrCreate(
                            context.getCamelContextExtension()
                                    .getContextPlugin(NodeIdFactory.class));
            boolean taken =
                    (model().getRouteDefinition(id) != null || routeIds().contains(id))
                            && !routeIds(file).contains(id);
            if (taken || !names.add(id)) {
                throw new RouteFileException(
                        file,
                        route.getLineNumber(),
                        "another route%s has the id '%s': give this one its own"
                                .formatted(holder(id), id),
                        null);
            }
        }
    }

    private String holder(String id) {
        return loaded.entrySet().stream()
                .filter(file -> file.getValue().ids.contains(id))
                .map(file -> ", of " + file.getKey() + ",")
                .findFirst()
                .orElse("");
    }

    /**
     * Replaces the routes of a file, or adds them. A message in flight that does not complete in a
     * moment stays unacknowledged, and the broker sends it to the new routes.
     *
     * @throws RouteFileException if the new routes cannot run; the former ones go on
     */
    void replace(String file, String text) throws RouteFileException {
        check(file, text);
        LoadedFile before = loaded.get(file);
        Set<String> former = new HashSet<>(routeIds(file));
        removal.drain(routeIds(file));
        try {
            add(file, text);
        } catch (RouteFileException e) {
            former.addAll(routeIds(file));
            removal.drain(routeIds(file));
            loaded.remove(file);
            if (before != null) {
                add(file, before.text);
            }
            throw e;
        } finally {
            former.removeIf(this::isDurable);
            former.forEach(mqtt::deleteConsumer);
        }
    }

    /** Removes the routes of a file, and their sessions at the broker. */
    void remove(String file) {
        List<String> former = routeIds(file);
        removal.drain(former);
        loaded.remove(file);
        former.forEach(mqtt::deleteConsumer);
    }

    private boolean isDurable(String id) {
        Route route = context.getRoute(id);
        return route != null && route.getEndpoint() instanceof DurablePahoEndpoint;
    }

    private void add(String file, String text) throws RouteFileException {
        RouteBuilder routes = parse(file, text);
        List<String> ids = new ArrayList<>();
        loaded.put(file, new LoadedFile(text, ids));
        try {
            for (RouteDefinition route : routes.getRouteCollection().getRoutes()) {
                AttemptRoutes.interceptErrors(context, route);
                ids.add(route.getRouteId());
            }
            context.addRoutes(routes);
        } catch (Exception e) {
            throw new RouteFileException(file, 0, ExceptionMessages.summarize(e), e);
        }
    }

    /**
     * Removes all routes, within this time.
     *
     * @param last the route in which the others end
     */
    public void removeAll(String last, Duration timeout) throws Exception {
        removal.remove(Stream.concat(routeIds().stream(), Stream.of(last)).toList(), timeout);
    }

    private Model model() {
        return context.getCamelContextExtension().getContextPlugin(Model.class);
    }
}
