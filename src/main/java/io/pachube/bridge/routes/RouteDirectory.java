package io.pachube.bridge.routes;

import io.pachube.bridge.log.ExceptionMessages;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Reads the route files of a folder, or those in the jar. */
public final class RouteDirectory {

    private static final String SUFFIX = ".camel.yaml";

    private static final List<String> BUNDLED_ROUTES =
            List.of("datapoint", "notification", "trigger");

    /** A file with one of them makes requests to Pachube, or has the bridge make them. */
    private static final List<String> PACHUBE =
            List.of("{{pachube.base}}", "delivery:triggers", "delivery:history");

    /** Of two files with one route id, the user's is to be named as the wrong one. */
    private static final Comparator<String> BUNDLED_FIRST =
            Comparator.comparing((String file) -> !isBundled(file))
                    .thenComparing(Comparator.naturalOrder());

    private final String folder;

    /**
     * @param folder {@code routes.directory}; empty for the files in the jar
     */
    public RouteDirectory(String folder) {
        this.folder = folder;
    }

    /**
     * Holds the files at one moment, by name.
     *
     * @param texts of the files that can be read; the bridge's own come first
     * @param unreadable why the others cannot be read
     */
    public record Contents(SortedMap<String, String> texts, SortedMap<String, String> unreadable) {

        Contents() {
            this(new TreeMap<>(BUNDLED_FIRST), new TreeMap<>());
        }

        /** Returns a line for each file that cannot be read. */
        List<String> problems() {
            return unreadable.entrySet().stream()
                    .map(file -> file.getKey() + " cannot be read: " + file.getValue())
                    .toList();
        }
    }

    /** Returns true if the files are those in the jar. */
    public boolean isBundled() {
        return folder.isEmpty();
    }

    /**
     * Reads the files as they are now. Folders and hidden files, such as editors make, are left
     * out.
     *
     * @throws IllegalArgumentException if there is no such folder, or no route file in it
     */
    Contents read() {
        Contents contents = new Contents();
        if (isBundled()) {
            BUNDLED_ROUTES.forEach(
                    id -> contents.texts.put("routes/" + id + SUFFIX, readBundled(id)));
            return contents;
        }
        try {
            for (Path file : list()) {
                try {
                    contents.texts.put(file.toString(), Files.readString(file));
                } catch (IOException e) {
                    contents.unreadable.put(file.toString(), ExceptionMessages.ofFile(e));
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "routes.directory is '"
                            + folder
                            + "', but that is no folder that can be read: "
                            + ExceptionMessages.ofFile(e),
                    e);
        }
        if (contents.texts.isEmpty() && contents.unreadable.isEmpty()) {
            throw new IllegalArgumentException(
                    "routes.directory is '" + folder + "', but there is no file *" + SUFFIX);
        }
        return contents;
    }

    /**
     * Returns true if a file has this text, or if the folder cannot be read: the load of the files
     * says so. The files in the jar have all.
     */
    public boolean mentions(String text) {
        return anyMatch(file -> file.contains(text));
    }

    /** Returns true if a file uses Pachube; as {@link #mentions}. */
    public boolean usesPachube() {
        return anyMatch(RouteDirectory::usesPachube);
    }

    static boolean usesPachube(String text) {
        return PACHUBE.stream().anyMatch(text::contains);
    }

    private boolean anyMatch(Predicate<String> texts) {
        if (isBundled()) {
            return true;
        }
        try {
            for (Path file : list()) {
                if (texts.test(Files.readString(file))) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private List<Path> list() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(folder))) {
            return files.filter(RouteDirectory::isRouteFile).toList();
        }
    }

    private static boolean isRouteFile(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(SUFFIX) && !name.startsWith(".") && !Files.isDirectory(file);
    }

    private static String readBundled(String id) {
        try (InputStream in = RouteDirectory.class.getResourceAsStream(id + SUFFIX)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isBundled(String file) {
        return BUNDLED_ROUTES.contains(Path.of(file).getFileName().toString().replace(SUFFIX, ""));
    }
}
