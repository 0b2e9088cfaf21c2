package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.sandbox.SandboxPachube;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The bridge without the jar that holds the sandbox. */
@Tag("slow")
class SandboxOptionalIT {

    private static final String KEY = SandboxPachube.DEMO_KEY;
    private static final Path CLASSES = Path.of("target", "classes").toAbsolutePath();

    @TempDir Path folder;

    /** The class path of a host that has the bridge's jar only. */
    private String withoutSandbox() throws IOException {
        Path copy = folder.resolve("classes");
        Files.walkFileTree(
                CLASSES,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes a)
                            throws IOException {
                        if (dir.endsWith("io/pachube/sandbox")) {
                            return FileVisitResult.SKIP_SUBTREE;
                        }
                        Files.createDirectories(copy.resolve(CLASSES.relativize(dir)));
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes a)
                            throws IOException {
                        if (!file.endsWith(SandboxProvider.class.getName())) {
                            Files.copy(file, copy.resolve(CLASSES.relativize(file)));
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
        Predicate<String> isOther =
                entry -> !entry.contains("artemis") && !entry.endsWith("test-classes");
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(isOther)
                .map(entry -> Path.of(entry).equals(CLASSES) ? copy.toString() : entry)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private void assertStores(Standalone bridge) throws Exception {
        try (Mosquitto broker = new Mosquitto(folder).start();
                SandboxPachube pachube = new SandboxPachube("127.0.0.1", 0)) {
            pachube.start();
            bridge.with("MQTT_URL", broker.url()).with("PACHUBE_URL", pachube.url()).start();
            bridge.awaitLine("(pachube-mqtt-bridge) started in");
            MqttPeer.awaitBridge(broker.url(), "pb/ready/0/x");
            try (MqttPeer peer = new MqttPeer(broker.url())) {
                peer.publish("pb/" + KEY + "/1/temperature", "21.5");
            }
            await("stored")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> Http.stored(pachube.url(), KEY, "temperature").equals("21.5"));
        }
    }

    @Test
    void aMissingSandboxIsOneLine() throws Exception {
        Standalone bridge = new Standalone(folder).classPath(withoutSandbox());
        bridge.with("MQTT_URL", "embedded");
        assertNamed("mqtt.url is", bridge.run("--check"));
        assertNamed("mqtt.url is", bridge.run());
        bridge.with("PACHUBE_URL", "embedded");
        assertNamed("mqtt.url and pachube.url are", bridge.run("--check"));
        assertNamed("mqtt.url and pachube.url are", bridge.run());
    }

    private static void assertNamed(String settings, Standalone.Outcome outcome) {
        assertEquals(1, outcome.status(), outcome.log());
        assertEquals(1, outcome.lines("ERROR").size(), outcome.log());
        assertFalse(outcome.log().contains("\tat "), outcome.log());
        assertTrue(
                outcome.log()
                        .contains(
                                settings
                                        + " 'embedded', but the sandbox is not on the class path: add"
                                        + " the jar of pachube-mqtt-bridge with the classifier"
                                        + " sandbox, or set "),
                outcome.log());
    }

    @Test
    void theBridgeNeedsNoSandbox() throws Exception {
        try (Standalone bridge = new Standalone(folder).classPath(withoutSandbox())) {
            assertStores(bridge);
        }
    }

    @Test
    void nothingOfTheSandboxIsLoadedUnlessItIsUsed() throws Exception {
        Path classes = folder.resolve("loaded.txt");
        try (Standalone bridge = new Standalone(folder)) {
            assertStores(bridge.option("-Xlog:class+load:file=" + classes));
        }
        try (Stream<String> lines = Files.lines(classes)) {
            List<String> loaded = lines.filter(line -> line.contains(" io.pachube.")).toList();
            assertTrue(loaded.size() > 50, "the log has the bridge's classes: " + loaded);
        }
        try (Stream<String> lines = Files.lines(classes)) {
            assertEquals(
                    List.of(),
                    lines.filter(
                                    line ->
                                            line.contains(" io.pachube.sandbox.")
                                                    || line.contains(" org.apache.activemq."))
                            .toList());
        }
    }
}
