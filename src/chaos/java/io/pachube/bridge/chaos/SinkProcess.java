package io.pachube.bridge.chaos;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.JavaProcess;
import io.pachube.bridge.Ports;

import org.awaitility.Awaitility;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The {@link Sink}, seen from the runner. */
final class SinkProcess implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final int port = Ports.free();
    private final int control = Ports.free();
    private final Process process;

    SinkProcess(Path folder) throws IOException {
        process =
                JavaProcess.start(
                        folder,
                        folder.resolve("sink.log").toFile(),
                        Map.of(),
                        Sink.class,
                        port,
                        control);
        Awaitility.await("the sink listens")
                .atMost(Duration.ofMinutes(1))
                .ignoreExceptions()
                .until(() -> count(0) == 0);
    }

    /** The API's base address. */
    String url() {
        return "http://127.0.0.1:" + port + "/v2";
    }

    void behave(Behaviour behaviour) throws IOException, InterruptedException {
        call("PUT", "/behaviour", JSON.writeValueAsString(behaviour));
    }

    List<StoredStream.Figures> figures(int feed) throws IOException, InterruptedException {
        return JSON.readValue(call("GET", "/figures?" + feed, ""), new TypeReference<>() {});
    }

    /** How many different values the feed has. */
    int count(int feed) throws IOException, InterruptedException {
        return Integer.parseInt(call("GET", "/count?" + feed, ""));
    }

    /** How many rows one request had at most. */
    int largest() throws IOException, InterruptedException {
        return Integer.parseInt(call("GET", "/largest", ""));
    }

    private String call(String method, String path, String body)
            throws IOException, InterruptedException {
        return http.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + control + path))
                                .method(method, BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofString())
                .body();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
