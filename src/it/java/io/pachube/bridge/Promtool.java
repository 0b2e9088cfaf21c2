package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Prometheus's own checks, where they are installed. */
final class Promtool {

    private final Path file;

    private Promtool(Path file) {
        this.file = file;
    }

    static Optional<Promtool> find() {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(path -> Path.of(path, "promtool"))
                .filter(Files::isExecutable)
                .findFirst()
                .map(Promtool::new);
    }

    /** Returns its output; fails unless it succeeds. */
    String run(String input, String... arguments) throws IOException, InterruptedException {
        String[] command =
                Stream.concat(Stream.of(file.toString()), Stream.of(arguments))
                        .toArray(String[]::new);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.outputWriter(StandardCharsets.UTF_8).append(input).close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }
}
