package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;

import io.pachube.bridge.callback.CallbackTarget;
import io.pachube.bridge.callback.CallbackTokenCodec;
import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.StateCipher;
import io.pachube.bridge.config.BridgeConfig;
import io.pachube.bridge.config.BridgeProperties;
import io.pachube.bridge.config.ConfigProblems;
import io.pachube.bridge.tls.StoreRenewal;
import io.pachube.bridge.tls.TlsConfig;
import io.pachube.sandbox.SandboxPachube;

import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/** The bridge's three connections over TLS, with certificates that are made here. */
@Tag("slow")
class TlsIT {

    private static final String KEY = SandboxPachube.DEMO_KEY;
    private static final String TEMPERATURE = "pb/" + KEY + "/1/temperature";
    private static final String NOTIFICATION =
            "{\"id\":1,\"triggering_datastream\":{\"value\":{\"value\":\"31.2\"}}}";

    @TempDir static Path made;

    private static Certificates certificates;

    @TempDir Path folder;

    /** Closed in the opposite order. */
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    @BeforeAll
    static void makeCertificates() throws Exception {
        certificates =
                new Certificates(made)
                        .authority("ca")
                        .authority("foreign")
                        .server("server", "ca", "dns:localhost,ip:127.0.0.1")
                        .server("elsewhere", "ca", "dns:broker.example.org")
                        .server("stranger", "foreign", "dns:localhost,ip:127.0.0.1")
                        .client("client", "ca", "bridge")
                        .client("intruder", "foreign", "bridge");
    }

    @AfterEach
    void close() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    private <T extends AutoCloseable> T closing(T resource) {
        open.push(resource);
        return resource;
    }

    // --- the broker ---

    private Mosquitto tlsBroker(String certificate, String... more) throws Exception {
        return closing(
                        new Mosquitto(
                                folder,
                                "log_type all",
                                "certfile " + certificates.pem(certificate),
                                "keyfile " + certificates.keyPem(certificate),
                                "cafile " + certificates.pem("ca"),
                                String.join("\n", more)))
                .start();
    }

    private TestBridge bridgeTo(String mqttUrl) {
        SandboxPachube pachube = closing(new SandboxPachube("127.0.0.1", 0));
        pachube.start();
        return closing(new TestBridge(mqttUrl, pachube.url()));
    }

    private static TestBridge trusting(TestBridge bridge, String group, Path file) {
        return bridge.with(group + ".tls.trust-store", file.toString())
                .with(group + ".tls.trust-store-password", Certificates.PASSWORD);
    }

    private static TestBridge showing(TestBridge bridge, String group, String alias)
            throws Exception {
        return bridge.with(group + ".tls.key-store", certificates.keyStore(alias).toString())
                .with(group + ".tls.key-store-password", Certificates.PASSWORD);
    }

    /** What the bridge is sent is answered: it takes, and it publishes. */
    private static void assertWorks(MqttPeer peer) throws Exception {
        peer.awaitAnswers("pb/ready/1/x", "pb/ready/1/x/trigger");
    }

    private static MqttPeer peer(Mosquitto mosquitto, String own, String user, String password)
            throws Exception {
        return new MqttPeer(
                mosquitto.tlsUrl(),
                "peer",
                MqttPeer.options(certificates.context("ca", own), user, password));
    }

    private static void assertRefused(Mosquitto mosquitto, String reason) throws Exception {
        // each of the bridge's three clients
        await(reason).until(() -> mosquitto.log().split(reason, -1).length > 3);
        assertFalse(mosquitto.log().contains(" as pachube-bridge-"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pem", "pkcs12", "jks"})
    void theBrokersCertificateIsCheckedWithTheTrustStore(String type) throws Exception {
        Mosquitto mosquitto = tlsBroker("server");
        Path store =
                type.equals("pem") ? certificates.pem("ca") : certificates.trustStore("ca", type);
        trusting(bridgeTo(mosquitto.tlsUrl()), "mqtt", store).start();
        assertWorks(closing(peer(mosquitto, null, null, null)));
    }

    @Test
    void anAddressInTheCertificateIsAsGoodAsAName() throws Exception {
        Mosquitto mosquitto = tlsBroker("server");
        String url = mosquitto.tlsUrl().replace("localhost", "127.0.0.1");
        trusting(bridgeTo(url), "mqtt", certificates.pem("ca")).start();
        assertWorks(closing(peer(mosquitto, null, null, null)));
    }

    @Test
    void aBrokerOfAForeignAuthorityIsRefused() throws Exception {
        Mosquitto mosquitto = tlsBroker("stranger");
        trusting(bridgeTo(mosquitto.tlsUrl()), "mqtt", certificates.pem("ca")).start();
        assertRefused(mosquitto, "alert certificate unknown");
    }

    private Mosquitto secureWebSockets(int port, String certificate) throws Exception {
        return closing(
                        new Mosquitto(
                                folder,
                                "listener " + port + " 127.0.0.1",
                                "protocol websockets",
                                "socket_domain ipv4",
                                "certfile " + certificates.pem(certificate),
                                "keyfile " + certificates.keyPem(certificate)))
                .start();
    }

    @Test
    void aBrokerIsReachedOverASecureWebSocket() throws Exception {
        int port = Ports.free();
        Mosquitto mosquitto = secureWebSockets(port, "server");
        SandboxPachube pachube = closing(new SandboxPachube("127.0.0.1", 0));
        pachube.start();
        TestBridge bridge = new TestBridge("wss://localhost:" + port + "/mqtt", pachube.url());
        trusting(closing(bridge), "mqtt", certificates.pem("ca")).start();
        CompleteExchange.through(mosquitto.url(), pachube);
    }

    @Test
    void aWebSocketOfAForeignAuthorityIsRefused() throws Exception {
        int port = Ports.free();
        secureWebSockets(port, "stranger");
        TestBridge bridge = bridgeTo("wss://localhost:" + port + "/mqtt");
        try (LogLines log = new LogLines(Class.forName("io.pachube.bridge.mqtt.ConnectionLog"))) {
            trusting(bridge, "mqtt", certificates.pem("ca")).start();
            await().until(() -> log.count("PKIX path building failed") > 0);
            assertEquals(0, log.count("is connected"));
        }
    }

    @Test
    void withoutATrustStoreTheJdksCertificatesCount() throws Exception {
        Mosquitto mosquitto = tlsBroker("server");
        bridgeTo(mosquitto.tlsUrl()).start();
        assertRefused(mosquitto, "alert certificate unknown");
    }

    @Test
    void aBrokerWithAnothersNameIsRefused() throws Exception {
        Mosquitto mosquitto = tlsBroker("elsewhere");
        trusting(bridgeTo(mosquitto.tlsUrl()), "mqtt", certificates.pem("ca")).start();
        assertRefused(mosquitto, "alert certificate unknown");
    }

    @Test
    void theBrokerMayAskForACertificate() throws Exception {
        Mosquitto mosquitto =
                tlsBroker("server", "require_certificate true", "use_identity_as_username true");
        TestBridge bridge = bridgeTo(mosquitto.tlsUrl());
        showing(trusting(bridge, "mqtt", certificates.pem("ca")), "mqtt", "client").start();
        assertWorks(closing(peer(mosquitto, "client", null, null)));
        assertTrue(mosquitto.log().contains("u'bridge'"), "its name is that of the certificate");
    }

    @Test
    void withoutTheCertificateThatTheBrokerAsksForThereIsNoConnection() throws Exception {
        Mosquitto mosquitto = tlsBroker("server", "require_certificate true");
        trusting(bridgeTo(mosquitto.tlsUrl()), "mqtt", certificates.pem("ca")).start();
        assertRefused(mosquitto, "peer did not return a certificate");
    }

    @Test
    void withAForeignCertificateThereIsNoConnection() throws Exception {
        Mosquitto mosquitto = tlsBroker("server", "require_certificate true");
        TestBridge bridge = bridgeTo(mosquitto.tlsUrl());
        showing(trusting(bridge, "mqtt", certificates.pem("ca")), "mqtt", "intruder").start();
        assertRefused(mosquitto, "certificate verify failed");
    }

    @ParameterizedTest
    @CsvSource({"secret, true", "wrong, false"})
    void userNameAndPasswordGoOverTls(String password, boolean right) throws Exception {
        Path passwords = folder.resolve("passwords");
        Files.writeString(passwords, "bridge:secret\n");
        new ProcessBuilder("mosquitto_passwd", "-U", passwords.toString()).start().waitFor();
        Mosquitto mosquitto =
                tlsBroker("server", "allow_anonymous false", "password_file " + passwords);
        trusting(bridgeTo(mosquitto.tlsUrl()), "mqtt", certificates.pem("ca"))
                .with("mqtt.username", "bridge")
                .with("mqtt.password", password)
                .start();
        if (right) {
            assertWorks(closing(peer(mosquitto, null, "bridge", "secret")));
        } else {
            assertRefused(mosquitto, "not authorised");
        }
    }

    // --- Pachube ---

    private static final class Pachube implements AutoCloseable {

        private final List<String> requests = new CopyOnWriteArrayList<>();
        private final int port = Ports.free();
        private HttpsServer server;

        String url() {
            return "https://localhost:" + port + "/v2";
        }

        void start(String certificate, boolean asksForCertificate) throws Exception {
            server =
                    HttpsServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
            SSLContext tls = certificates.context("ca", certificate);
            server.setHttpsConfigurator(
                    new HttpsConfigurator(tls) {
                        @Override
                        public void configure(HttpsParameters parameters) {
                            SSLParameters ssl = tls.getDefaultSSLParameters();
                            ssl.setNeedClientAuth(asksForCertificate);
                            parameters.setSSLParameters(ssl);
                        }
                    });
            server.createContext(
                    "/",
                    exchange -> {
                        String body =
                                new String(
                                        exchange.getRequestBody().readAllBytes(),
                                        StandardCharsets.UTF_8);
                        String key = exchange.getRequestHeaders().getFirst("X-PachubeApiKey");
                        requests.add(
                                exchange.getRequestMethod()
                                        + " "
                                        + exchange.getRequestURI()
                                        + " "
                                        + key
                                        + " "
                                        + body);
                        exchange.sendResponseHeaders(200, -1);
                        exchange.close();
                    });
            server.start();
        }

        void stop() {
            if (server != null) {
                server.stop(0);
                server = null;
            }
        }

        @Override
        public void close() {
            stop();
        }
    }

    private static final String REQUEST =
            "PUT /v2/feeds/1/datastreams/temperature.csv " + KEY + " 21.5";

    private MqttPeer publishWith(TestBridge bridge, String broker) throws Exception {
        bridge.start();
        MqttPeer.awaitBridge(broker, "pb/ready/0/x");
        MqttPeer peer = closing(new MqttPeer(broker)).listen(TEMPERATURE + "/error");
        peer.publish(TEMPERATURE, "21.5");
        return peer;
    }

    private String plainBroker() throws Exception {
        return closing(new Mosquitto(folder)).start().url();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void pachubeIsReachedOverHttps(boolean asksForCertificate) throws Exception {
        Pachube pachube = closing(new Pachube());
        pachube.start("server", asksForCertificate);
        String broker = plainBroker();
        TestBridge bridge = closing(new TestBridge(broker, pachube.url()));
        trusting(bridge, "pachube", certificates.pem("ca"));
        publishWith(asksForCertificate ? showing(bridge, "pachube", "client") : bridge, broker);
        await().until(() -> !pachube.requests.isEmpty());
        assertEquals(List.of(REQUEST), pachube.requests);
    }

    @ParameterizedTest
    @CsvSource({"stranger, false", "elsewhere, false", "server, true"})
    void withoutTrustAValueIsHeldAndNotLost(String certificate, boolean asksForCertificate)
            throws Exception {
        Pachube pachube = closing(new Pachube());
        pachube.start(certificate, asksForCertificate);
        String broker = plainBroker();
        TestBridge bridge =
                closing(new TestBridge(broker, pachube.url())).with("retry.timeout", "1s");
        trusting(bridge, "pachube", certificates.pem("ca"));
        MqttPeer peer = publishWith(bridge, broker);
        String held = peer.await(TEMPERATURE + "/error");
        assertTrue(held.contains("\"retrying\":true"), held);
        assertEquals(List.of(), pachube.requests);

        pachube.stop();
        pachube.start("server", false);
        await().until(() -> !pachube.requests.isEmpty());
        assertEquals(List.of(REQUEST), pachube.requests);
        assertEquals(1, peer.received().size());
    }

    // --- callbacks ---

    private static HttpResponse<String> call(String host, TestBridge bridge, String own)
            throws Exception {
        String token =
                new CallbackTokenCodec(new StateCipher(TestBridge.SECRET))
                        .encode(new CallbackTarget(KEY, "hot", NotificationOptions.DEFAULT));
        return HttpClient.newBuilder()
                .sslContext(certificates.context("ca", own))
                .build()
                .send(
                        HttpRequest.newBuilder(
                                        URI.create(
                                                "https://%s:%d/callback/%s"
                                                        .formatted(
                                                                host,
                                                                bridge.callbackPort(),
                                                                token)))
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString(NOTIFICATION))
                                .build(),
                        BodyHandlers.ofString());
    }

    @Test
    void callbacksAreTakenOverHttps() throws Exception {
        String broker = plainBroker();
        TestBridge bridge = showing(bridgeTo(broker), "callback", "server").start();
        MqttPeer peer = closing(new MqttPeer(broker)).listen("pb/" + KEY + "/hot");
        await().until(() -> call("localhost", bridge, null).statusCode() == 200);
        assertEquals("31.2", peer.await("pb/" + KEY + "/hot"));
        assertEquals(200, call("127.0.0.1", bridge, null).statusCode());
        assertThrows(IOException.class, () -> Http.postForm(bridge.callbackUrl(), NOTIFICATION));
    }

    @Test
    void withATrustStoreWhoCallsMustShowACertificate() throws Exception {
        String broker = plainBroker();
        TestBridge bridge = showing(bridgeTo(broker), "callback", "server");
        trusting(bridge, "callback", certificates.pem("ca")).start();
        await().until(() -> call("localhost", bridge, "client").statusCode() == 200);
        assertThrows(IOException.class, () -> call("localhost", bridge, null));
        assertThrows(IOException.class, () -> call("localhost", bridge, "intruder"));
    }

    // --- settings ---

    private static TlsConfig read(boolean used, String... settings) {
        DefaultCamelContext context = new DefaultCamelContext();
        Properties properties = new Properties();
        for (int i = 0; i < settings.length; i += 2) {
            properties.setProperty(settings[i], settings[i + 1]);
        }
        context.getPropertiesComponent().setOverrideProperties(properties);
        ConfigProblems problems = new ConfigProblems();
        BridgeConfig config =
                BridgeConfig.read(new BridgeProperties(context, problems), problems, false, true);
        return TlsConfig.read(
                context,
                config.mqtt().tls(),
                used,
                "an ssl://",
                new StoreRenewal(Thread::new),
                TlsConfig.standard(context));
    }

    private static void assertWrong(String expected, String... settings) {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> read(true, settings));
        assertEquals(expected, e.getMessage());
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            assertFalse(cause.toString().contains("not-the-password"), cause.toString());
        }
    }

    @Test
    void whatIsWrongIsSaidWithTheSettingsName() throws Exception {
        String wrong = "not-the-password";
        for (String type : List.of("pkcs12", "jks")) {
            String file = certificates.trustStore("ca", type).toString();
            assertWrong(
                    "mqtt.tls.trust-store-password does not open '" + file + "'",
                    "mqtt.tls.trust-store",
                    file,
                    "mqtt.tls.trust-store-password",
                    wrong);
        }
        String keys = certificates.keyStore("client").toString();
        assertWrong(
                "mqtt.tls.key-store-password does not open '" + keys + "'",
                "mqtt.tls.key-store",
                keys,
                "mqtt.tls.key-store-password",
                wrong);
        assertWrong(
                "mqtt.tls.trust-store is 'no/such/file', but there is no such file",
                "mqtt.tls.trust-store",
                "no/such/file",
                "mqtt.tls.trust-store-password",
                wrong);
        String pem = certificates.pem("ca").toString();
        assertWrong(
                "mqtt.tls.key-store is '%s', but it should be a file that can be read: PKCS12, JKS"
                        .formatted(pem),
                "mqtt.tls.key-store",
                pem);
        String empty = certificates.emptyStore().toString();
        assertWrong(
                "mqtt.tls.trust-store is '" + empty + "', but no certificate is found in it",
                "mqtt.tls.trust-store",
                empty,
                "mqtt.tls.trust-store-password",
                Certificates.PASSWORD);
        String trusted = certificates.trustStore("ca", "pkcs12").toString();
        assertWrong(
                "mqtt.tls.trust-store is '%s', but no certificate is found in it;"
                                .formatted(trusted)
                        + " mqtt.tls.trust-store-password is not set",
                "mqtt.tls.trust-store",
                trusted);
        assertWrong(
                "mqtt.tls.key-store is '" + trusted + "', but no private key is found in it",
                "mqtt.tls.key-store",
                trusted,
                "mqtt.tls.key-store-password",
                Certificates.PASSWORD);
    }

    @ParameterizedTest
    @CsvSource({"mqtt, an ssl:// or wss:// in mqtt.url", "pachube, an https:// in pachube.url"})
    void settingsThatWouldProtectNothingAreRefused(String group, String condition) {
        Exception e =
                assertThrows(
                        Exception.class,
                        () ->
                                trusting(bridgeTo("embedded"), group, certificates.pem("ca"))
                                        .start());
        String expected = group + ".tls.* is set, but nothing is encrypted without " + condition;
        boolean said = false;
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            said |= expected.equals(cause.getMessage());
        }
        assertTrue(said, () -> "" + e);
    }

    @Test
    void olderProtocolsThanTls12AreOff() {
        assertArrayEquals(
                new String[] {"TLSv1.3", "TLSv1.2"},
                read(true).context().createSSLEngine().getEnabledProtocols());
    }
}
