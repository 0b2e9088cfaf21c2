package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.hc.core5.http.HttpHost;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Calls to Pachube through an HTTP proxy, which here answers itself. */
class ProxyIT {

    private static final String PACHUBE = "http://pachube.example.org/v2";

    @TempDir Path folder;

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private volatile boolean asksForPassword;
    private ServerSocket proxy;
    private Mosquitto mosquitto;

    @BeforeEach
    void start() throws Exception {
        mosquitto = new Mosquitto(folder).start();
        proxy = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::serve);
        thread.setDaemon(true);
        thread.start();
    }

    @AfterEach
    void stop() throws Exception {
        proxy.close();
        mosquitto.close();
    }

    private void serve() {
        while (!proxy.isClosed()) {
            try (Socket connection = proxy.accept()) {
                answer(connection);
            } catch (IOException e) {
                // the client has gone, or the test
            }
        }
    }

    private void answer(Socket connection) throws IOException {
        BufferedReader in =
                new BufferedReader(
                        new InputStreamReader(
                                connection.getInputStream(), StandardCharsets.ISO_8859_1));
        String request = in.readLine();
        boolean mayPass = !asksForPassword;
        for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
            // bridge:pass@word
            mayPass |= line.equals("Proxy-Authorization: Basic YnJpZGdlOnBhc3NAd29yZA==");
        }
        if (mayPass) {
            requests.add(request);
        }
        String status =
                !mayPass
                        ? "407 No\r\nProxy-Authenticate: Basic realm=\"proxy\""
                        : request.startsWith("CONNECT") ? "502 No" : "200 OK";
        connection
                .getOutputStream()
                .write(
                        ("HTTP/1.1 "
                                        + status
                                        + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                                .getBytes(StandardCharsets.ISO_8859_1));
    }

    private String address() {
        return "127.0.0.1:" + proxy.getLocalPort();
    }

    private void publishThrough(Standalone bridge, String expected) throws Exception {
        try (bridge;
                MqttPeer peer = MqttPeer.kept(mosquitto.url(), "peer")) {
            bridge.with("MQTT_URL", mosquitto.url())
                    .start()
                    .awaitLine("pachubeDatapoint is connected");
            await("a request through the proxy")
                    .atMost(Duration.ofSeconds(60))
                    .until(
                            () -> {
                                peer.publish("pb/some-key/1/temperature", "21.5");
                                return requests.contains(expected);
                            });
            assertFalse(bridge.log().contains("pass@word"), bridge.log());
        }
    }

    @Tag("slow")
    @Test
    void fault17_aProxyOfTheEnvironmentIsUsed() throws Exception {
        publishThrough(
                new Standalone(folder)
                        .with("PACHUBE_URL", PACHUBE)
                        .with("http_proxy", "http://" + address()),
                "PUT " + PACHUBE + "/feeds/1/datastreams/temperature.csv HTTP/1.1");
    }

    @Tag("slow")
    @Test
    void fault17_aProxyOfTheSettingsIsUsedWithItsPassword() throws Exception {
        asksForPassword = true;
        publishThrough(
                new Standalone(folder)
                        .with("PACHUBE_URL", PACHUBE)
                        .with("http_proxy", "http://127.0.0.1:1")
                        .with("PACHUBE_PROXY", "http://bridge:pass%40word@" + address()),
                "PUT " + PACHUBE + "/feeds/1/datastreams/temperature.csv HTTP/1.1");
    }

    @Tag("slow")
    @Test
    void fault17_httpsIsTunnelled() throws Exception {
        publishThrough(
                new Standalone(folder)
                        .with("PACHUBE_URL", "https://pachube.example.org/v2")
                        .with("HTTPS_PROXY", address()),
                "CONNECT pachube.example.org:443 HTTP/1.1");
    }

    @Test
    void fault17_aWrongProxyStopsTheStart() throws Exception {
        Standalone.Outcome outcome =
                new Standalone(folder).with("http_proxy", "socks5://bridge:pass-w0rd@h").run();
        assertEquals(1, outcome.status(), outcome.log());
        assertTrue(outcome.log().contains("http_proxy should be"), outcome.log());
        assertFalse(outcome.log().contains("pass-w0rd"), outcome.log());
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "http://h.example.org, '', proxy:3128",
                "https://h.example.org, '', secure:80",
                "http://h.example.org, h.example.org, -",
                "http://h.example.org, 'x, example.org', -",
                "http://h.example.org, .example.org, -",
                "http://h.example.org, *.example.org, -",
                "http://h.example.org, ample.org, proxy:3128",
                "http://h.example.org:8080, h.example.org:8080, -",
                "http://h.example.org:8081, h.example.org:8080, proxy:3128",
                "http://h.example.org, *, -",
                "http://localhost, '', -",
                "http://127.0.0.1:8090, '', -"
            })
    void fault17_noProxyIsHonoured(String target, String direct, String proxy) throws Exception {
        Proxies proxies =
                Proxies.of(
                                "",
                                Map.of(
                                        "http_proxy", "http://proxy:3128/",
                                        "HTTPS_PROXY", "secure",
                                        "no_proxy", direct))
                        .orElseThrow();
        HttpHost used = proxies.determineProxy(HttpHost.create(target), null);
        assertEquals(proxy, used == null ? null : used.toHostString());
    }

    @Test
    void withoutAProxyTheLeanClientIsUsed() {
        assertTrue(Proxies.of("", Map.of("no_proxy", "x")).isEmpty());
        assertTrue(Proxies.of("none", Map.of("http_proxy", "http://proxy")).isEmpty());
        assertThrows(
                IllegalArgumentException.class,
                () -> Proxies.of("", Map.of("http_proxy", "https://proxy")));
    }
}
