package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.sandbox.SandboxPachube;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The console as a person sees it in a browser, with the sandbox and a second target. */
@Tag("slow")
class ConsolePageIT {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String KEY = "Zw8KeyOfTheClient-Nobody_Sees";
    private static final String EVIL = "<img src=x onerror=\"window.hacked=1\">";
    private static final int TAB = 9;
    private static final int ENTER = 13;

    /** Where the pictures of the documents go; they are made only if it is set. */
    private static final String PICTURES = System.getProperty("console.pictures");

    @TempDir Path folder;

    private final int port = Ports.free();
    private final String url = "http://127.0.0.1:" + port + "/";
    private final int mqttPort = Ports.free();
    private final String mqttUrl = "tcp://127.0.0.1:" + mqttPort;
    private FaultyService sink;
    private TestBridge bridge;
    private MqttPeer peer;
    private Chromium browser;

    @BeforeEach
    void start() throws Exception {
        browser = new Chromium(folder.resolve("browser"));
        sink = new FaultyService().start();
        Path routes = RouteFolder.copy(folder.resolve("routes"));
        Files.writeString(
                routes.resolve("archive.camel.yaml"),
                """
                - route:
                    id: archive
                    description: Copies each value to an archive
                    routeConfigurationId: pachubeDelivery
                    from:
                      uri: paho
                      parameters: { topic: "pb/+/+/+", qos: 1 }
                      steps:
                        - to: delivery:archive
                - route:
                    id: archive-store
                    from:
                      uri: delivery:archive
                      steps:
                        - removeHeaders: { pattern: "*" }
                        - to:
                            uri: "%s/values"
                            parameters: { httpMethod: POST }
                """
                        .formatted(sink.url()));
        bridge =
                new TestBridge("embedded", "embedded")
                        .routes(routes)
                        .with("sandbox.mqtt.port", String.valueOf(mqttPort))
                        .with("management.enabled", "true")
                        .with("management.port", String.valueOf(port))
                        .start();
        peer = new MqttPeer(mqttUrl);
        browser.open(url, 1280, 900);
        browser.awaitText("#headline", "Everything works");
    }

    @AfterEach
    void stop() throws Exception {
        if (peer != null) {
            peer.close();
        }
        if (bridge != null) {
            bridge.close();
        }
        if (sink != null) {
            sink.close();
        }
        if (browser != null) {
            browser.close();
        }
    }

    private void publish(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            peer.publish(
                    "pb/demo-key/1/temperature",
                    String.valueOf(20 + Math.round(Math.sin(i / 3.0) * 30) / 10.0));
            peer.publish(
                    "pb/demo-key/1/humidity",
                    String.valueOf(55 + Math.round(Math.cos(i / 4.0) * 80) / 10.0));
            if (PICTURES != null) {
                Thread.sleep(400);
            }
        }
    }

    private void picture(String name) throws Exception {
        if (PICTURES != null) {
            Files.createDirectories(Path.of(PICTURES));
            Files.write(Path.of(PICTURES, name), browser.screenshot());
        }
    }

    @Test
    void showsValuesAnOutageAReportAndAReloadError() throws Exception {
        publish(PICTURES == null ? 5 : 60);
        browser.awaitText("#feeds", "temperature");
        await("a chart of the sandbox's feed")
                .atMost(LIMIT)
                .until(
                        () ->
                                browser.evaluate(
                                                        "document.querySelectorAll('#feeds canvas').length")
                                                .asInt()
                                        >= 2);
        await("charts of both targets")
                .atMost(LIMIT)
                .until(
                        () ->
                                browser.evaluate(
                                                        "document.querySelectorAll('#target-list canvas').length")
                                                .asInt()
                                        == 6);
        picture("up.png");

        sink.stop();
        publish(2);
        browser.awaitText("[data-name=archive]", "Out since");
        browser.awaitText("#problems", "delivery:archive does not answer");
        assertTrue(
                browser.text("#problems")
                        .matches("(?s).*Since \\d\\d:\\d\\d:\\d\\d: delivery:archive.*"),
                browser.text("#problems"));
        browser.awaitText("#headline", "Needs attention");
        assertTrue(browser.text("[data-name=pachube]").contains("Answers"));

        try (MqttPeer stranger = new MqttPeer(mqttUrl)) {
            stranger.publish("pb/" + KEY + "/1/temperature", EVIL);
        }
        peer.publish("pb/demo-key/1/cellar", "17");
        peer.publish("pb/demo-key/1/cellar", "17.5");
        browser.awaitText("#failed", "pb/***/1/temperature");
        browser.awaitText("#failed", "pb/***/1/cellar");
        browser.awaitText("#failed", "404");

        Files.writeString(folder.resolve("routes/broken.camel.yaml"), "- route:\n    from: [\n");
        browser.awaitText("#routes", "Reload failed at");
        browser.awaitText("#problems", "broken.camel.yaml");
        if (PICTURES != null) {
            publish(20);
        }
        picture("console.png");
        browser.prefer("dark");
        publish(1);
        browser.resize(1280, 2600);
        picture("dark.png");

        sink.start();
        browser.awaitText("[data-name=archive]", "Answers");
        assertNoSecret();
        assertEquals("null", browser.evaluate("window.hacked ?? 'null'").asText());
        assertEquals(List.of(), browser.faults());
    }

    private void assertNoSecret() throws Exception {
        String page = browser.evaluate("document.documentElement.outerHTML").asText();
        String data = Http.get(url + "console/data", "");
        for (String secret : List.of(KEY, TestBridge.SECRET)) {
            assertFalse(page.contains(secret), page);
            assertFalse(data.contains(secret), data);
        }
    }

    @Test
    void worksWithTheKeyboardAlone() throws Exception {
        browser.awaitText("#feeds", "temperature");
        browser.evaluate("document.activeElement.blur()");
        browser.press("Tab", TAB);
        assertEquals(
                "Skip to the state", browser.evaluate("document.activeElement.innerText").asText());
        for (int i = 0; !focused().equals("value"); i++) {
            assertTrue(i < 30, "the form is reached");
            browser.press("Tab", TAB);
        }
        browser.type("23.75");
        browser.press("Enter", ENTER);
        browser.awaitText("#published", "Published 23.75");
        browser.awaitText("#feeds", "23.75");
        assertEquals("value", focused());
        assertEquals("23.75", Http.stored(pachube(), SandboxPachube.DEMO_KEY, "temperature"));

        browser.evaluate("document.getElementById('datastream').value = 'no such/stream'");
        browser.press("Enter", ENTER);
        browser.awaitText("#published", "A datastream may hold");
        assertEquals(List.of(), browser.faults());
    }

    private String focused() throws Exception {
        return browser.evaluate("document.activeElement.id").asText();
    }

    private String pachube() {
        return bridge.context().resolvePropertyPlaceholders("{{pachube.base}}");
    }

    @Test
    void fitsAPhone() throws Exception {
        publish(PICTURES == null ? 3 : 20);
        peer.publish("pb/demo-key/1/" + "a".repeat(150), "1");
        peer.publish("pb/demo-key/1/temperature/trigger", "{\"mirror\":true}");
        browser.resize(390, 844);
        browser.awaitText("#failed", "aaa");
        browser.awaitText("#trigger-table", "mirror");
        assertEquals(390, browser.evaluate("document.documentElement.scrollWidth").asInt());
        browser.resize(390, 3600);
        publish(1);
        picture("phone.png");
        assertEquals(390, browser.evaluate("document.documentElement.scrollWidth").asInt());
    }
}
