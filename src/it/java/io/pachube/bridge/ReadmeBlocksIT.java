package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The commands of README.md and docs/, pasted as blocks. */
@Tag("slow")
class ReadmeBlocksIT {

    private final int mqtt = Ports.free();
    private final int api = Ports.free();
    private TestBridge bridge;
    @TempDir Path folder;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/mosquitto_pub")),
                "mosquitto-clients are not installed");
        Path routes = RouteFolder.copy(folder.resolve("routes"));
        Files.createDirectory(routes.resolve("examples"));
        RouteFolder.add("devices.camel.yaml", routes.resolve("examples"));
        bridge =
                new TestBridge("embedded", "embedded")
                        .with("sandbox.mqtt.port", String.valueOf(mqtt))
                        .with("sandbox.pachube.port", String.valueOf(api))
                        .with("pachube.create-missing-datastreams", "true")
                        .routes(routes)
                        .start();
        MqttPeer.awaitBridge("tcp://127.0.0.1:" + mqtt, "pb/ready/0/x");
    }

    @AfterEach
    void stop() {
        if (bridge != null) {
            bridge.close();
        }
    }

    /** Returns the commands with these words, for this bridge's ports. */
    private String commands(String words) {
        return Documents.block("sh", words)
                .text()
                .replaceAll("mosquitto_(pub|sub)", "mosquitto_$1 -p " + mqtt)
                .replace("127.0.0.1:8090", "127.0.0.1:" + api);
    }

    private static String output(String words) {
        return Documents.output(Documents.block("sh", words));
    }

    private Process bash(String block, File output) throws Exception {
        return new ProcessBuilder("bash", "-c", block)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();
    }

    private static String withoutTimes(String text) {
        return text.replaceAll("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z", "<time>").replaceAll("\\n ", "");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "temperature -m 21.5",
                "examples/devices.camel.yaml routes/",
                "\"unit\":{\"symbol\":\"C\"",
                "1/attic -m"
            })
    void aBlockThatWritesAndReadsPrintsWhatFollows(String words) throws Exception {
        File output = folder.resolve("output").toFile();
        assertTrue(bash(commands(words), output).waitFor(60, TimeUnit.SECONDS));
        String printed = Files.readString(output.toPath());
        assertEquals(withoutTimes(output(words)), withoutTimes(printed));
    }

    /** Runs commands to their end. */
    private void run(String words) throws Exception {
        assertTrue(
                bash(commands(words), new File("/dev/null")).waitFor(60, TimeUnit.SECONDS), words);
    }

    @Test
    void theTriggerFires() throws Exception {
        String words = "temperature/trigger -m '{\"topic\"";
        whileListening("demo-key/hot -t", words, output(words));
        assertTrue(output(words).startsWith("pb/demo-key/1/temperature/trigger/status "));
    }

    @Test
    void theMirrorOfAFeedHasAStatusForEachDatastream() throws Exception {
        String words = "'pb/demo-key/1/*/trigger'";
        whileListening("demo-key/hot -t", words, output(words));
    }

    /** Runs commands, and waits until this is printed by others that listen. */
    private void whileListening(String listening, String words, String expected) throws Exception {
        File output = folder.resolve("output").toFile();
        Process listener = bash("exec " + commands(listening), output);
        try {
            run(words);
            await().untilAsserted(() -> assertEquals(expected, Files.readString(output.toPath())));
        } finally {
            listener.destroy();
        }
    }

    @Test
    void theMirrorPrintsWhatIsWritten() throws Exception {
        run("temperature -m 31.2");
        String words = "temperature/trigger -m '{\"mirror\"";
        File output = folder.resolve("output").toFile();
        Process mirror =
                bash(commands(words).replace("mosquitto_sub", "exec mosquitto_sub"), output);
        try {
            await().untilAsserted(
                            () -> assertEquals(output(words), Files.readString(output.toPath())));
            run("curl -X PUT");
            await().untilAsserted(
                            () ->
                                    assertEquals(
                                            output(words) + "21.9\n",
                                            Files.readString(output.toPath())));
        } finally {
            mirror.destroy();
        }
    }
}
