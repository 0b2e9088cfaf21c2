package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;

import io.pachube.sandbox.SandboxBroker;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Settings and route files are changed without a build. */
class EditedRoutesIT {

    private record Request(String method, String path, Headers headers, String body) {}

    @TempDir Path routes;

    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final SandboxBroker broker = new SandboxBroker("127.0.0.1", 0, "home/pb", Map.of());
    private HttpServer pachube;

    @BeforeEach
    void start() throws Exception {
        broker.start();
        pachube = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        pachube.createContext(
                "/",
                exchange -> {
                    String body =
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8);
                    requests.add(
                            new Request(
                                    exchange.getRequestMethod(),
                                    exchange.getRequestURI().getRawPath(),
                                    exchange.getRequestHeaders(),
                                    body));
                    exchange.sendResponseHeaders(200, -1);
                    exchange.close();
                });
        pachube.start();
        RouteFolder.copy(routes);
    }

    @AfterEach
    void stop() {
        pachube.stop(0);
        broker.close();
    }

    private TestBridge bridge() {
        String url = "http://127.0.0.1:" + pachube.getAddress().getPort() + "/api/v2";
        return new TestBridge(broker.url(), url)
                .with("mqtt.username", broker.userName())
                .with("mqtt.password", broker.password())
                .with("mqtt.topic-prefix", "home/pb")
                .routes(routes);
    }

    private void edit(String file, String from, String to) throws Exception {
        RouteFolder.edit(routes.resolve(file), from, to);
    }

    @Test
    void prefixKeyHeaderAndAddressAreSettings() throws Exception {
        try (TestBridge bridge = bridge().with("pachube.api-key-header", "X-ApiKey").start();
                MqttPeer peer = new MqttPeer(broker.url())) {
            MqttPeer.awaitBridge(broker.url(), "home/pb/ready/0/x");
            peer.publish("home/pb/some-key/7/t", "1");
            await().until(() -> requests.size() == 1);
            Request request = requests.get(0);
            assertEquals("PUT", request.method());
            assertEquals("/api/v2/feeds/7/datastreams/t.csv", request.path());
            assertEquals("some-key", request.headers().getFirst("X-ApiKey"));
            assertEquals(null, request.headers().getFirst("X-PachubeApiKey"));
            assertEquals("1", request.body());
        }
    }

    @Test
    void onlyTheHeadersThatAreMeantGoOut() throws Exception {
        try (TestBridge bridge = bridge().start();
                MqttPeer peer = new MqttPeer(broker.url())) {
            MqttPeer.awaitBridge(broker.url(), "home/pb/ready/0/x");
            peer.publish("home/pb/some-key/7/t", "1");
            await().until(() -> requests.size() == 1);
            assertEquals(
                    List.of(
                            "Accept-encoding",
                            "Connection",
                            "Content-length",
                            "Content-type",
                            "Host",
                            "User-agent",
                            "X-pachubeapikey"),
                    requests.get(0).headers().keySet().stream().sorted().toList());
        }
    }

    @Test
    void aStepAddedToARouteTakesEffectAtTheNextStart() throws Exception {
        edit(
                "datapoint.camel.yaml",
                "        # change values here\n",
                "        - log: \"seen ${body}\"\n        - setBody: { simple: \"${body}.5\" }\n");
        try (TestBridge bridge = bridge().start();
                MqttPeer peer = new MqttPeer(broker.url())) {
            MqttPeer.awaitBridge(broker.url(), "home/pb/ready/0/x");
            peer.publish("home/pb/some-key/7/t", "1");
            await().until(() -> requests.size() == 1);
            assertEquals("1.5", requests.get(0).body());
        }
    }

    @Test
    void whatAStepMadeOfAValueIsWhatIsStamped() throws Exception {
        edit(
                "datapoint.camel.yaml",
                "        # change values here\n",
                "        - setBody: { simple: \"${body}.5\" }\n");
        try (TestBridge bridge = bridge().with("delivery.batch", "feed").start();
                MqttPeer peer = new MqttPeer(broker.url())) {
            MqttPeer.awaitBridge(broker.url(), "home/pb/ready/0/x");
            peer.publish("home/pb/some-key/7/t", "1");
            await().until(() -> requests.size() == 1);
            assertTrue(requests.get(0).body().endsWith("Z,1.5"), requests.get(0).body());
        }
    }

    @Test
    void aFolderWithoutRoutesIsAClearError() {
        Exception thrown =
                assertThrows(
                        Exception.class, () -> bridge().routes(routes.resolve("nowhere")).start());
        Throwable cause = thrown;
        while (cause.getCause() != null && !cause.getMessage().startsWith("routes.directory")) {
            cause = cause.getCause();
        }
        assertTrue(cause.getMessage().contains("there is no such file"), cause.getMessage());
    }
}
