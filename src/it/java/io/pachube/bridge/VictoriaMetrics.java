package io.pachube.bridge;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.awaitility.Awaitility;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real VictoriaMetrics, as a process of its own, on a free port, with its data in a folder. */
final class VictoriaMetrics implements AutoCloseable {

    private static final Path BINARY = Path.of("/usr/bin/victoria-metrics");
    private static final JsonMapper JSON = new JsonMapper();

    private final int port = Ports.free();
    private final Path folder;
    private Process process;

    VictoriaMetrics(Path folder) {
        // .ci/run fails where tests were skipped
        assumeTrue(Files.isExecutable(BINARY), "victoria-metrics is not installed");
        this.folder = folder;
    }

    VictoriaMetrics start() throws IOException {
        process =
                new ProcessBuilder(
                                BINARY.toString(),
                                "-storageDataPath=" + folder.resolve("data"),
                                "-httpListenAddr=127.0.0.1:" + port,
                                "-memory.allowedBytes=64MB")
                        .redirectErrorStream(true)
                        .redirectOutput(
                                ProcessBuilder.Redirect.appendTo(
                                        folder.resolve("victoria-metrics.log").toFile()))
                        .start();
        Awaitility.await("VictoriaMetrics answers")
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(() -> Http.get(url() + "/health", "").equals("OK"));
        return this;
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Returns the values of a series, in order of time. */
    List<String> values(String selector) throws Exception {
        Http.get(url() + "/internal/force_flush", "");
        String match = URLEncoder.encode(selector, StandardCharsets.UTF_8);
        List<String> values = new ArrayList<>();
        String lines = Http.get(url() + "/api/v1/export?match%5B%5D=" + match, "");
        for (String line : lines.lines().toList()) {
            JsonNode series = JSON.readTree(line);
            series.path("values").forEach(value -> values.add(value.asText()));
        }
        return values;
    }

    /** Ends it as an operator does. After a crash the data that was not yet on the disk is lost. */
    void stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    @Override
    public void close() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }
}
