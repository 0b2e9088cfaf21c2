package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The commands of README.md and docs/ that start the bridge, each as a process in a folder. */
class DocumentCommandsIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Pattern SETTINGS = Pattern.compile("([A-Z_]+=\\S+ ?)+");
    private static final String JAR = " -jar target/pachube-mqtt-bridge.jar";

    @TempDir Path folder;

    @BeforeEach
    void install() throws Exception {
        RouteFolder.copy(folder.resolve("routes"));
        Path examples = Files.createDirectories(folder.resolve("routes/examples"));
        try (Stream<Path> files = Files.list(Path.of("routes", "examples"))) {
            for (Path file : files.toList()) {
                Files.copy(file, examples.resolve(file.getFileName()));
            }
        }
        Certificates certificates =
                new Certificates(folder).authority("ca").client("bridge", "ca", "bridge");
        assertNotNull(certificates.pem("ca"));
        assertNotNull(certificates.pem("bridge"));
        assertNotNull(certificates.keyPem("bridge"));
    }

    /** Starts commands, on ports of their own, with the class path in the place of the jar. */
    private Process bash(String commands, String output) throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        ProcessBuilder process =
                new ProcessBuilder(
                                "bash",
                                "-c",
                                commands.replaceAll(
                                        "\\bjava(( -\\S+)*)" + Pattern.quote(JAR),
                                        "exec " + java + "$1 -cp \"\\$CP\" io.pachube.bridge.Main"))
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve(output).toFile());
        process.environment().put("CP", System.getProperty("java.class.path"));
        for (String port :
                List.of(
                        "CALLBACK_PORT",
                        "MANAGEMENT_PORT",
                        "SANDBOX_MQTT_PORT",
                        "SANDBOX_PACHUBE_PORT")) {
            process.environment().put(port, String.valueOf(Ports.free()));
        }
        return process.start();
    }

    private String printed(String output) throws Exception {
        return Files.readString(folder.resolve(output));
    }

    static List<String> starts() {
        return Documents.commands()
                .filter(command -> command.contains(JAR) || SETTINGS.matcher(command).matches())
                .filter(command -> !command.endsWith("--check"))
                .map(command -> command.contains(JAR) ? command : command + " java" + JAR)
                .distinct()
                .toList();
    }

    /** Hosts are replaced: nothing is sent anywhere. */
    @Tag("slow")
    @ParameterizedTest
    @MethodSource("starts")
    void aCommandStartsTheBridge(String command) throws Exception {
        RouteFolder.copy(folder.resolve("home"));
        Process bridge =
                bash(
                        command.replaceAll("//[a-z.]+(example\\.org|xively\\.com)", "//127.0.0.1")
                                .replace("127.0.0.1:1884", "127.0.0.1:" + Ports.free()),
                        "out.txt");
        try {
            await(command)
                    .atMost(LIMIT)
                    .until(() -> printed("out.txt").contains("started in") || !bridge.isAlive());
            assertTrue(printed("out.txt").contains("started in"), printed("out.txt"));
        } finally {
            bridge.destroyForcibly().waitFor();
        }
    }

    @Test
    void theCheckFindsNoProblem() throws Exception {
        Process check = bash(Documents.block("sh", "--check").text(), "out.txt");
        assertTrue(check.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, check.exitValue(), printed("out.txt"));
    }

    @Test
    void aKeyStoreIsMadeOfPemFiles() throws Exception {
        Process openssl =
                bash(
                        Documents.block("sh", "openssl pkcs12").text().replace("…", "secret"),
                        "out.txt");
        assertTrue(openssl.waitFor(60, TimeUnit.SECONDS));
        File made = folder.resolve("bridge.p12").toFile();
        KeyStore store = KeyStore.getInstance(made, "secret".toCharArray());
        assertTrue(store.isKeyEntry(store.aliases().nextElement()));
    }

    @Test
    void theFirstThreeMinutesWithAnInfluxDb() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/influx")), "influx is not installed");
        try (Mosquitto mosquitto = new Mosquitto(Files.createDirectory(folder.resolve("m")));
                InfluxDb influx = new InfluxDb(Files.createDirectory(folder.resolve("i")))) {
            mosquitto.start();
            influx.start("other");
            Documents.Block start = Documents.block("sh", "CREATE DATABASE home");
            Documents.Block values = Documents.block("sh", "zigbee2mqtt/kitchen");
            Process bridge = bash(fitted(start, mosquitto, influx), "bridge.txt");
            try {
                await().atMost(LIMIT).until(() -> printed("bridge.txt").contains("started in"));
                String stored = "SELECT battery, humidity, temperature FROM readings";
                await().atMost(LIMIT)
                        .until(
                                () -> {
                                    assertTrue(
                                            bash(fitted(values, mosquitto, influx), "out.txt")
                                                    .waitFor(60, TimeUnit.SECONDS));
                                    return !influx.rows("home", stored).isEmpty();
                                });
                assertEquals(
                        List.of("97", "40.2", "21.5"),
                        influx.rows("home", stored).get(0).subList(1, 4));
                String columns = Documents.output(values).lines().skip(1).findFirst().orElseThrow();
                await().atMost(LIMIT)
                        .until(
                                () -> {
                                    bash(fitted(values, mosquitto, influx), "out.txt").waitFor();
                                    return printed("out.txt").contains(columns.strip());
                                });
            } finally {
                bridge.destroyForcibly().waitFor();
            }
        }
    }

    private static String fitted(Documents.Block commands, Mosquitto mosquitto, InfluxDb influx) {
        String port = mosquitto.url().replaceAll(".*:", "");
        return ("export INFLUXDB_URL=" + influx.url() + "\n" + commands.text())
                .replaceAll(
                        "\\binflux ", "influx -port " + influx.url().replaceAll(".*:", "") + " ")
                .replace("127.0.0.1:1883", "127.0.0.1:" + port)
                .replace("mosquitto_pub", "mosquitto_pub -p " + port);
    }
}
