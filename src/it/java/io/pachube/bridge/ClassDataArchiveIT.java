package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The class data archive that the build makes, with the options of the README's command. */
class ClassDataArchiveIT {

    private static final Path TARGET = Path.of("target").toAbsolutePath();

    @TempDir Path folder;

    private String run(Path archive, String option, String argument) throws Exception {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString()));
        command.add("-XX:SharedArchiveFile=" + archive);
        command.add("-Xlog:cds=off");
        command.add(option);
        command.addAll(List.of("-jar", TARGET + "/pachube-mqtt-bridge.jar", argument));
        Path out = folder.resolve("out.txt");
        Process process = JavaProcess.start(folder, out.toFile(), Map.of(), command);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        String printed = Files.readString(out);
        assertEquals(0, process.exitValue(), printed);
        return printed;
    }

    @Test
    void itHoldsTheClassesOfTheBridgeAndOfItsRoutes() throws Exception {
        RouteFolder.copy(folder.resolve("routes"));
        Path loaded = folder.resolve("loaded.txt");
        run(
                TARGET.resolve("pachube-mqtt-bridge.jsa"),
                "-Xlog:class+load:file=" + loaded,
                "--check");
        String classes = Files.readString(loaded);
        for (String used :
                List.of(
                        PachubeBridge.class.getName(),
                        "io.pachube.bridge.delivery.DeliveryComponent",
                        "org.apache.camel.reifier.RouteReifier",
                        "org.apache.camel.dsl.yaml.YamlRoutesBuilderLoader")) {
            assertTrue(classes.contains(used + " source: shared objects file (top)"), used);
        }
    }

    @Test
    void oneThatIsMissingOrOfAnotherJdkIsIgnoredSilently() throws Exception {
        Path other = Files.writeString(folder.resolve("other.jsa"), "of another JDK");
        for (Path archive : List.of(other, folder.resolve("missing.jsa"))) {
            String printed = run(archive, "-Xshare:auto", "--version");
            assertTrue(printed.matches("pachube-mqtt-bridge [0-9].*\\R"), printed);
        }
    }
}
