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

/** A real InfluxDB 1.x, as a process of its own, on free ports, with its data in a folder. */
public final class InfluxDb implements AutoCloseable {

    private static final Path BINARY = Path.of("/usr/bin/influxd");
    private static final JsonMapper JSON = new JsonMapper();

    private final int port = Ports.free();
    private final Path folder;
    private Process process;

    public InfluxDb(Path folder) throws IOException {
        // .ci/run fails where tests were skipped
        assumeTrue(Files.isExecutable(BINARY), "influxdb is not installed");
        this.folder = folder;
        Files.writeString(
                folder.resolve("influxdb.conf"),
                """
                reporting-disabled = true
                bind-address = "127.0.0.1:%2$d"
                [meta]
                  dir = "%1$s/meta"
                [data]
                  dir = "%1$s/data"
                  wal-dir = "%1$s/wal"
                  query-log-enabled = false
                [monitor]
                  store-enabled = false
                [http]
                  bind-address = "127.0.0.1:%3$d"
                  log-enabled = false
                """
                        .formatted(folder, Ports.free(), port));
    }

    /** Starts it, and makes the database if it is missing. */
    public InfluxDb start(String database) throws IOException {
        process =
                new ProcessBuilder(
                                BINARY.toString(),
                                "-config",
                                folder.resolve("influxdb.conf").toString())
                        .redirectErrorStream(true)
                        .redirectOutput(
                                ProcessBuilder.Redirect.appendTo(
                                        folder.resolve("influxdb.log").toFile()))
                        .start();
        Awaitility.await("InfluxDB answers")
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(
                        () ->
                                Http.send(
                                                        "POST",
                                                        url()
                                                                + query(
                                                                        null,
                                                                        "CREATE DATABASE "
                                                                                + database),
                                                        null,
                                                        "")
                                                .statusCode()
                                        == 200);
        return this;
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    private static String query(String database, String query) {
        return "/query?epoch=ns&q="
                + URLEncoder.encode(query, StandardCharsets.UTF_8)
                + (database == null ? "" : "&db=" + database);
    }

    /** Returns the rows of a query, each with its cells as text. */
    public List<List<String>> rows(String database, String query) throws Exception {
        JsonNode answer = JSON.readTree(Http.get(url() + query(database, query), ""));
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode series : answer.path("results").path(0).path("series")) {
            for (JsonNode row : series.path("values")) {
                List<String> cells = new ArrayList<>();
                row.forEach(cell -> cells.add(cell.asText()));
                rows.add(cells);
            }
        }
        return rows;
    }

    /** Ends it as a crash does. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws InterruptedException {
        if (process != null) {
            kill();
        }
    }
}
