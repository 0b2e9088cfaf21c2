package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** {@code --check} with all of routes/examples, and the settings that they cannot do without. */
class ExamplesCheckIT {

    @TempDir Path folder;

    private static List<Path> examples() throws Exception {
        try (Stream<Path> files = Files.list(Path.of("routes", "examples"))) {
            return files.sorted().toList();
        }
    }

    @Test
    void allAreRightTogether() throws Exception {
        Path routes = RouteFolder.copy(folder.resolve("routes"));
        for (Path example : examples()) {
            Files.copy(example, routes.resolve(example.getFileName()));
        }
        Standalone.Outcome outcome =
                new Standalone(folder)
                        .with("INFLUXDB2_ORG", "home")
                        .with("INFLUXDB2_BUCKET", "home")
                        .with("INFLUXDB2_TOKEN", "t")
                        .with("UBIDOTS_TOKEN", "t")
                        .with("EMONCMS_KEY", "k")
                        .with("WEBHOOK_TOKEN", "t")
                        .with("FEED_KEY", "k")
                        .with("FEED_ID", "1")
                        .run("--check");
        assertEquals(0, outcome.status(), outcome.log());
    }

    /** Each names its purpose, its settings, a way to try it, and the limits of the service. */
    @Test
    void eachHasAHeadComment() throws Exception {
        for (Path example : examples()) {
            String name = example.getFileName().toString();
            if (name.startsWith("devices") || name.startsWith("http-sink")) {
                continue; // README and docs/delivery.md have them
            }
            String text = Files.readString(example);
            for (String part : List.of("# Settings", "# Try it", "# Limits", "mosquitto_")) {
                assertTrue(text.contains(part), name + " has no " + part);
            }
        }
    }
}
