package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The bridge as a user runs it: a process in a folder with routes, settings in its environment. */
final class Standalone implements AutoCloseable {

    /** Its exit status and its output. */
    record Outcome(int status, String log) {

        /** The lines of this level. */
        List<String> lines(String level) {
            return log.lines().filter(line -> line.contains(" " + level + " ")).toList();
        }
    }

    private final Path folder;
    private final Map<String, String> environment = new HashMap<>();
    private final List<String> options = new ArrayList<>();
    private String classPath = System.getProperty("java.class.path");
    private Process process;

    /** On ports of its own, with nothing embedded. */
    Standalone(Path folder) throws IOException {
        this.folder = folder;
        if (!Files.exists(folder.resolve("routes"))) {
            RouteFolder.copy(folder.resolve("routes"));
        }
        with("ROUTES_DIRECTORY", "routes");
        with("MQTT_URL", "tcp://127.0.0.1:" + Ports.free());
        with("PACHUBE_URL", "http://127.0.0.1:" + Ports.free() + "/v2");
        with("CALLBACK_HOST", "127.0.0.1");
        for (String port :
                List.of(
                        "CALLBACK_PORT",
                        "MANAGEMENT_PORT",
                        "SANDBOX_MQTT_PORT",
                        "SANDBOX_PACHUBE_PORT")) {
            with(port, String.valueOf(Ports.free()));
        }
    }

    Standalone with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    Standalone with(Map<String, String> variables) {
        environment.putAll(variables);
        return this;
    }

    /** An option of Java's. */
    Standalone option(String option) {
        options.add(option);
        return this;
    }

    Standalone classPath(String other) {
        classPath = other;
        return this;
    }

    String get(String variable) {
        return environment.get(variable);
    }

    Standalone start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, Main.class.getName()));
        command.addAll(List.of(arguments));
        process =
                JavaProcess.start(folder, folder.resolve("out.txt").toFile(), environment, command);
        return this;
    }

    /** Runs it to its end. */
    Outcome run(String... arguments) throws Exception {
        start(arguments);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it ends; see " + log());
        return new Outcome(process.exitValue(), log());
    }

    String log() throws IOException {
        return Files.readString(folder.resolve("out.txt"));
    }

    Standalone awaitLine(String part) {
        await(part + " in the log")
                .atMost(Duration.ofSeconds(60))
                .until(() -> log().contains(part) || !process.isAlive());
        try {
            assertTrue(log().contains(part), log());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return this;
    }

    @Override
    public void close() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }
}
