package io.pachube.bridge;

import com.sun.tools.attach.VirtualMachine;

import org.awaitility.Awaitility;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * A real Karaf, unpacked from its distribution and run as a process. The built artifacts are in its
 * {@code system} folder, and it asks no repository outside.
 */
final class Karaf implements AutoCloseable {

    private static final String VERSION = System.getProperty("karaf.version");
    private static final String BRIDGE = System.getProperty("bridge.version");
    private static final Path BUILT = Path.of("target").toAbsolutePath();

    /** Where Maven would have the features file. */
    static final String FEATURES = "mvn:io.pachube/pachube-mqtt-bridge/" + BRIDGE + "/xml/features";

    private final Path home;
    private Process process;

    Karaf(Path folder) throws IOException, InterruptedException {
        home = folder.resolve("apache-karaf-" + VERSION);
        execute(
                List.of("tar", "xzf", BUILT + "/karaf/apache-karaf-" + VERSION + ".tar.gz"),
                folder,
                "");
        configure();
        Path system = home.resolve("system/io/pachube/pachube-mqtt-bridge/" + BRIDGE);
        Files.createDirectories(system);
        String name = "pachube-mqtt-bridge-" + BRIDGE;
        Files.copy(
                BUILT.resolve("pachube-mqtt-bridge-karaf.jar"),
                system.resolve(name + "-karaf.jar"));
        Files.copy(BUILT.resolve("karaf/features.xml"), system.resolve(name + "-features.xml"));
    }

    private void configure() throws IOException {
        edit("etc/users.properties", "(?m)^#(karaf = |_g_)", "$1");
        Map.of(
                        "sshPort",
                        "org.apache.karaf.shell.cfg",
                        "rmiRegistryPort",
                        "org.apache.karaf.management.cfg",
                        "rmiServerPort",
                        "org.apache.karaf.management.cfg")
                .forEach((port, file) -> set("etc/" + file, port, String.valueOf(Ports.free())));
        set("etc/org.apache.karaf.shell.cfg", "sshHost", "127.0.0.1");
        edit(
                "etc/org.ops4j.pax.url.mvn.cfg",
                "(?m)^(org.ops4j.pax.url.mvn.repositories=)(.*\\\\\\R)*.*$",
                "$1\norg.ops4j.pax.url.mvn.localRepository=" + home + "/data/repository");
    }

    /** Sets a line {@code name=value} of a file that has one. */
    void set(String file, String name, String value) {
        edit(file, "(?m)^" + name.replace(".", "\\.") + " ?=.*$", name + "=" + value);
    }

    /** Replaces text that must be there. */
    void edit(String file, String pattern, String replacement) {
        Path path = home.resolve(file);
        try {
            String before = Files.readString(path);
            String after = before.replaceAll(pattern, replacement);
            if (after.equals(before)) {
                throw new IllegalArgumentException("No " + pattern + " in " + path);
            }
            Files.writeString(path, after);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Karaf start() throws IOException {
        process =
                builder(List.of(home + "/bin/karaf", "daemon"), home)
                        .redirectOutput(home.resolve("karaf.out").toFile())
                        .start();
        Awaitility.await("Karaf is up; see " + home)
                .until(
                        () ->
                                Files.exists(home.resolve("data/log/karaf.log"))
                                        && log().contains("Done."));
        return this;
    }

    /** Runs commands in its shell, as an operator does. */
    String run(String... commands) throws IOException, InterruptedException {
        return execute(
                List.of(home + "/bin/client", "-u", "karaf", "-p", "karaf", "-r", "20", "-b"),
                home,
                String.join("\n", commands) + "\n");
    }

    String log() throws IOException {
        return Files.readString(home.resolve("data/log/karaf.log"));
    }

    boolean isRunning() {
        return process.isAlive();
    }

    /** The names of its threads and of Camel's MBeans. */
    List<String> alive() throws Exception {
        VirtualMachine machine = VirtualMachine.attach(String.valueOf(process.pid()));
        try (JMXConnector jmx =
                JMXConnectorFactory.connect(
                        new JMXServiceURL(machine.startLocalManagementAgent()))) {
            MBeanServerConnection beans = jmx.getMBeanServerConnection();
            ThreadMXBean threads =
                    ManagementFactory.newPlatformMXBeanProxy(
                            beans, ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class);
            List<String> alive =
                    new ArrayList<>(
                            Arrays.stream(threads.dumpAllThreads(false, false))
                                    .map(t -> t.getThreadName())
                                    .toList());
            beans.queryNames(new ObjectName("org.apache.camel:*"), null)
                    .forEach(bean -> alive.add(bean.toString()));
            return alive;
        } finally {
            machine.detach();
        }
    }

    private static ProcessBuilder builder(List<String> command, Path folder) {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return builder;
    }

    private static String execute(List<String> command, Path folder, String input)
            throws IOException, InterruptedException {
        Process run = builder(command, folder).start();
        try (var in = run.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String output = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (run.waitFor() != 0) {
            throw new IllegalStateException(command + ": " + output);
        }
        return output;
    }

    @Override
    public void close() throws InterruptedException {
        if (process != null) {
            process.destroy();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        }
    }
}
