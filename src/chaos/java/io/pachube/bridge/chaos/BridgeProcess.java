package io.pachube.bridge.chaos;

import io.pachube.bridge.JavaProcess;
import io.pachube.bridge.Main;
import io.pachube.bridge.RouteFolder;

import org.awaitility.Awaitility;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The bridge as it is run: a process, in a folder with its properties and routes. */
final class BridgeProcess implements AutoCloseable {

    private static final Pattern COUNT = Pattern.compile("\\s*\\d+:\\s+(\\d+)\\s+\\d+\\s+(\\S+).*");

    private final Path folder;
    private final Map<String, String> environment;
    private final String heap;
    private Process process;
    private Path log;
    private int starts;
    private int elected;

    /**
     * @param folder its own; made
     * @param environment its settings, as environment variables
     */
    BridgeProcess(Path folder, Map<String, String> environment) throws IOException {
        this(folder, environment, "256m");
    }

    /**
     * @param heap its largest size, such as {@code 256m}
     */
    BridgeProcess(Path folder, Map<String, String> environment, String heap) throws IOException {
        this.folder = folder;
        this.environment = environment;
        this.heap = heap;
        RouteFolder.copy(folder.resolve("routes"));
        Files.copy(Path.of("application.properties"), folder.resolve("application.properties"));
    }

    /** Returns the folder of its route files. */
    Path routes() {
        return folder.resolve("routes");
    }

    /** Adds a route file. */
    void addRoute(String name, String text) throws IOException {
        Files.writeString(folder.resolve("routes").resolve(name + ".camel.yaml"), text);
    }

    /** Replaces a text in one of its route files. */
    void editRoute(String name, String from, String to) throws IOException {
        RouteFolder.edit(folder.resolve("routes").resolve(name + ".camel.yaml"), from, to);
    }

    /** Starts it; gives the milliseconds until its context had started. */
    long start() throws IOException {
        starts++;
        elected = 0;
        log = folder.resolve("bridge-" + starts + ".log");
        long begun = System.nanoTime();
        process = JavaProcess.start(folder, log.toFile(), environment, heap, Main.class);
        Awaitility.await("the bridge's context has started; see " + log)
                .atMost(Duration.ofSeconds(60))
                .until(() -> log().contains("(pachube-mqtt-bridge) started in"));
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    }

    /** Waits until it takes values. */
    void awaitConnected() {
        awaitConnected("pachubeDatapoint");
    }

    /** Waits until one of its routes takes values. */
    void awaitConnected(String route) {
        Awaitility.await(route + " is connected; see " + log)
                .atMost(Duration.ofSeconds(30))
                .until(() -> log().contains("-" + route + " is connected"));
    }

    /** Waits until it has logged so many lines with these words. */
    void awaitLog(String words, int lines) {
        Awaitility.await(lines + " lines with " + words + "; see " + log)
                .atMost(Duration.ofSeconds(60))
                .until(() -> log().lines().filter(line -> line.contains(words)).count() >= lines);
    }

    private String log() throws IOException {
        return Files.readString(log);
    }

    boolean isRunning() {
        return process != null && process.isAlive();
    }

    /** Waits until it logs that it is the leader, once more than before. */
    void awaitElected() {
        int before = elected;
        Awaitility.await("it leads; see " + log)
                .atMost(Duration.ofSeconds(30))
                .until(() -> (elected = count("is the leader of")) > before);
    }

    /** Returns how many lines of its log hold these words. */
    int count(String words) throws IOException {
        return (int) log().lines().filter(line -> line.contains(words)).count();
    }

    /** Sends a signal, such as {@code STOP}. */
    void signal(String name) throws IOException, InterruptedException {
        String pid = String.valueOf(process.pid());
        if (new ProcessBuilder("kill", "-" + name, pid).inheritIO().start().waitFor() != 0) {
            throw new IllegalStateException("kill -" + name + " failed");
        }
    }

    /** As {@code kill -9}. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** As {@code kill}; gives the milliseconds until it was gone. */
    long terminate() throws InterruptedException {
        long begun = System.nanoTime();
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("The bridge does not stop; see " + log);
        }
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    }

    /**
     * Returns the objects that are alive after a collection: our own objects, Camel's endpoints and
     * producers, each by class, and the threads.
     */
    Map<String, Integer> alive() throws IOException, InterruptedException {
        Map<String, Integer> alive = new TreeMap<>();
        for (String line : jcmd("GC.class_histogram").split("\n")) {
            Matcher matcher = COUNT.matcher(line);
            if (matcher.matches() && isOurs(matcher.group(2))) {
                // a lambda's class has another name in each process
                alive.put(matcher.group(2), Integer.parseInt(matcher.group(1)));
            }
        }
        alive.put(
                "threads",
                (int) jcmd("Thread.print").lines().filter(l -> l.startsWith("\"")).count());
        return alive;
    }

    private static boolean isOurs(String type) {
        // the console's samples come with the time, and go after ten minutes
        return type.startsWith("io.pachube.") && !type.startsWith("io.pachube.bridge.console.")
                || type.startsWith("org.apache.camel.") && type.matches(".*(Endpoint|Producer)");
    }

    private String jcmd(String command) throws IOException, InterruptedException {
        Path output = folder.resolve("jcmd.txt");
        Process jcmd =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                                String.valueOf(process.pid()),
                                command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        jcmd.waitFor(30, TimeUnit.SECONDS);
        return Files.readString(output);
    }

    @Override
    public void close() throws InterruptedException {
        if (isRunning()) {
            kill();
        }
    }
}
