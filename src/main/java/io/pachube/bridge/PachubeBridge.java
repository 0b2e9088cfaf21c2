package io.pachube.bridge;

import io.pachube.bridge.callback.StateCipher;
import io.pachube.bridge.config.BridgeConfig;
import io.pachube.bridge.config.BridgeProperties;
import io.pachube.bridge.config.ConfigProblems;
import io.pachube.bridge.config.SettingNames;
import io.pachube.bridge.log.ExceptionMessages;
import io.pachube.bridge.mqtt.DurablePahoComponent;
import io.pachube.bridge.routes.RouteDirectory;
import io.pachube.bridge.routes.RouteFileManager;

import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * Adds the bridge between MQTT and Pachube to a Camel context: {@code context.addRoutes(new
 * PachubeBridge())}.
 *
 * <p>Binds what the routes need (under names that start with {@code pachube}), adds the error
 * policy and the route of reports, and loads the YAML routes. The settings are the context's
 * property placeholders. It ends with the context, or when it is closed. One context has one at a
 * time; a closed one is not added again.
 */
public final class PachubeBridge extends RouteBuilder implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PachubeBridge.class);

    private final boolean validateOnly;
    private final ConfigProblems problems = new ConfigProblems();

    /** End with the context by themselves. */
    private final CleanupStack registrations = new CleanupStack();

    /** Are closed when the bridge or its context has stopped. */
    private final CleanupStack resources = new CleanupStack();

    private boolean standalone;
    private boolean ownsContext;
    private RouteFileManager routes;
    private volatile boolean closed;

    /** Creates a bridge that is not added yet. */
    public PachubeBridge() {
        this(false);
    }

    private PachubeBridge(boolean validateOnly) {
        this.validateOnly = validateOnly;
    }

    /**
     * Returns a bridge that reads its settings and starts nothing.
     *
     * @see #validate
     */
    static PachubeBridge forValidation() {
        return new PachubeBridge(true);
    }

    /** Says that nobody else's settings are in this context, and no other listeners. */
    PachubeBridge standalone() {
        standalone = true;
        return inOwnContext();
    }

    /**
     * Says that the context has no other routes than the bridge's. Its components then have their
     * plain names: {@code paho} is the bridge's in every route. In a host they have names of their
     * own, and the route files are rewritten.
     */
    public PachubeBridge inOwnContext() {
        ownsContext = true;
        return this;
    }

    /** Returns a line for each fault of the settings and the route files. */
    List<String> validate() {
        List<String> all = new ArrayList<>(problems.all());
        try {
            if (routes != null) {
                all.addAll(routes.validate());
            }
        } catch (IllegalArgumentException e) {
            all.add(e.getMessage());
        }
        return all;
    }

    /**
     * Returns a line for each fault of these settings, and of the route files that they name;
     * connects nowhere.
     *
     * @param properties all of the bridge's, and none of others
     */
    public static List<String> validate(Properties properties) {
        PachubeBridge bridge = forValidation().inOwnContext();
        try (CamelContext context = new DefaultCamelContext()) {
            context.getPropertiesComponent().setOverrideProperties(properties);
            context.addRoutes(bridge);
            List<String> all = bridge.validate();
            all.addAll(SettingNames.unknown(properties.stringPropertyNames()));
            return all;
        } catch (Exception e) {
            return List.of(ExceptionMessages.summarize(e));
        }
    }

    @Override
    public void addRoutesToCamelContext(CamelContext context) throws Exception {
        if (closed) {
            throw new IllegalStateException("This PachubeBridge was closed: make a new one");
        }
        super.addRoutesToCamelContext(context);
    }

    @Override
    public void configure() throws Exception {
        CamelContext context = getContext();
        ContextRegistrar registrar = new ContextRegistrar(context, ownsContext, registrations);
        if (context.hasComponent(registrar.componentName("paho")) instanceof DurablePahoComponent) {
            throw new IllegalStateException("This context has a PachubeBridge: close that first");
        }
        try {
            configure(registrar);
        } catch (Exception | LinkageError e) {
            close();
            routes = null;
            // a validation may fail here because of a problem that it has named already
            if (!validateOnly || problems.isEmpty()) {
                throw e;
            }
        }
    }

    /**
     * Stops the bridge, as the context's stop does (nothing is abandoned, within 10 s), and removes
     * all that it has added to the context. The context, and its other routes, go on.
     */
    @Override
    public void close() {
        closed = true;
        registrations.runAll();
        resources.runAll();
    }

    private void configure(ContextRegistrar registrar) throws Exception {
        registrar.removeUnusedOnCleanup();
        BridgeProperties properties = new BridgeProperties(registrar.context(), problems);
        registrar.onCleanup(properties::remove);
        RouteDirectory directory = new RouteDirectory(properties.routesDirectory());
        BridgeConfig config =
                BridgeConfig.read(properties, problems, directory.usesPachube(), standalone);
        BridgeResources parts = BridgeResources.create(registrar, config, problems);
        check(properties, config, directory);
        boolean mayCreateFile = !validateOnly && problems.isEmpty();
        StateCipher cipher =
                problems.collect(
                        () -> BridgeResources.callbackCipher(config.callback(), mayCreateFile),
                        new StateCipher(StateCipher.newSecret()));
        if (!problems.isEmpty()) {
            if (!validateOnly) {
                throw new IllegalArgumentException(String.join("\n", problems.all()));
            }
            properties.useDefaultsOfInvalid();
        }
        BridgeFeatures features =
                new BridgeFeatures(registrar, config, parts, resources, validateOnly);
        features.register(properties, cipher);
        routes = features.addRoutes(directory);
        if (!validateOnly) {
            features.start(routes, directory);
        }
    }

    private void check(BridgeProperties properties, BridgeConfig config, RouteDirectory directory) {
        if (!validateOnly || standalone) {
            StartChecks.warnings(config.callback()).forEach(LOG::warn);
        }
        if (standalone) {
            problems.addAll(StartChecks.unknownSettings(properties));
            List<String> inUse = PortsInUse.find(config, directory.mentions("{{callback.port}}"));
            if (validateOnly) {
                inUse.forEach(LOG::warn); // the bridge that is validated may run
            } else {
                problems.addAll(inUse);
            }
        } else if (!validateOnly) {
            StartChecks.unknownProperties(properties).forEach(LOG::warn);
        }
    }
}
