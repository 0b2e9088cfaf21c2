package io.pachube.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** A sandbox on a free port, and a client that holds the master key. */
abstract class SandboxTestSupport {
    static final String TEMPERATURE = "/feeds/1/datastreams/temperature";
    static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    final TestClock clock = new TestClock();
    final TestPachube pachube = new TestPachube("127.0.0.1", 0, clock);

    @BeforeEach
    void startSandbox() {
        pachube.start();
    }

    @AfterEach
    void stopSandbox() {
        pachube.stop();
    }

    HttpResponse<String> send(String method, String path, String body, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(pachube.url() + path))
                        .timeout(Duration.ofSeconds(5))
                        .method(method, BodyPublishers.ofString(body));
        boolean keyed = path.contains("key=");
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
            keyed |= headers[i].endsWith("ApiKey");
        }
        if (!keyed) {
            request.header("X-PachubeApiKey", SandboxPachube.DEMO_KEY);
        }
        try {
            return CLIENT.send(request.build(), BodyHandlers.ofString());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    HttpResponse<String> get(String path, String... headers) {
        return send("GET", path, "", headers);
    }

    HttpResponse<String> put(String path, String body) {
        return send("PUT", path, body);
    }

    HttpResponse<String> post(String path, String body) {
        return send("POST", path, body);
    }

    JsonNode json(String path) {
        HttpResponse<String> answer = get(path);
        assertEquals(200, answer.statusCode(), answer.body());
        return parsed(answer.body());
    }

    static JsonNode parsed(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (java.io.IOException e) {
            throw new AssertionError(text, e);
        }
    }

    /** Returns the path of the created resource, as it follows {@link SandboxPachube#url}. */
    String created(HttpResponse<String> answer) {
        assertEquals(201, answer.statusCode(), answer.body());
        assertEquals("", answer.body());
        String location = answer.headers().firstValue("Location").orElseThrow();
        assertEquals(pachube.url(), location.substring(0, pachube.url().length()));
        return location.substring(pachube.url().length());
    }

    static void assertAccepted(HttpResponse<String> answer) {
        assertEquals(200, answer.statusCode(), answer.body());
        assertEquals("", answer.body());
        assertEquals(
                "text/plain; charset=utf-8",
                answer.headers().firstValue("Content-Type").orElseThrow());
    }

    static void assertRefused(int status, String title, String errors, HttpResponse<String> a) {
        assertEquals(status, a.statusCode(), a.body());
        assertEquals(title, parsed(a.body()).get("title").asText());
        assertEquals(errors, parsed(a.body()).get("errors").asText());
    }

    static void assertNotFound(HttpResponse<String> answer) {
        assertRefused(
                404,
                "Not found",
                "I'm sorry we are unable to find the resource you are looking for.",
                answer);
    }

    static void assertForbidden(HttpResponse<String> answer) {
        assertRefused(
                403,
                "Forbidden",
                "You do not have the necessary permissions to access this resource",
                answer);
    }
}
