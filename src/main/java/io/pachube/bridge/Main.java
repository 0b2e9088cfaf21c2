package io.pachube.bridge;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Files;
import java.nio.file.Path;
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
            return camel().run(args);
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

    static org.apache.camel.main.Main camel() {
        var camel = new org.apache.camel.main.Main();
        camel.setPropertyPlaceholderLocations("file:application.properties;optional=true");
        camel.addInitialProperty("mqtt.url", BridgeProperties.EMBEDDED);
        camel.addInitialProperty("pachube.url", BridgeProperties.EMBEDDED);
        camel.configure()
                .withName("pachube-mqtt-bridge")
                .withShutdownTimeout(6)
                .addRoutesBuilder(new PachubeBridge());
        return camel;
    }
}
