package io.pachube.bridge;

import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.mqtt.DurablePahoComponent;
import io.pachube.bridge.mqtt.DurablePahoEndpoint;
import io.pachube.bridge.mqtt.MqttClientManager;
import io.pachube.bridge.mqtt.StepErrors;

import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.Route;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.builder.RouteBuilderLifecycleStrategy;
import org.apache.camel.model.Model;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.RoutesDefinition;
import org.apache.camel.model.errorhandler.DefaultErrorHandlerDefinition;
import org.apache.camel.spi.NodeIdFactory;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The YAML routes: those of a folder, or those in the jar. A file is added, replaced and removed as
 * a whole.
 *
 * <p>Camel's own reload is not used: one that fails leaves no routes (CAMEL-24860).
 *
 * <p>Used by one thread at a time: the one that starts the bridge, then the one that follows the
 * folder.
 */
final class RouteFiles {

    private static final Logger LOG = LoggerFactory.getLogger(RouteFiles.class);
    private static final String SUFFIX = ".camel.yaml";

    /** Has no error handler. */
    static final String ATTEMPT_CONFIGURATION = "pachubeAttempt";

    private static final List<String> PACKAGED =
            List.of(
                    "datapoint",
                    "history",
                    "notification",
                    "reconcile",
                    "refresh",
                    "sweep",
                    "trigger");

    /** A file may declare beans alone, for the routes of others. */
    private static final Pattern BEANS = Pattern.compile("(?m)^\\s*- +beans:");

    /** Of two files with one id, the user's is to be named as the wrong one. */
    private static final Comparator<String> OWN_FIRST =
            Comparator.comparing((String file) -> !isOwn(file))
                    .thenComparing(Comparator.naturalOrder());

    /** What is on its way when a route is replaced has this long to be done. */
    private static final long FINISH_MILLIS = 500;

    /** What waits then has this long to be left, and Camel to stop the route. */
    private static final long LEAVE_MILLIS = 300;

    private record Running(String text, List<String> ids) {}

    private final CamelContext context;
    private final String folder;
    private final MqttClientManager mqtt;
    private final DeliveryComponent delivery;
    private final boolean isHost;
    private final Map<String, Running> running = new ConcurrentSkipListMap<>();

    /**
     * @param folder empty: those in the jar
     * @param isHost true if the context is a host's, so that the bridge's components have private
     *     names
     */
    RouteFiles(
            CamelContext context,
            String folder,
            MqttClientManager mqtt,
            DeliveryComponent delivery,
            boolean isHost) {
        this.context = context;
        this.folder = folder;
        this.mqtt = mqtt;
        this.delivery = delivery;
        this.isHost = isHost;
    }

    /** Returns the ids of the routes of each file. */
    Map<String, List<String>> idsByFile() {
        Map<String, List<String>> ids = new TreeMap<>();
        running.forEach((file, routes) -> ids.put(file, List.copyOf(routes.ids)));
        return ids;
    }

    /** The routes that were added. */
    List<String> ids() {
        return running.values().stream().flatMap(file -> file.ids.stream()).toList();
    }

    /**
     * The files of the folder at one moment, by name.
     *
     * @param texts of those that can be read; the bridge's own come first
     * @param unreadable why the others cannot
     */
    record Found(SortedMap<String, String> texts, SortedMap<String, String> unreadable) {

        Found() {
            this(new TreeMap<>(OWN_FIRST), new TreeMap<>());
        }

        /** Returns a line for each file that cannot be read. */
        List<String> problems() {
            return unreadable.entrySet().stream()
                    .map(file -> file.getKey() + " cannot be read: " + file.getValue())
                    .toList();
        }
    }

    /**
     * Adds the routes. A file that cannot be read is logged and left out.
     *
     * @return the files that were found
     * @throws RouteFileException if a file is wrong; it names all that are
     */
    Found load() throws RouteFileException {
        Found found = read();
        found.problems().forEach(LOG::error);
        try {
            for (Map.Entry<String, String> file : found.texts.entrySet()) {
                add(file.getKey(), file.getValue());
            }
        } catch (RouteFileException e) {
            List<String> all = problems(found.texts);
            throw all.size() < 2 ? e : new RouteFileException(String.join("\n", all), e);
        }
        return found;
    }

    /** What is wrong with the files, a line each; nothing is added. */
    List<String> problems() {
        Found found = read();
        List<String> problems = new ArrayList<>(found.problems());
        problems.addAll(problems(found.texts));
        return problems;
    }

    private List<String> problems(SortedMap<String, String> texts) {
        List<String> problems = new ArrayList<>();
        DeliveryNames names = new DeliveryNames(context);
        for (Map.Entry<String, String> file : texts.entrySet()) {
            try {
                List<RouteDefinition> routes = check(file.getKey(), file.getValue());
                routes.forEach(route -> names.add(file.getKey(), route));
                running.put(
                        file.getKey(),
                        new Running(
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

    /**
     * Reads the files as they are now. Folders, and hidden files such as editors make, are none.
     *
     * @throws IllegalArgumentException if there is no such folder, or nothing in it
     */
    Found read() {
        Found files = new Found();
        if (folder.isEmpty()) {
            PACKAGED.forEach(id -> files.texts.put("routes/" + id + SUFFIX, packaged(id)));
            return files;
        }
        try (Stream<Path> found = Files.list(Path.of(folder))) {
            for (Path file : found.filter(RouteFiles::isRouteFile).toList()) {
                try {
                    files.texts.put(file.toString(), Files.readString(file));
                } catch (IOException e) {
                    files.unreadable.put(file.toString(), BridgeProperties.reason(e));
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "routes.directory is '"
                            + folder
                            + "', but that is no folder that can be read: "
                            + BridgeProperties.reason(e),
                    e);
        }
        if (files.texts.isEmpty() && files.unreadable.isEmpty()) {
            throw new IllegalArgumentException(
                    "routes.directory is '" + folder + "', but there is no file *" + SUFFIX);
        }
        return files;
    }

    /**
     * Returns true if a route file of the folder has this text, or if the folder cannot be read:
     * the load of the files says so.
     *
     * @param folder empty: the files in the jar, which have all
     */
    static boolean mention(String folder, String text) {
        if (folder.isEmpty()) {
            return true;
        }
        try (Stream<Path> found = Files.list(Path.of(folder))) {
            for (Path file : found.filter(RouteFiles::isRouteFile).toList()) {
                if (Files.readString(file).contains(text)) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private static boolean isRouteFile(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(SUFFIX) && !name.startsWith(".") && !Files.isDirectory(file);
    }

    private static String packaged(String id) {
        try (InputStream in = RouteFiles.class.getResourceAsStream("routes/" + id + SUFFIX)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isOwn(String file) {
        return PACKAGED.contains(Path.of(file).getFileName().toString().replace(SUFFIX, ""));
    }

    /**
     * Looks whether the routes of a file can be built in this context, and changes nothing.
     *
     * @return the routes
     * @throws RouteFileException if they cannot
     */
    private List<RouteDefinition> check(String file, String text) throws RouteFileException {
        Set<Endpoint> endpoints = Set.copyOf(context.getEndpoints());
        List<RouteDefinition> routes = parse(file, text).getRouteCollection().getRoutes();
        try {
            for (RouteDefinition route : routes) {
                build(file, route);
            }
            return routes;
        } finally {
            context.getEndpoints().stream()
                    .filter(endpoint -> !endpoints.contains(endpoint))
                    .toList()
                    .forEach(this::forget);
        }
    }

    private void forget(Endpoint endpoint) {
        try {
            context.removeEndpoint(endpoint);
        } catch (Exception e) {
            LOG.debug("{} does not stop", endpoint, e);
        }
    }

    private void build(String file, RouteDefinition route) throws RouteFileException {
        String policy = route.getRouteConfigurationId();
        if (policy != null
                && model().getRouteConfigurationDefinitions().stream()
                        .noneMatch(known -> policy.equals(known.getId()))) {
            // Camel would go without
            throw new RouteFileException(
                    file,
                    route.getInput().getLineNumber(),
                    "there is no route configuration '" + policy + "'",
                    null);
        }
        try {
            model().getModelReifierFactory().createRoute(context, route);
        } catch (Exception e) {
            throw RouteFileException.unbuildable(file, route, e);
        }
    }

    /**
     * Puts what a file says now in the place of what it said before, if it did. What was taken from
     * MQTT and is not done in a moment is left to the broker, and comes again, to the new routes.
     *
     * @throws RouteFileException if that cannot run; what ran before goes on
     */
    void replace(String file, String text) throws RouteFileException {
        check(file, text);
        Running before = running.get(file);
        Set<String> former = new HashSet<>(own(file));
        stop(own(file));
        try {
            add(file, text);
        } catch (RouteFileException e) {
            former.addAll(own(file));
            stop(own(file));
            running.remove(file);
            if (before != null) {
                add(file, before.text);
            }
            throw e;
        } finally {
            former.removeIf(this::isDurable);
            former.forEach(mqtt::deleteConsumer);
        }
    }

    /** Ends the routes of a file; the broker keeps nothing more for them. */
    void remove(String file) {
        List<String> former = own(file);
        stop(former);
        running.remove(file);
        former.forEach(mqtt::deleteConsumer);
    }

    private boolean isDurable(String id) {
        Route route = context.getRoute(id);
        return route != null && route.getEndpoint() instanceof DurablePahoEndpoint;
    }

    private void stop(List<String> ids) {
        ids.forEach(mqtt::stopAccepting);
        await(ids, FINISH_MILLIS);
        ids.forEach(mqtt::revoke);
        delivery.revokeFrom(ids);
        await(ids, LEAVE_MILLIS);
        for (String id : ids) {
            try {
                end(id, LEAVE_MILLIS);
            } catch (Exception e) {
                throw new IllegalStateException("The route " + id + " does not stop", e);
            }
        }
    }

    /** Stops a route, in this time at most, and takes it out of the context. */
    void end(String id, long millis) throws Exception {
        context.getRouteController().stopRoute(id, millis, TimeUnit.MILLISECONDS);
        RouteDefinition route = model().getRouteDefinition(id);
        if (route != null) {
            model().removeRouteDefinition(route);
        }
    }

    /** Until nothing is on its way in these routes, but not for longer. */
    private void await(List<String> ids, long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (ids.stream().anyMatch(id -> context.getInflightRepository().size(id) > 0)
                && System.nanoTime() < end) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    private void add(String file, String text) throws RouteFileException {
        RouteBuilder routes = parse(file, text);
        List<String> ids = new ArrayList<>();
        running.put(file, new Running(text, ids));
        try {
            for (RouteDefinition route : routes.getRouteCollection().getRoutes()) {
                if (!isAttempt(route)) { // an attempt ends with its Errors by itself
                    route.addInterceptStrategy(new StepErrors());
                }
                ids.add(route.getRouteId());
            }
            context.addRoutes(routes);
        } catch (Exception e) {
            throw new RouteFileException(file, 0, Reasons.of(e), e);
        }
    }

    private RouteBuilder parse(String file, String text) throws RouteFileException {
        if (text.isBlank()) {
            throw new RouteFileException(file, 0, "it is empty", null);
        }
        try {
            Resource resource = ResourceHelper.fromString("file:" + file, text);
            for (RoutesBuilder routes :
                    PluginHelper.getRoutesLoader(context).findRoutesBuilders(resource)) {
                RouteBuilder builder = (RouteBuilder) routes;
                builder.addLifecycleInterceptor(new OwnErrorPolicy());
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
                nameAll(file, found);
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

    private static void checkConfiguration(String file, RouteDefinition route)
            throws RouteFileException {
        if (isAttempt(route) && "pachubeDelivery".equals(route.getRouteConfigurationId())) {
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
        String scheme = scheme(route.getInput().getEndpointUri());
        if (!route.hasCustomIdAssigned()
                && context.hasComponent(scheme) instanceof DurablePahoComponent) {
            throw new RouteFileException(
                    file,
                    route.getInput().getLineNumber(),
                    "a route from paho: must have an id, under which the broker keeps its session",
                    null);
        }
    }

    private String scheme(String uri) {
        try {
            return context.resolvePropertyPlaceholders(uri).split(":")[0];
        } catch (IllegalArgumentException e) {
            return ""; // Camel names the placeholder when the route is built
        }
    }

    private static boolean isAttempt(RouteDefinition route) {
        return route.getInput().getEndpointUri().startsWith("delivery:");
    }

    /** Camel would put a route in the place of another one with its id. */
    private void nameAll(String file, List<RouteDefinition> routes) throws RouteFileException {
        Set<String> names = new HashSet<>();
        for (RouteDefinition route : routes) {
            String id =
                    route.idOrCreate(
                            context.getCamelContextExtension()
                                    .getContextPlugin(NodeIdFactory.class));
            boolean taken =
                    (model().getRouteDefinition(id) != null || ids().contains(id))
                            && !own(file).contains(id);
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
        return running.entrySet().stream()
                .filter(file -> file.getValue().ids.contains(id))
                .map(file -> ", of " + file.getKey() + ",")
                .findFirst()
                .orElse("");
    }

    private List<String> own(String file) {
        Running known = running.get(file);
        return known == null ? List.of() : known.ids;
    }

    private Model model() {
        return context.getCamelContextExtension().getContextPlugin(Model.class);
    }

    /** A host's error handler would go before those of the bridge's route configurations. */
    private static final class OwnErrorPolicy implements RouteBuilderLifecycleStrategy {
        @Override
        public void beforeConfigure(RouteBuilder builder) {
            RoutesDefinition routes = builder.getRouteCollection();
            routes.setErrorHandlerFactory(null);
            routes.setRoutes(new IsolatedRoutes(routes));
        }
    }

    /**
     * Failures of a route that delivers must reach the delivery: no error handler of a host, nor an
     * unnamed route configuration, may take them. Its own onException works as it says.
     *
     * <p>Camel applies route configurations at the end of the parsing, so this comes before.
     */
    private static final class IsolatedRoutes extends ArrayList<RouteDefinition> {
        private final transient RoutesDefinition routes;

        IsolatedRoutes(RoutesDefinition routes) {
            this.routes = routes;
        }

        @Override
        public boolean add(RouteDefinition route) {
            if (isAttempt(route)) {
                if (route.getRouteConfigurationId() == null) {
                    route.routeConfigurationId(ATTEMPT_CONFIGURATION);
                }
                // its getter would set the context's error handler
                if (!route.isErrorHandlerFactorySet() && !routes.getOnExceptions().isEmpty()) {
                    route.setErrorHandlerFactory(new DefaultErrorHandlerDefinition());
                }
            }
            return super.add(route);
        }
    }
}
