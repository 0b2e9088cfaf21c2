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

    /** Adds one of the examples. */
    static void add(String example, Path folder) throws IOException {
        Files.copy(Path.of("routes", "examples", example), folder.resolve(example));
    }

    /** Replaces a text that must be there. */
    public static void edit(Path file, String from, String to) throws IOException {
        String text = Files.readString(file);
        assertTrue(text.contains(from), file + " has no " + from);
        Files.writeString(file, text.replace(from, to));
    }
}
