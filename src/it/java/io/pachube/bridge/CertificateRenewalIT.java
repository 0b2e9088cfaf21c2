package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pachube.bridge.tls.StoreRenewal;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

import javax.net.ssl.SSLSocket;

/** Certificates are renewed in place while the bridge runs, and it uses them without a restart. */
@Tag("slow")
class CertificateRenewalIT {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    @TempDir static Path made;

    private static Certificates certificates;

    @TempDir Path folder;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private LogLines log;

    @BeforeAll
    static void makeCertificates() throws Exception {
        certificates =
                new Certificates(made)
                        .authority("ca")
                        .authority("ca2")
                        .server("first", "ca", "dns:localhost,ip:127.0.0.1")
                        .server("second", "ca", "dns:localhost,ip:127.0.0.1")
                        .server("third", "ca", "dns:localhost,ip:127.0.0.1")
                        .server("foreign", "ca2", "dns:localhost,ip:127.0.0.1")
                        .client("bridge", "ca", "bridge")
                        .client("renewed", "ca", "renewed");
    }

    @BeforeEach
    void listen() {
        log = closing(new LogLines(StoreRenewal.class));
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

    private Path copy(Path from, String name) throws IOException {
        return Files.copy(from, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }

    private TestBridge listener(Path store) throws Exception {
        Mosquitto mosquitto = closing(new Mosquitto(folder)).start();
        return closing(new TestBridge(mosquitto.url(), "http://127.0.0.1:" + Ports.free()))
                .with("callback.tls.key-store", store.toString())
                .with("callback.tls.key-store-password", Certificates.PASSWORD)
                .start();
    }

    /** The name in the certificate that the listener shows in a new handshake. */
    private static String shown(TestBridge bridge) throws Exception {
        try (SSLSocket socket =
                (SSLSocket)
                        certificates
                                .context("ca", null)
                                .getSocketFactory()
                                .createSocket("localhost", bridge.callbackPort())) {
            socket.startHandshake();
            X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            return shown.getSubjectX500Principal().getName();
        }
    }

    private static void awaitShown(TestBridge bridge, String name) {
        await().atMost(MINUTE).ignoreExceptions().until(() -> shown(bridge).equals("CN=" + name));
    }

    @Test
    void theListenerShowsACertificateThatWasRewrittenOrMovedThere() throws Exception {
        Path store = copy(certificates.keyStore("first"), "callback.p12");
        TestBridge bridge = listener(store);
        awaitShown(bridge, "first");

        Files.write(store, Files.readAllBytes(certificates.keyStore("second")));
        awaitShown(bridge, "second");

        Files.move(
                copy(certificates.keyStore("third"), "new.p12"),
                store,
                StandardCopyOption.ATOMIC_MOVE);
        awaitShown(bridge, "third");
        assertEquals(2, log.count("has changed; new connections use it"));
    }

    /** As Kubernetes updates a mounted Secret: the folder of all files is a link. */
    @Test
    void theListenerShowsACertificateWhoseLinkWasSwapped() throws Exception {
        Path old = Files.createDirectory(folder.resolve("..1"));
        Path data = Files.createSymbolicLink(folder.resolve("..data"), old);
        Path store =
                Files.createSymbolicLink(
                        folder.resolve("callback.p12"), data.resolve("callback.p12"));
        Files.copy(certificates.keyStore("first"), old.resolve("callback.p12"));
        TestBridge bridge = listener(store);
        awaitShown(bridge, "first");

        Path renewed = Files.createDirectory(folder.resolve("..2"));
        Files.copy(certificates.keyStore("second"), renewed.resolve("callback.p12"));
        Path link = Files.createSymbolicLink(folder.resolve("..tmp"), renewed);
        Files.move(link, data, StandardCopyOption.ATOMIC_MOVE);
        awaitShown(bridge, "second");
    }

    @Test
    void aBrokenFileChangesNothingAndIsLoggedOnce() throws Exception {
        Path store = copy(certificates.keyStore("first"), "callback.p12");
        TestBridge bridge = listener(store);
        awaitShown(bridge, "first");

        Files.writeString(store, "no store");
        String broken =
                "callback.tls.key-store is '"
                        + store
                        + "', but it should be a file that can be read: PKCS12, JKS. New"
                        + " connections use the former certificates: correct the file";
        await().atMost(MINUTE).until(() -> log.count(broken) > 0);
        assertEquals("CN=first", shown(bridge));
        Files.delete(store);
        await().atMost(MINUTE).until(() -> log.count("there is no such file") > 0);
        assertEquals("CN=first", shown(bridge));
        assertEquals(1, log.count(broken));

        Files.copy(certificates.keyStore("second"), store);
        awaitShown(bridge, "second");
    }

    /** Who may call changes, too. */
    @Test
    void theListenerTrustsARenewedTrustStore() throws Exception {
        Path store = copy(certificates.keyStore("first"), "callback.p12");
        Path trusted = copy(certificates.pem("ca2"), "trusted.pem");
        Mosquitto mosquitto = closing(new Mosquitto(folder)).start();
        TestBridge bridge =
                closing(new TestBridge(mosquitto.url(), "http://127.0.0.1:" + Ports.free()))
                        .with("callback.tls.key-store", store.toString())
                        .with("callback.tls.key-store-password", Certificates.PASSWORD)
                        .with("callback.tls.trust-store", trusted.toString())
                        .start();
        assertEquals("refused", answer(bridge));
        Files.write(trusted, Files.readAllBytes(certificates.pem("ca")));
        await().atMost(MINUTE).until(() -> answer(bridge).equals("answered"));
    }

    /** Whether a caller with the certificate {@code bridge} gets an answer. */
    private static String answer(TestBridge bridge) throws Exception {
        try (SSLSocket socket =
                (SSLSocket)
                        certificates
                                .context("ca", "bridge")
                                .getSocketFactory()
                                .createSocket("localhost", bridge.callbackPort())) {
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes());
            return socket.getInputStream().read() < 0 ? "refused" : "answered";
        } catch (IOException e) {
            return "refused";
        }
    }

    @Test
    void theBrokerSeesARenewedClientCertificateAndIsTrustedByARenewedTrustStore() throws Exception {
        Path server = copy(certificates.pem("first"), "server.crt");
        Path serverKey = copy(certificates.keyPem("first"), "server.key");
        Mosquitto mosquitto =
                closing(
                                new Mosquitto(
                                        folder,
                                        "log_type all",
                                        "certfile " + server,
                                        "keyfile " + serverKey,
                                        "cafile " + certificates.pem("ca"),
                                        "require_certificate true",
                                        "use_identity_as_username true"))
                        .start();
        Path own = copy(certificates.keyStore("bridge"), "own.p12");
        Path trusted = copy(certificates.pem("ca"), "trusted.pem");
        closing(new TestBridge(mosquitto.tlsUrl(), "http://127.0.0.1:" + Ports.free()))
                .with("mqtt.tls.key-store", own.toString())
                .with("mqtt.tls.key-store-password", Certificates.PASSWORD)
                .with("mqtt.tls.trust-store", trusted.toString())
                .start();
        await().atMost(MINUTE).until(() -> mosquitto.log().contains("u'bridge'"));

        Files.write(own, Files.readAllBytes(certificates.keyStore("renewed")));
        Files.write(trusted, Files.readAllBytes(certificates.pem("ca2")));
        await().atMost(MINUTE).until(() -> log.count("has changed; new connections use it") == 2);
        mosquitto.stop();
        copy(certificates.pem("foreign"), "server.crt");
        copy(certificates.keyPem("foreign"), "server.key");
        mosquitto.start();
        await().atMost(MINUTE).until(() -> mosquitto.log().contains("u'renewed'"));
    }
}
