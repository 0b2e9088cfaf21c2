package io.pachube.bridge;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A real Chromium with one page, driven by the DevTools protocol. */
final class Chromium implements AutoCloseable {

    private static final Path PROGRAM = Path.of("/usr/bin/chromium");
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final JsonMapper JSON = new JsonMapper();

    private final Process process;
    private final WebSocket socket;
    private final AtomicInteger ids = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final List<String> faults = new CopyOnWriteArrayList<>();
    private String session;

    /**
     * @param folder of its profile
     */
    Chromium(Path folder) throws Exception {
        Assumptions.assumeTrue(Files.exists(PROGRAM), "chromium is not installed");
        process =
                new ProcessBuilder(
                                PROGRAM.toString(),
                                "--headless=new",
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-dev-shm-usage",
                                "--disable-background-networking",
                                "--no-first-run",
                                "--hide-scrollbars",
                                "--remote-debugging-port=0",
                                "--user-data-dir=" + folder.toAbsolutePath(),
                                "about:blank")
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        Path port = folder.resolve("DevToolsActivePort");
        await("the browser starts")
                .atMost(LIMIT)
                .until(() -> Files.exists(port) && Files.readAllLines(port).size() == 2);
        List<String> lines = Files.readAllLines(port);
        socket =
                HttpClient.newHttpClient()
                        .newWebSocketBuilder()
                        .buildAsync(
                                URI.create("ws://127.0.0.1:" + lines.get(0) + lines.get(1)),
                                new Answers())
                        .get(30, TimeUnit.SECONDS);
        String target =
                call("Target.createTarget", Map.of("url", "about:blank")).path("targetId").asText();
        session =
                call("Target.attachToTarget", Map.of("targetId", target, "flatten", true))
                        .path("sessionId")
                        .asText();
        call("Page.enable", Map.of());
        call("Runtime.enable", Map.of());
        call("Log.enable", Map.of());
    }

    private final class Answers implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean isLast) {
            text.append(part);
            if (isLast) {
                accept(text.toString());
                text.setLength(0);
            }
            from.request(1);
            return null;
        }
    }

    private void accept(String text) {
        try {
            JsonNode message = JSON.readTree(text);
            String method = message.path("method").asText();
            JsonNode entry = message.path("params").path("entry");
            if (message.has("id")) {
                answers.remove(message.path("id").asInt()).complete(message);
            } else if (method.equals("Runtime.exceptionThrown")) {
                faults.add(message.path("params").toString());
            } else if (method.equals("Log.entryAdded")
                    && entry.path("source").asText().equals("security")) {
                faults.add(entry.toString());
            }
        } catch (IOException e) {
            faults.add(text);
        }
    }

    private JsonNode call(String method, Map<String, ?> parameters) throws Exception {
        int id = ids.incrementAndGet();
        ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
        message.set("params", JSON.valueToTree(parameters));
        if (session != null) {
            message.put("sessionId", session);
        }
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        answers.put(id, answer);
        socket.sendText(message.toString(), true).get(30, TimeUnit.SECONDS);
        JsonNode answered = answer.get(30, TimeUnit.SECONDS);
        if (answered.has("error")) {
            throw new IllegalStateException(method + ": " + answered.path("error"));
        }
        return answered.path("result");
    }

    /** Opens an address in a window of this size. */
    void open(String url, int width, int height) throws Exception {
        resize(width, height);
        call("Page.navigate", Map.of("url", url));
    }

    void resize(int width, int height) throws Exception {
        call(
                "Emulation.setDeviceMetricsOverride",
                Map.of(
                        "width",
                        width,
                        "height",
                        height,
                        "deviceScaleFactor",
                        1,
                        "mobile",
                        width < 600));
    }

    /**
     * @param scheme light or dark
     */
    void prefer(String scheme) throws Exception {
        call(
                "Emulation.setEmulatedMedia",
                Map.of(
                        "features",
                        List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    /** Returns the value of a JavaScript expression in the page. */
    JsonNode evaluate(String expression) throws Exception {
        JsonNode result =
                call(
                        "Runtime.evaluate",
                        Map.of(
                                "expression",
                                expression,
                                "returnByValue",
                                true,
                                "awaitPromise",
                                true));
        if (result.has("exceptionDetails")) {
            throw new IllegalStateException(expression + ": " + result.path("exceptionDetails"));
        }
        return result.path("result").path("value");
    }

    /**
     * Returns what a person reads in the first element of a CSS selector; empty if none is shown.
     */
    String text(String selector) throws Exception {
        return evaluate("((e) => e ? e.innerText : '')(document.querySelector('" + selector + "'))")
                .asText();
    }

    void awaitText(String selector, String part) {
        await(part + " in " + selector).atMost(LIMIT).until(() -> text(selector).contains(part));
    }

    /** Presses a key, such as Tab or Enter. */
    void press(String key, int code) throws Exception {
        String text = key.equals("Enter") ? "\r" : "";
        for (String type : List.of("keyDown", "keyUp")) {
            call(
                    "Input.dispatchKeyEvent",
                    Map.of(
                            "type",
                            type,
                            "key",
                            key,
                            "code",
                            key,
                            "windowsVirtualKeyCode",
                            code,
                            "text",
                            type.equals("keyDown") ? text : ""));
        }
    }

    /** Types into the element that has the focus. */
    void type(String text) throws Exception {
        call("Input.insertText", Map.of("text", text));
    }

    /** Returns the window's content as a PNG. */
    byte[] screenshot() throws Exception {
        return Base64.getDecoder()
                .decode(call("Page.captureScreenshot", Map.of()).path("data").asText());
    }

    /** Returns the exceptions of scripts, and what the page's policy has blocked. */
    List<String> faults() {
        return faults;
    }

    @Override
    public void close() throws Exception {
        socket.abort();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
    }
}
