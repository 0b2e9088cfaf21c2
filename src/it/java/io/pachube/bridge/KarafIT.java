package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.sandbox.SandboxPachube;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/** The bundle in a real Karaf, with a real broker and a Pachube outside. */
class KarafIT {

    private static final String KEY = SandboxPachube.DEMO_KEY;
    private static final String CONNECTED = "$SYS/broker/clients/connected";
    private static final String CFG = "etc/io.pachube.bridge.cfg";
    private static final Pattern OURS =
            Pattern.compile("(pachube|Camel \\(|MQTT |qtp|org\\.apache\\.camel:).*");

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path folder;

    private static Mosquitto mosquitto;
    private static SandboxPachube pachube;
    private static Karaf karaf;
    private static MqttPeer peer;
    private static final int CALLBACKS = Ports.free();

    @BeforeAll
    static void start() throws Exception {
        Awaitility.setDefaultTimeout(Duration.ofSeconds(60));
        mosquitto =
                new Mosquitto(Files.createDirectory(folder.resolve("broker")), "sys_interval 1")
                        .start();
        pachube = new SandboxPachube("127.0.0.1", 0);
        pachube.start();
        peer = new MqttPeer(mosquitto.url()).listen(CONNECTED);
        karaf = new Karaf(folder).start();
    }

    @AfterAll
    static void stop() throws Exception {
        Awaitility.reset();
        if (karaf != null) {
            karaf.close();
        }
        if (peer != null) {
            peer.close();
        }
        if (pachube != null) {
            pachube.close();
        }
        mosquitto.close();
    }

    @Test
    void isInstalledConfiguredEditedAndRemovedWithoutATrace() throws Exception {
        List<String> readme = Documents.block("karaf", "feature:install").text().lines().toList();
        assertEquals("feature:repo-add " + Karaf.FEATURES, readme.get(0));
        karaf.run(readme.get(0), readme.get(1));
        awaitLog("The bridge cannot start: pachube.url is not set;");
        assertNothingIsLeft("the failed start", "pachube-bridge");
        karaf.set(CFG, "callback.host", "127.0.0.1");
        karaf.set(CFG, "callback.port", String.valueOf(CALLBACKS));
        karaf.set(CFG, "callback.url", "http://127.0.0.1:" + CALLBACKS + "/callback");
        karaf.set(CFG, "mqtt.url", mosquitto.url());
        // Karaf rewrites the file, which must not undo the change
        await("read").until(() -> karaf.run("config:list").contains(mosquitto.url()));
        karaf.run(readme.get(2).replace("https://api.example.org/v2", pachube.url()));
        awaitBridge("pb");
        exchange();
        assertTrue(
                karaf.alive().stream()
                        .anyMatch(
                                n -> n.startsWith("org.apache.camel:context=pachube-mqtt-bridge")));
        assertTrue(karaf.log().contains("(pachube-mqtt-bridge) started in"));

        karaf.set(CFG, "mqtt.topic-prefix", "house/pb");
        awaitBridge("house/pb");
        assertStored("22.5", "22.5");

        karaf.edit(
                "etc/pachube-bridge/routes/datapoint.camel.yaml",
                "# change values here",
                "- setBody: { simple: \"\\${body}1\" }");
        awaitLog("datapoint.camel.yaml has changed");
        assertStored("23.5", "23.51");

        karaf.run("bundle:stop io.pachube.bridge");
        assertNothingIsLeft("bundle:stop");
        karaf.run("bundle:start io.pachube.bridge");
        assertStored("24.5", "24.51");

        karaf.run("feature:uninstall pachube-mqtt-bridge");
        assertNothingIsLeft("feature:uninstall");
        karaf.run("feature:install pachube-mqtt-bridge");
        assertStored("25.5", "25.51");

        karaf.set(CFG, "mqtt.url", "embedded");
        awaitLog("The bridge goes on as it was: mqtt.url is 'embedded', but the sandbox is not");
        assertStored("26.5", "26.51");
        karaf.set(CFG, "mqtt.url", mosquitto.url());
        karaf.set(CFG, "delivery.max-concurrent-requests", "many");
        awaitLog("The bridge goes on as it was: delivery.max-concurrent-requests is 'many'");
        assertStored("27.5", "27.51");
        assertTrue(karaf.isRunning());
        assertFalse(karaf.log().contains(KEY));
    }

    /** Publish and stored; trigger, status and notification; a wrong key and a report. */
    private static void exchange() throws Exception {
        String temperature = "pb/" + KEY + "/1/temperature";
        peer.listen(
                temperature + "/trigger/status",
                "pb/" + KEY + "/hot",
                "pb/wrong-key/1/temperature/error");
        peer.publish(temperature, "21.5");
        await("stored").until(() -> stored().equals("21.5"));
        peer.publish(
                temperature + "/trigger",
                "{\"topic\":\"hot\",\"trigger_type\":\"gt\",\"threshold_value\":\"30\"}");
        assertEquals("created", read(temperature + "/trigger/status").path("state").asText());
        peer.publish(temperature, "31.2");
        assertEquals("31.2", peer.await("pb/" + KEY + "/hot"));
        peer.publish("pb/wrong-key/1/temperature", "21.5");
        assertEquals(401, read("pb/wrong-key/1/temperature/error").path("status").asInt());
    }

    private static JsonNode read(String topic) throws IOException {
        return new JsonMapper().readTree(peer.await(topic));
    }

    private static String stored() throws Exception {
        return Http.stored(pachube.url(), KEY, "temperature");
    }

    /** Also where the bridge is about to start: its session keeps the value. */
    private static void assertStored(String published, String expected) throws Exception {
        peer.publish("house/pb/" + KEY + "/1/temperature", published);
        await(expected + " is stored").until(() -> stored().equals(expected));
    }

    private static void awaitBridge(String prefix) throws Exception {
        MqttPeer.awaitBridge(mosquitto.url(), prefix + "/ready/1/x", prefix + "/ready/1/x/trigger");
    }

    private static void awaitLog(String line) {
        await(line).until(() -> karaf.log().contains(line));
    }

    /**
     * @param idle threads that only wait for the next configuration
     */
    private static void assertNothingIsLeft(String when, String... idle) {
        await("nothing is left after " + when)
                .untilAsserted(
                        () -> {
                            assertEquals(
                                    List.of(idle),
                                    karaf.alive().stream()
                                            .filter(OURS.asMatchPredicate())
                                            .toList());
                            List<String> connected = peer.payloads(CONNECTED);
                            assertEquals("1", connected.get(connected.size() - 1));
                        });
        assertFalse(listens(CALLBACKS), "the callback port is open after " + when);
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
