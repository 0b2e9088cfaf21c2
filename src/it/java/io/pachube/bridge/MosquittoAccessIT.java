package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.eclipse.paho.client.mqttv3.MqttException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import javax.net.ssl.SSLContext;

/** Access on a mosquitto that is configured by the files in {@code src/main/deploy/mosquitto}. */
class MosquittoAccessIT extends BrokerAccessIT {

    private static final Path FILES = Path.of("src/main/deploy/mosquitto");
    private static final String BRIDGE_PASSWORD = "bridges-secret";

    @TempDir static Path made;

    private static Certificates certificates;

    @TempDir Path folder;

    private final int certificatePort = Ports.free();
    private Mosquitto mosquitto;
    private Map<String, String> users;

    @BeforeAll
    static void makeCertificates() throws Exception {
        certificates =
                new Certificates(made)
                        .authority("ca")
                        .authority("clients")
                        .server("server", "ca", "dns:localhost,ip:127.0.0.1");
    }

    @Override
    TestBridge configure(TestBridge bridge, Map<String, String> users) throws Exception {
        this.users = new LinkedHashMap<>(users);
        this.users.put("bridge", BRIDGE_PASSWORD);
        // names that an operator should not give, and that shall do no harm
        List.of("public", ".bridge", "+", "a#").forEach(name -> this.users.put(name, "x-" + name));
        mosquitto = startMosquitto();
        return bridge.with("mqtt.url", mosquitto.tlsUrl())
                .with("mqtt.tls.trust-store", certificates.pem("ca").toString())
                .with("mqtt.username", "bridge")
                .with("mqtt.password", BRIDGE_PASSWORD);
    }

    /** Only ports and paths are replaced. */
    private Mosquitto startMosquitto() throws Exception {
        Path passwords = folder.resolve("passwords");
        StringBuilder lines = new StringBuilder();
        users.forEach((user, password) -> lines.append(user + ":" + password + "\n"));
        Files.writeString(passwords, lines);
        new ProcessBuilder("mosquitto_passwd", "-U", passwords.toString()).start().waitFor();
        Map<String, String> replaced = new LinkedHashMap<>();
        replaced.put("listener 8883\n", "listener @port@ 127.0.0.1\n");
        replaced.put("listener 8884\n", "listener " + certificatePort + " 127.0.0.1\n");
        replaced.put("acl_file /etc/mosquitto/acl", "acl_file " + copy(FILES.resolve("acl")));
        replaced.put("password_file /etc/mosquitto/passwords", "password_file " + passwords);
        replaced.put("/etc/mosquitto/certs/server.crt", copy(certificates.pem("server")));
        replaced.put("/etc/mosquitto/certs/server.key", copy(certificates.keyPem("server")));
        replaced.put("/etc/mosquitto/certs/clients-ca.crt", copy(certificates.pem("clients")));
        replaced.put("/var/lib/mosquitto/", folder + "/");
        Mosquitto configured =
                Mosquitto.configured(folder, FILES.resolve("mosquitto.conf"), replaced);
        readableForItsUser();
        return configured.start();
    }

    private String copy(Path file) throws IOException {
        return Files.copy(file, folder.resolve(file.getFileName())).toString();
    }

    /** Started by root, it becomes another user. */
    private void readableForItsUser() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
            }
        }
    }

    @Override
    String url() {
        return mosquitto.tlsUrl();
    }

    @Override
    SSLContext tls() throws Exception {
        return certificates.context("ca", null);
    }

    @Override
    void stopBroker() throws Exception {
        if (mosquitto != null) {
            String log = mosquitto.log();
            mosquitto.close();
            users.forEach(
                    (key, password) -> {
                        assertFalse(key.length() > 6 && log.contains(key), log);
                        assertFalse(log.contains(password), log);
                    });
        }
    }

    @Tag("slow")
    @Test
    void namesThatAreNoKeysReachNothing() throws Exception {
        String reached = "pb/" + ALICE + "/1/t";
        MqttPeer bridge =
                client("bridge", BRIDGE_PASSWORD, "second").listen("pb/+/+/+", "pb/.bridge/1");
        MqttPeer alice = client(ALICE, users.get(ALICE), "alice").listen("pb/public/#");
        List<MqttPeer> named = new ArrayList<>();
        for (String name : List.of("public", ".bridge", "+", "a#")) {
            MqttPeer peer = client(name, users.get(name), "named-" + named.size());
            named.add(peer.listen("#", "pb/public/#"));
            for (String topic :
                    List.of(reached, "pb/public/hot", "pb/public/1/t", "pb/.bridge/1")) {
                MqttPeer writer = client(name, users.get(name), "writer-" + UUID.randomUUID());
                attempt(() -> writer.publish(topic, "forged by " + name));
            }
            bridge.publish("pb/public/hot", "seen");
            alice.publish(reached, "seen");
        }
        alice.await("pb/public/hot", 4);
        bridge.await(reached, 4);
        for (MqttPeer peer : List.of(alice, bridge)) {
            assertEquals(
                    List.of("seen", "seen", "seen", "seen"),
                    peer.received().stream().map(MqttPeer.Received::payload).toList());
        }
        named.forEach(peer -> assertEquals(List.of(), peer.received()));
    }

    private MqttPeer withCertificate(String own, String id) throws Exception {
        return new MqttPeer(
                "ssl://localhost:" + certificatePort,
                id,
                MqttPeer.options(certificates.context("ca", own), null, null));
    }

    @Tag("slow")
    @Test
    void aCertificatesNameIsAsGoodAsAPassword() throws Exception {
        certificates
                .client("alice", "clients", ALICE)
                .client("mallory", "clients", "mallorys-key")
                .client("other", "ca", ALICE);
        String topic = "pb/" + ALICE + "/1/temperature";
        try (MqttPeer alice = withCertificate("alice", "a").listen("pb/" + ALICE + "/#");
                MqttPeer mallory = withCertificate("mallory", "m").listen("#", "pb/#")) {
            try (MqttPeer writer = withCertificate("mallory", "w")) {
                attempt(() -> writer.publish(topic, "forged"));
            }
            alice.awaitAnswers("pb/" + ALICE + "/0/x");
            alice.publish(topic, "21.5");
            mallory.publish("pb/mallorys-key/last", "x");
            mallory.await("pb/mallorys-key/last");
            assertEquals(1, mallory.received().size());
            assertEquals(
                    List.of(), alice.payloads(topic).stream().filter("forged"::equals).toList());
        }
        for (String own : new String[] {null, "other"}) {
            String id = "refused-" + UUID.randomUUID();
            assertThrows(MqttException.class, () -> withCertificate(own, id));
            assertFalse(mosquitto.log().contains(id));
        }
    }
}
