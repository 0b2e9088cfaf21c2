package io.pachube.bridge;

import io.pachube.bridge.config.Settings;
import io.pachube.bridge.log.ExceptionMessages;
import io.pachube.bridge.log.SecretMasker;

import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.LogManager;
import java.util.stream.Stream;

/**
 * Runs the bridge standalone with {@code application.properties} and the routes of the working
 * directory. A broker or a Pachube that is not set there is embedded, for trying.
 */
public final class Main {

    private static final String LOG_CONFIGURATION = "log4j2.configurationFile";

    /** The exit status of a command line that is wrong. */
    private static final int USAGE = 2;

    private static final Path EXTRA = Path.of("extra");

    private static final String HELP =
            """
            Usage: java -jar pachube-mqtt-bridge.jar [--check | --help | --version]

            Runs the bridge with the settings of application.properties and of the environment, and the
            routes of the folder routes.directory.

              --check     names all that is wrong with the settings and the routes, and connects nowhere;
                          the exit status is 0 if all is well
              --help      shows this
              --version   shows the version
            """;

    private Main() {}

    public static void main(String[] args) {
        configureLog();
        System.exit(run(List.of(args)));
    }

    private static int run(List<String> args) {
        if (args.isEmpty()) {
            return start();
        }
        if (args.size() == 1) {
            switch (args.get(0)) {
                case "--check":
                    return check();
                case "--help", "-h":
                    System.out.print(HELP);
                    return 0;
                case "--version":
                    System.out.println(version());
                    return 0;
                default:
            }
        }
        System.err.println(
                args.get(0).equals("--check")
                        ? "--check takes no argument: it looks at all files of routes.directory"
                        : "There is no option " + String.join(" ", args));
        System.err.print(HELP);
        return USAGE;
    }

    private static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return "pachube-mqtt-bridge " + (version == null ? "(not from its jar)" : version);
    }

    private static int start() {
        try {
            return createCamelMain(new PachubeBridge()).run(new String[0]);
        } catch (Exception e) {
            Logger log = LoggerFactory.getLogger(Main.class);
            for (String reason : ExceptionMessages.summarize(e).split("\\n")) {
                log.error("The bridge cannot start: {}", reason);
            }
            log.debug("Stack trace", e);
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
        Logger log = LoggerFactory.getLogger(Main.class);
        List<String> problems;
        try {
            PachubeBridge bridge = PachubeBridge.forValidation();
            var camel = createCamelMain(bridge);
            camel.configure().withAutoStartup(false);
            camel.addOverrideProperty("camel.management.enabled", "false");
            camel.start();
            problems = bridge.validate();
            camel.stop();
        } catch (Exception e) {
            log.debug("Stack trace", e);
            problems = List.of(ExceptionMessages.summarize(e).split("\\n"));
        }
        problems.forEach(problem -> log.error(SecretMasker.mask(problem)));
        if (problems.isEmpty()) {
            log.info("The settings and the routes are right");
        }
        return problems.isEmpty() ? 0 : 1;
    }

    static org.apache.camel.main.Main createCamelMain(PachubeBridge bridge) {
        var camel = new org.apache.camel.main.Main();
        camel.setPropertyPlaceholderLocations("file:application.properties;optional=true");
        camel.addInitialProperty(Settings.MQTT_URL.name(), Settings.EMBEDDED);
        camel.addInitialProperty(Settings.PACHUBE_URL.name(), Settings.EMBEDDED);
        camel.configure()
                .withName("pachube-mqtt-bridge")
                .withShutdownTimeout(6)
                .addRoutesBuilder(bridge.standalone());
        ClassLoader loader = withExtra(Main.class.getClassLoader());
        camel.addMainListener(
                new MainListenerSupport() {
                    @Override
                    public void beforeInitialize(BaseMainSupport main) {
                        main.getCamelContext().setApplicationContextClassLoader(loader);
                    }
                });
        return camel;
    }

    /** The jars in the folder {@code extra}: Camel components that the routes of a user need. */
    private static ClassLoader withExtra(ClassLoader parent) {
        if (!Files.isDirectory(EXTRA)) {
            return parent;
        }
        try (Stream<Path> files = Files.list(EXTRA)) {
            List<URL> jars = new ArrayList<>();
            for (Path jar : files.filter(f -> f.toString().endsWith(".jar")).sorted().toList()) {
                jars.add(jar.toUri().toURL());
            }
            return new URLClassLoader(jars.toArray(URL[]::new), parent);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
