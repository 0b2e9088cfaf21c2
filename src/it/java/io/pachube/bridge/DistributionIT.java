package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pachube.sandbox.SandboxPachube;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The distribution: unpacked by one user, run by another who may write its data only. */
class DistributionIT {

    private static final Path TARGET = Path.of("target").toAbsolutePath();
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final boolean IS_ROOT = "root".equals(System.getProperty("user.name"));

    @TempDir Path folder;

    private final Map<String, String> environment = new HashMap<>();
    private Path home;
    private Path data;

    @BeforeEach
    void unpack() throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path into = Files.createDirectory(folder.resolve("a folder"));
        run("tar", "-xzf", TARGET + "/pachube-mqtt-bridge-dist.tar.gz", "-C", into.toString());
        try (Stream<Path> unpacked = Files.list(into)) {
            home = unpacked.findFirst().orElseThrow();
        }
        data = Files.createDirectory(folder.resolve("its data"));
        if (IS_ROOT) {
            run("chown", "nobody", data.toString());
        }
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("BRIDGE_DATA", data.toString());
        environment.put("CALLBACK_HOST", "127.0.0.1");
        environment.put("CALLBACK_PORT", String.valueOf(Ports.free()));
        environment.put("MANAGEMENT_PORT", String.valueOf(Ports.free()));
    }

    private String run(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), output);
        return output;
    }

    /** In the root folder. */
    private Process start(Path out, Path script, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        if (IS_ROOT) {
            command.addAll(
                    List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"));
        }
        command.add(script.toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(Path.of("/").toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(out.toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private int healthcheck(String... arguments) throws Exception {
        Process check =
                start(folder.resolve("check.txt"), home.resolve("bin/healthcheck"), arguments);
        assertTrue(check.waitFor(90, TimeUnit.SECONDS));
        return check.exitValue();
    }

    private List<Path> archives() throws IOException {
        try (Stream<Path> files = Files.list(data)) {
            return files.filter(file -> file.toString().endsWith(".jsa")).toList();
        }
    }

    @Test
    void aValueGoesThroughFromAFolderWithASpaceThroughLinks() throws Exception {
        Path bin = Files.createSymbolicLink(folder.resolve("link"), home.resolve("bin"));
        Path link =
                Files.createSymbolicLink(
                        folder.resolve("bridge"), bin.resolve("pachube-mqtt-bridge"));
        storeAndStop(link, "21.5");
        assertEquals(
                IS_ROOT ? "nobody" : System.getProperty("user.name"),
                Files.getOwner(data.resolve("callback.secret")).getName());
    }

    /** JDK 17 does not find its own archive's classes below a folder with a space. */
    @Test
    void theSecondStartUsesTheArchiveOfTheFirst() throws Exception {
        home = Files.move(home, folder.resolve("opt"));
        Path script = home.resolve("bin/pachube-mqtt-bridge");
        storeAndStop(script, "21.5");
        assertEquals(1, archives().size());
        Path logs = Files.createDirectory(folder.resolve("logs"));
        Files.setPosixFilePermissions(logs, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path loaded = logs.resolve("classes.txt");
        environment.put("JAVA_OPTS", "-Xlog:class+load:file=" + loaded);
        storeAndStop(script, "22.5");
        String used = PachubeBridge.class.getName() + " source: shared objects file (top)";
        assertTrue(read(loaded).contains(used));
    }

    private void storeAndStop(Path script, String value) throws Exception {
        try (Mosquitto mosquitto =
                        new Mosquitto(Files.createDirectory(folder.resolve("m" + value)));
                SandboxPachube pachube = new SandboxPachube("127.0.0.1", 0)) {
            mosquitto.start();
            pachube.start();
            environment.put("MQTT_URL", mosquitto.url());
            environment.put("PACHUBE_URL", pachube.url());
            storeAndStop(script, value, mosquitto, pachube);
        }
    }

    private void storeAndStop(
            Path script, String value, Mosquitto mosquitto, SandboxPachube pachube)
            throws Exception {
        Path out = folder.resolve("out-" + value + ".txt");
        Process bridge = start(out, script);
        try {
            assertEquals(0, healthcheck("--wait"), () -> read(out));
            MqttPeer.awaitBridge(mosquitto.url());
            try (MqttPeer peer = new MqttPeer(mosquitto.url())) {
                peer.publish("pb/demo-key/1/temperature", value);
                await().atMost(LIMIT)
                        .until(
                                () ->
                                        Http.stored(pachube.url(), "demo-key", "temperature")
                                                .contains(value));
            }
            assertEquals(0, healthcheck());
            bridge.destroy();
            assertTrue(bridge.waitFor(30, TimeUnit.SECONDS), read(out));
            assertEquals(143, bridge.exitValue(), read(out));
            assertTrue(read(out).contains("shutdown in"), read(out));
            assertFalse(read(out).contains("ERROR"), read(out));
            assertNotEquals(0, healthcheck());
        } finally {
            bridge.destroyForcibly().waitFor();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void theHealthCheckReadsTheAddressFromTheSettingsFile() throws Exception {
        Path config = Files.createDirectory(folder.resolve("c"));
        Files.writeString(
                config.resolve("application.properties"),
                "management.port=%s%nmanagement.enabled=true%n".formatted(Ports.free()));
        environment.remove("MANAGEMENT_PORT");
        environment.put("BRIDGE_CONFIG", config.toString());
        assertEquals(1, healthcheck());
        Files.writeString(config.resolve("application.properties"), "management.enabled = false");
        assertEquals(0, healthcheck());
    }

    @ParameterizedTest
    @ValueSource(strings = {"tar.gz", "zip"})
    void itHoldsAllThatTheDocumentsName(String format) throws Exception {
        Path archive = TARGET.resolve("pachube-mqtt-bridge-dist." + format);
        String list =
                format.equals("zip")
                        ? run("jar", "tf", archive.toString())
                        : run("tar", "-tzf", archive.toString());
        for (String file :
                List.of(
                        "bin/pachube-mqtt-bridge",
                        "bin/healthcheck",
                        "application.properties",
                        "log4j2.properties",
                        "LICENSE",
                        "README.md",
                        "docs/operations.md",
                        "routes/datapoint.camel.yaml",
                        "routes/examples/influxdb.camel.yaml",
                        "deploy/systemd/pachube-mqtt-bridge.service",
                        "deploy/mosquitto/acl",
                        "lib/pachube-mqtt-bridge-sandbox.jar",
                        "pachube-mqtt-bridge.jar")) {
            assertTrue(list.contains("/" + file + "\n"), file + " in " + list);
        }
    }

    @Test
    void systemdAcceptsTheUnitAndItsSandbox() throws Exception {
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/systemd-analyze")),
                "systemd-analyze is not installed");
        // a unit's path has no space
        Path installed = Files.createSymbolicLink(folder.resolve("opt"), home);
        Path unit = folder.resolve("pachube-mqtt-bridge.service");
        Files.writeString(
                unit,
                read(home.resolve("deploy/systemd/pachube-mqtt-bridge.service"))
                        .replace("/opt/pachube-mqtt-bridge", installed.toString()));
        assertEquals("", run("systemd-analyze", "verify", unit.toString()));
        run(
                "systemd-analyze",
                "security",
                "--offline=true",
                "--threshold=15",
                "--no-pager",
                unit.toString());
    }
}
