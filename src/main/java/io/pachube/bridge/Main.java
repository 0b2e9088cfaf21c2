package io.pachube.bridge;

import io.pachube.bridge.sandbox.Sandbox;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.LogManager;

/**
 * The bridge on its own: reads {@code application.properties} and the routes from the folder it is
 * started in. What is not set there is embedded: a broker and a small Pachube, for trying.
 */
public final class Main {

    private static final String LOG_CONFIGURATION = "log4j2.configurationFile";

    private Main() {}

    public static void main(String[] args) {
        configureLog();
        System.exit(run(args));
    }

    private static int run(String[] args) {
        try {
            return List.of(args).contains("--check")
                    ? check()
                    : camel(new PachubeBridge()).run(args);
        } catch (Exception e) {
            Logger log = LoggerFactory.getLogger(Main.class);
            log.error("The bridge cannot start: {}", Reasons.of(e));
            log.debug("The whole story", e);
            return 1;
        }
    }

    /** Before any logger is made. */
    private static void configureLog() {
        // Paho's way, at FINE with topics, goes past Log4j and its mask
        LogManager.getLogManager().reset();
        if (System.getProperty(LOG_CONFIGURATION) == null) {
            boolean outside = Files.exists(Path.of("log4j2.properties"));
            System.setProperty(
                    LOG_CONFIGURATION, (outside ? "" : "io/pachube/bridge/") + "log4j2.properties");
        }
    }

    /** Looks at the settings and the route files, and connects nowhere. */
    private static int check() {
        PachubeBridge bridge = PachubeBridge.toCheck();
        var camel = camel(bridge);
        camel.configure().withAutoStartup(false);
        camel.addOverrideProperty("observe.enabled", "false");
        camel.start();
        List<String> problems = bridge.problems();
        camel.stop();
        Logger log = LoggerFactory.getLogger(Main.class);
        problems.forEach(log::error);
        if (problems.isEmpty()) {
            log.info("The settings and the routes are right");
        }
        return problems.isEmpty() ? 0 : 1;
    }

    static org.apache.camel.main.Main camel(PachubeBridge bridge) {
        var camel = new org.apache.camel.main.Main();
        camel.setPropertyPlaceholderLocations("file:application.properties;optional=true");
        camel.addInitialProperty("mqtt.url", Sandbox.EMBEDDED);
        camel.addInitialProperty("pachube.url", Sandbox.EMBEDDED);
        camel.configure()
                .withName("pachube-mqtt-bridge")
                .withShutdownTimeout(6)
                .addRoutesBuilder(bridge);
        return camel;
    }
}
