package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.apache.camel.console.DevConsole;
import org.apache.camel.console.DevConsoleRegistry;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** The console's data, as Camel's tools and the page read them, and its protections. */
class ConsoleIT {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String FORM =
            "{\"environment\":\"1\",\"datastream\":\"temperature\",\"value\":\"9\"}";

    @TempDir Path folder;

    private final int port = Ports.free();
    private final String url = "http://127.0.0.1:" + port + "/";
    private final HttpClient client = HttpClient.newHttpClient();

    private TestBridge embedded() {
        return new TestBridge("embedded", "embedded")
                .with("management.enabled", "true")
                .with("management.port", String.valueOf(port))
                .with("camel.management.devConsoleEnabled", "true")
                .with("camel.main.devConsoleEnabled", "true");
    }

    private HttpResponse<String> get(String path, String accept) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(url + path)).header("Accept", accept).build(),
                BodyHandlers.ofString());
    }

    private JsonNode data() throws Exception {
        return new JsonMapper().readTree(get("console/data", "application/json").body());
    }

    private int post(String body, String... headers) throws Exception {
        return client.send(
                        HttpRequest.newBuilder(URI.create(url + "console/publish"))
                                .POST(BodyPublishers.ofString(body))
                                .headers(headers)
                                .build(),
                        BodyHandlers.ofString())
                .statusCode();
    }

    @Test
    void camelsToolsHaveTheSameStateAsThePage() throws Exception {
        try (TestBridge bridge = embedded().start()) {
            await("all clients are connected")
                    .atMost(LIMIT)
                    .until(() -> data().path("state").asText().equals("up"));
            assertEquals(
                    "pachube",
                    data().path("targets").findValuesAsText("name").stream()
                            .filter("pachube"::equals)
                            .findFirst()
                            .orElse(""));
            String json = get("q/dev/pachube", "application/json").body();
            assertEquals(
                    "up",
                    new JsonMapper().readTree(json).path("pachube").path("state").asText(),
                    json);
            String text = get("q/dev/pachube", "text/plain").body();
            assertTrue(text.contains("State: up") && text.contains("pachubeStore Started"), text);
            assertTrue(text.matches("(?s).*built in:?[^\\n]* pachubeHistoryPoll Started.*"), text);
            DevConsoleRegistry consoles = DevConsoleRegistry.get(bridge.context());
            assertNotNull(consoles.resolveById("pachube").call(DevConsole.MediaType.TEXT));
        }
    }

    @Test
    void thePageHasAPolicyAndItsFiles() throws Exception {
        try (TestBridge bridge = embedded().start()) {
            for (String path :
                    List.of(
                            "",
                            "console/console.js",
                            "console/console.css",
                            "console/uplot.js",
                            "console/uplot.css")) {
                HttpResponse<String> answer = get(path, "*/*");
                assertEquals(200, answer.statusCode(), path);
                assertTrue(answer.body().length() > 1000, path);
                String policy =
                        answer.headers().firstValue("Content-Security-Policy").orElseThrow();
                assertTrue(policy.contains("script-src 'self';"), policy);
                assertFalse(policy.contains("unsafe"), policy);
                assertEquals(
                        "nosniff",
                        answer.headers().firstValue("X-Content-Type-Options").orElse(""));
            }
            assertFalse(
                    get("", "*/*")
                            .body()
                            .matches(
                                    "(?s).*(<script>|<style|style=| on[a-z]+=|http://|https://).*"));
        }
    }

    @Test
    void pagesOfOtherSitesCannotPublish() throws Exception {
        try (TestBridge bridge = embedded().start()) {
            String json = "application/json";
            await().atMost(LIMIT).until(() -> data().path("state").asText().equals("up"));
            assertEquals(403, post(FORM, "Content-Type", "text/plain"));
            assertEquals(403, post(FORM, "Content-Type", json));
            assertEquals(
                    403, post(FORM, "Content-Type", "text/plain", "X-Pachube-Console", "form"));
            assertEquals(
                    403,
                    post(
                            FORM,
                            "Content-Type",
                            json,
                            "X-Pachube-Console",
                            "form",
                            "Origin",
                            "http://evil.example.org"));
            assertEquals(400, post("no JSON", "Content-Type", json, "X-Pachube-Console", "form"));
            for (String wrong : List.of("1/trigger", "../x", "a/b", "+", "#", "")) {
                String body = FORM.replace("temperature", wrong);
                int expected = wrong.equals("+") ? 200 : 400; // '+' is a character of an id
                assertEquals(
                        expected,
                        post(body, "Content-Type", json, "X-Pachube-Console", "form"),
                        wrong);
            }
            assertEquals(
                    400,
                    post(
                            FORM.replace("\"1\"", "\"1/2\""),
                            "Content-Type",
                            json,
                            "X-Pachube-Console",
                            "form"));
            assertEquals(
                    413,
                    post("x".repeat(100_000), "Content-Type", json, "X-Pachube-Console", "form"));
            assertEquals(200, post(FORM, "Content-Type", json, "X-Pachube-Console", "form"));
            await("the value is stored")
                    .atMost(LIMIT)
                    .until(() -> data().path("feeds").toString().contains("\"value\":\"9\""));
        }
    }

    @Test
    void isOffBySetting() throws Exception {
        try (TestBridge bridge = embedded().with("management.console", "false").start()) {
            for (String path : List.of("", "console/data", "console/console.js")) {
                assertEquals(404, get(path, "*/*").statusCode(), path);
            }
            assertEquals(
                    404,
                    post(FORM, "Content-Type", "application/json", "X-Pachube-Console", "form"));
            await().atMost(LIMIT).until(() -> get("observe/health", "*/*").statusCode() == 200);
            assertNull(DevConsoleRegistry.get(bridge.context()).getConsole("pachube").orElse(null));
        }
    }

    @Test
    void hasNoFormWithoutTheSandbox() throws Exception {
        try (Mosquitto mosquitto = new Mosquitto(folder).start();
                TestBridge bridge = embedded().with("mqtt.url", mosquitto.url()).start()) {
            await().atMost(LIMIT).until(() -> data().path("state").asText().equals("up"));
            assertFalse(data().has("feeds"));
            assertEquals(
                    404,
                    post(FORM, "Content-Type", "application/json", "X-Pachube-Console", "form"));
            mosquitto.stop();
            await("the broker is out")
                    .atMost(LIMIT)
                    .until(() -> data().path("state").asText().equals("down"));
            assertTrue(data().path("problems").toString().contains("since"), data()::toString);
        }
    }

    @Test
    void aHostsContextHasItUntilTheBridgeIsClosed() throws Exception {
        try (TestBridge other = new TestBridge("embedded", "embedded").start();
                DefaultCamelContext context = new DefaultCamelContext()) {
            Properties settings = new Properties();
            settings.putAll(other.settings());
            settings.put("mqtt.url", other.client("pachubeDatapoint").getCurrentServerURI());
            settings.put("mqtt.client-id", "other");
            settings.put("pachube.url", "http://127.0.0.1:" + Ports.free() + "/v2");
            settings.put("callback.port", String.valueOf(Ports.free()));
            settings.put("routes.directory", "");
            context.getPropertiesComponent().setOverrideProperties(settings);
            PachubeBridge bridge = new PachubeBridge();
            context.addRoutes(bridge);
            context.start();
            DevConsole console = DevConsoleRegistry.get(context).resolveById("pachube");
            assertTrue(console.call(DevConsole.MediaType.JSON, Map.of()) instanceof Map<?, ?>);
            bridge.close();
            assertNull(DevConsoleRegistry.get(context).resolveById("pachube"));
        }
    }
}
