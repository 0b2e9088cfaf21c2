package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The README's shell blocks, pasted as blocks. */
class ReadmeBlocksTest {

    private static final Pattern BLOCK =
            Pattern.compile("^```\\w*\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);

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

    /** The block with these words, for this bridge's ports, and the one that follows it. */
    private List<String> blocks(String words) throws Exception {
        List<String> all =
                BLOCK.matcher(Files.readString(Path.of("README.md")))
                        .results()
                        .map((MatchResult block) -> block.group(1))
                        .toList();
        int at = 0;
        while (!all.get(at).contains(words)) {
            at++;
        }
        return List.of(
                all.get(at)
                        .replaceAll("mosquitto_(pub|sub)", "mosquitto_$1 -p " + mqtt)
                        .replace("127.0.0.1:8090", "127.0.0.1:" + api),
                all.get(at + 1));
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
        List<String> blocks = blocks(words);
        File output = folder.resolve("output").toFile();
        assertTrue(bash(blocks.get(0), output).waitFor(60, TimeUnit.SECONDS));
        String printed = Files.readString(output.toPath());
        assertEquals(withoutTimes(blocks.get(1)), withoutTimes(printed));
    }

    @Test
    void theTriggerFires() throws Exception {
        File output = folder.resolve("output").toFile();
        Process listening = bash("exec " + blocks("demo-key/hot -t").get(0), output);
        try {
            String trigger = "pb/demo-key/1/temperature/trigger";
            assertTrue(
                    bash(blocks("temperature/trigger -m '{\"topic\"").get(0), new File("/dev/null"))
                            .waitFor(60, TimeUnit.SECONDS));
            String expected = blocks("temperature/trigger -m '{\"topic\"").get(1);
            assertTrue(expected.startsWith(trigger + "/status "), expected);
            await().untilAsserted(() -> assertEquals(expected, Files.readString(output.toPath())));
        } finally {
            listening.destroy();
        }
    }
}
