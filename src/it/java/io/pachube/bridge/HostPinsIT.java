package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The bridge with the versions of its dependencies that the BOMs of its hosts pin. */
@Tag("slow")
class HostPinsIT {

    private static final String KEY = "demo-key";

    @TempDir Path folder;

    /** This class path, with these jars in the place of others of their projects. */
    private static String classPath(Path pins) throws Exception {
        List<Path> pinned;
        try (Stream<Path> jars = Files.list(pins)) {
            pinned = jars.toList();
        }
        List<String> all =
                new ArrayList<>(
                        Arrays.stream(
                                        System.getProperty("java.class.path")
                                                .split(File.pathSeparator))
                                .filter(jar -> !isReplaced(Path.of(jar), pinned))
                                .toList());
        pinned.forEach(jar -> all.add(jar.toString()));
        return String.join(File.pathSeparator, all);
    }

    private static String project(Path jar) {
        return artifact(jar).split("-")[0];
    }

    private static String artifact(Path jar) {
        return jar.getFileName().toString().replaceFirst("-\\d.*", "");
    }

    private static boolean isReplaced(Path jar, List<Path> pinned) {
        boolean isJetty = jar.toString().contains("/org/eclipse/jetty/");
        return pinned.stream()
                .anyMatch(
                        other ->
                                artifact(other).equals(artifact(jar))
                                        || isJetty && project(other).equals("jetty"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"spring-boot", "quarkus"})
    void fault20_itWorksWithThePinsOf(String host) throws Exception {
        try (Standalone bridge =
                new Standalone(folder)
                        .classPath(classPath(Path.of("target", "pins", host).toAbsolutePath()))
                        .with("MQTT_URL", "embedded")
                        .with("PACHUBE_URL", "embedded")) {
            String callback = "http://127.0.0.1:" + bridge.get("CALLBACK_PORT") + "/callback";
            bridge.with("CALLBACK_URL", callback).start().awaitLine("Try it");
            String broker = "tcp://127.0.0.1:" + bridge.get("SANDBOX_MQTT_PORT");
            String pachube = "http://127.0.0.1:" + bridge.get("SANDBOX_PACHUBE_PORT") + "/v2";
            String temperature = "pb/" + KEY + "/1/temperature";
            try (MqttPeer peer =
                    new MqttPeer(broker)
                            .listen("pb/" + KEY + "/hot", temperature + "/trigger/status")) {
                peer.publish(temperature, "21.5");
                await("stored")
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> Http.stored(pachube, KEY, "temperature").equals("21.5"));
                peer.publish(
                        temperature + "/trigger",
                        "{\"topic\":\"hot\",\"trigger_type\":\"gt\",\"threshold_value\":\"30\"}");
                await("created")
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> !peer.payloads(temperature + "/trigger/status").isEmpty());
                peer.publish(temperature, "31.2");
                await("notified")
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> peer.payloads("pb/" + KEY + "/hot").equals(List.of("31.2")));
            }
            assertEquals(404, Http.postForm(callback + "/forged", "{}").statusCode());
            assertFalse(bridge.log().contains("NoSuchMethod"), bridge.log());
        }
    }
}
