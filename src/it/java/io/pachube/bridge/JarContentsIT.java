package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;

/** The jars that are built: the sandbox is in its own, and only there. */
class JarContentsIT {

    private static final String SERVICE = "META-INF/services/" + SandboxProvider.class.getName();
    private static final Path TARGET = Path.of("target").toAbsolutePath();
    private static final Path SANDBOX = TARGET.resolve("lib/pachube-mqtt-bridge-sandbox.jar");

    private static List<String> entries(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.stream().map(ZipEntry::getName).toList();
        }
    }

    private static boolean isOfSandbox(String entry) {
        return entry.startsWith("io/pachube/sandbox/") || entry.equals(SERVICE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pachube-mqtt-bridge.jar", "pachube-mqtt-bridge-karaf.jar"})
    void theBridgesJarsHoldNoSandbox(String name) throws Exception {
        List<String> entries = entries(TARGET.resolve(name));
        assertTrue(entries.contains("io/pachube/bridge/PachubeBridge.class"));
        assertEquals(
                List.of(),
                entries.stream().filter(e -> isOfSandbox(e) || e.contains("artemis")).toList());
    }

    @Test
    void theSandboxsJarHoldsTheSandboxOnly() throws Exception {
        List<String> entries = entries(SANDBOX);
        assertTrue(entries.contains("io/pachube/sandbox/SandboxPachube.class"));
        assertTrue(entries.contains(SERVICE));
        assertEquals(
                List.of(),
                entries.stream().filter(e -> e.endsWith(".class") && !isOfSandbox(e)).toList());
    }

    @Test
    void theJarFindsTheSandboxInLib(@TempDir Path folder) throws Exception {
        try (Standalone bridge =
                new Standalone(folder)
                        .classPath(TARGET.resolve("pachube-mqtt-bridge.jar").toString())
                        .with("MQTT_URL", "embedded")
                        .with("PACHUBE_URL", "embedded")) {
            bridge.start().awaitLine("Try it");
        }
    }

    /** As the README says for a Karaf without a Pachube. */
    @Test
    void theSmallPachubeRunsOnItsOwn(@TempDir Path folder) throws Exception {
        int port = Ports.free();
        Path out = folder.resolve("out.txt");
        Process sandbox =
                JavaProcess.start(
                        folder,
                        out.toFile(),
                        Map.of(),
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                TARGET + "/lib/*",
                                "io.pachube.sandbox.Main",
                                "127.0.0.1",
                                String.valueOf(port)));
        try {
            await("it listens")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> Files.readString(out).contains("Pachube listens on"));
            String url = "http://127.0.0.1:" + port + "/v2/feeds/1.json?key=demo-key";
            assertEquals(200, Http.send("GET", url, null, "").statusCode());
        } finally {
            sandbox.destroyForcibly().waitFor();
        }
    }
}
