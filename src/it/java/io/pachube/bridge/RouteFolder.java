package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The project's route files in a folder of their own, to be edited. */
public final class RouteFolder {

    private RouteFolder() {}

    /** Copies them there; the folder is made if it is missing. */
    public static Path copy(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (Stream<Path> files = Files.list(Path.of("routes"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        return folder;
    }

    /** Makes it the folder of a bridge that distributes. */
    public static void makeSharder(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        add("shard.camel.yaml", folder);
    }

    /** Makes it the folder of a bridge that has one shard, as partition.camel.yaml says. */
    public static void makePartition(Path folder) throws IOException {
        Path values = folder.resolve("datapoint.camel.yaml");
        String text = Files.readString(values);
        Files.writeString(values, text.substring(text.indexOf("- route:\n    id: pachubeStore")));
        Files.delete(folder.resolve("trigger.camel.yaml"));
        add("partition.camel.yaml", folder);
    }

    /** Adds one of the examples. */
    public static void add(String example, Path folder) throws IOException {
        Files.copy(Path.of("routes", "examples", example), folder.resolve(example));
    }

    /** Replaces a text that must be there. */
    public static void edit(Path file, String from, String to) throws IOException {
        String text = Files.readString(file);
        assertTrue(text.contains(from), file + " has no " + from);
        Files.writeString(file, text.replace(from, to));
    }
}
