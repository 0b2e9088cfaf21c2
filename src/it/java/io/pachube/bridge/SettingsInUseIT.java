package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.sandbox.SandboxBroker;
import io.pachube.sandbox.SandboxPachube;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.DataInputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Settings as they arrive at the broker, from the environment of the bridge's process. */
@Tag("slow")
class SettingsInUseIT {

    @TempDir Path folder;

    private static List<String> passwords() {
        return List.of(
                "a{{b", "}}", "{{name}}", "{{a}}{{b}}", "a\\b", "  at both ends\\ ", "ä\"${x}#");
    }

    @ParameterizedTest
    @MethodSource("passwords")
    void faults8And9_aPasswordIsReadAsItIs(String password) throws Exception {
        try (Broker broker = new Broker();
                Standalone bridge = broker.bridge(folder)) {
            bridge.with("MQTT_PASSWORD", password).start();
            assertEquals(password, broker.password());
            assertFalse(bridge.log().contains(password) && password.length() > 5, bridge.log());
        }
    }

    @Test
    void fault8_aPasswordInThePropertiesFileIsReadAsItIs() throws Exception {
        Files.writeString(folder.resolve("application.properties"), "mqtt.password=a{{b}c}}d\n");
        try (Broker broker = new Broker();
                Standalone bridge = broker.bridge(folder)) {
            bridge.start();
            assertEquals("a{{b}c}}d", broker.password());
        }
    }

    @Test
    void fault15_aPasswordMayBeInAFile() throws Exception {
        Path file = folder.resolve("password");
        Files.writeString(file, " pass{{word\\ \n");
        List<Map<String, String>> ways =
                List.of(
                        Map.of("MQTT_PASSWORD_FILE", file.toString()),
                        Map.of("MQTT_PASSWORD", "{{file:" + file + "}}"),
                        Map.of("MQTT_PASSWORD", "{{env:SECRET}}", "SECRET", " pass{{word\\ "));
        for (Map<String, String> way : ways) {
            try (Broker broker = new Broker();
                    Standalone bridge = broker.bridge(folder)) {
                bridge.with(way).start();
                assertEquals(" pass{{word\\ ", broker.password());
                assertFalse(bridge.log().contains("pass{{word"), bridge.log());
            }
        }
    }

    @Test
    void fault15_aFileThatIsNotThereIsNamed() throws Exception {
        Path file = folder.resolve("no-such-file");
        for (Map<String, String> way :
                List.of(
                        Map.of("MQTT_PASSWORD_FILE", file.toString()),
                        Map.of("SANDBOX_MQTT_USERS_FILE", file.toString()),
                        Map.of("MQTT_PASSWORD", "{{file:" + file + "}}"),
                        Map.of("MQTT_USERNAME", "{{file:" + file + "}}"),
                        Map.of("MQTT_PASSWORD", "x", "MQTT_PASSWORD_FILE", file.toString()))) {
            Standalone.Outcome outcome = new Standalone(folder).with(way).run("--check");
            assertEquals(1, outcome.status(), outcome.log());
            assertEquals(1, outcome.lines("ERROR").size(), outcome.log());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"MQTT_CLIENT_ID", "MQTT_USERNAME", "CALLBACK_URL"})
    void fault8_aPlaceholderThatIsNoneIsSaidWithTheSettingsName(String variable) throws Exception {
        Standalone.Outcome outcome = new Standalone(folder).with(variable, "a{{b").run();
        assertEquals(1, outcome.status(), outcome.log());
        assertEquals(1, outcome.log().lines().count(), outcome.log());
        assertTrue(outcome.log().contains(" is 'a{{b', but "), outcome.log());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "MQTT_URL=tcp://bridge:pass-w0rd@127.0.0.1",
                "MQTT_URL=bridge:pass-w0rd@h",
                "PACHUBE_URL=http://bridge:pass-w0rd@127.0.0.1/v2",
                "MQTT_URL=tcp://a:pass-w0rd/x@h"
            })
    void fault10_aPasswordInAnAddressIsRefusedAndNotShown(String setting) throws Exception {
        String[] pair = setting.split("=", 2);
        for (String argument : List.of("", "--check")) {
            Standalone bridge = new Standalone(folder).with(pair[0], pair[1]);
            Standalone.Outcome outcome = argument.isEmpty() ? bridge.run() : bridge.run(argument);
            assertEquals(1, outcome.status(), outcome.log());
            assertEquals(1, outcome.lines("ERROR").size(), outcome.log());
            assertFalse(outcome.log().contains("pass-w0rd"), outcome.log());
        }
    }

    @Test
    void fault7_aBrokersNameMayHaveAnUnderscore() throws Exception {
        Path hosts = folder.resolve("hosts");
        Files.writeString(hosts, "127.0.0.1 my_broker localhost\n");
        try (Mosquitto mosquitto = new Mosquitto(folder).start();
                Standalone bridge = new Standalone(folder)) {
            bridge.option("-Djdk.net.hosts.file=" + hosts)
                    .with("MQTT_URL", "tcp://my_broker:" + mosquitto.port())
                    .with("CALLBACK_URL", "http://my_bridge:8080/callback")
                    .start()
                    .awaitLine("pachubeDatapoint is connected to tcp://my_broker");
            MqttPeer.awaitBridge(mosquitto.url(), "pb/ready/1/x");
        }
    }

    @Test
    void fault7_aPachubeWithAnUnderscoreIsRefused() throws Exception {
        Standalone.Outcome outcome =
                new Standalone(folder).with("PACHUBE_URL", "http://my_pachube:8080/v2").run();
        assertEquals(1, outcome.status(), outcome.log());
        assertTrue(outcome.log().contains("an HTTP client takes no '_'"), outcome.log());
    }

    @ParameterizedTest
    @ValueSource(strings = {"mqtt://%s/", "ws://%s/mqtt", "tcp://%s/"})
    void fault11_aBrokerIsReachedUnderAnAddressAsUsersWriteIt(String form) throws Exception {
        try (SandboxBroker broker = new SandboxBroker("127.0.0.1", 0, "pb", Map.of());
                SandboxPachube pachube = new SandboxPachube("127.0.0.1", 0)) {
            broker.start();
            pachube.start();
            try (TestBridge bridge =
                    new TestBridge(form.formatted(broker.url().substring(6)), pachube.url())
                            .with("mqtt.username", broker.userName())
                            .with("mqtt.password", broker.password())
                            .start()) {
                CompleteExchange.through(broker.url(), pachube);
            }
        }
    }

    /** Takes one connection, and reads its CONNECT packet. */
    private static final class Broker implements AutoCloseable {
        private final ServerSocket socket =
                new ServerSocket(0, 10, InetAddress.getLoopbackAddress());

        Broker() throws Exception {}

        Standalone bridge(Path folder) throws Exception {
            return new Standalone(folder)
                    .with("MQTT_URL", "tcp://127.0.0.1:" + socket.getLocalPort())
                    .with("MQTT_USERNAME", "bridge");
        }

        /** The last field of the packet (MQTT 3.1.1, 3.1.3). */
        String password() throws Exception {
            socket.setSoTimeout(60_000);
            try (Socket connection = socket.accept();
                    DataInputStream in = new DataInputStream(connection.getInputStream())) {
                assertEquals(0x10, in.readUnsignedByte());
                byte[] packet = new byte[in.readUnsignedByte()];
                in.readFully(packet);
                DataInputStream fields =
                        new DataInputStream(new java.io.ByteArrayInputStream(packet));
                fields.skipBytes(10);
                String last = "";
                while (fields.available() > 0) {
                    byte[] field = new byte[fields.readUnsignedShort()];
                    fields.readFully(field);
                    last = new String(field, StandardCharsets.UTF_8);
                }
                return last;
            }
        }

        @Override
        public void close() throws Exception {
            socket.close();
        }
    }
}
