package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** {@code --check}, as a process of its own. */
class CheckIT {

    @TempDir Path folder;

    private Path routes;

    @BeforeEach
    void copyRoutes() throws Exception {
        routes = RouteFolder.copy(folder.resolve("routes"));
    }

    private Standalone.Outcome check(Map<String, String> environment) throws Exception {
        return new Standalone(folder).with(environment).run("--check");
    }

    private void edit(String file, String right, String wrong) throws Exception {
        RouteFolder.edit(routes.resolve(file), right, wrong);
    }

    @Test
    void whatIsRightConnectsNowhere() throws Exception {
        try (ServerSocket broker = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            broker.setSoTimeout(100);
            Standalone.Outcome outcome =
                    check(Map.of("MQTT_URL", "tcp://127.0.0.1:" + broker.getLocalPort()));
            assertEquals(0, outcome.status(), outcome.log());
            assertTrue(outcome.log().contains("The settings and the routes are right"));
            assertThrows(SocketTimeoutException.class, broker::accept);
        }
        assertFalse(Files.exists(folder.resolve("data")), "no secret was made");
    }

    @Tag("slow")
    @Test
    void allThatIsWrongInTheFilesIsSaid() throws Exception {
        edit("datapoint.camel.yaml", "pachubePayloadFormat", "pachubePayloadFromat");
        edit("trigger.camel.yaml", "- split:", "- splitt:");
        edit("notification.camel.yaml", "id: pachubeNotification", "id: pachubeDatapoint");
        Standalone.Outcome outcome = check(Map.of());
        assertEquals(1, outcome.status(), outcome.log());
        assertTrue(outcome.log().contains("datapoint.camel.yaml, line 13: No bean"), outcome.log());
        assertTrue(outcome.log().contains("trigger.camel.yaml, line 17: "), outcome.log());
        assertFalse(outcome.log().contains("are right"), outcome.log());
    }

    @Tag("slow")
    @Test
    void aHandOverThatNoRouteConsumesIsSaid() throws Exception {
        edit(
                "datapoint.camel.yaml",
                "uri: delivery:pachube\n            parameters",
                "uri: delivery:pachub\n            parameters");
        Standalone.Outcome outcome = check(Map.of());
        assertEquals(1, outcome.status(), outcome.log());
        assertTrue(
                outcome.log()
                        .contains(
                                "no route consumes delivery:pachub; the nearest is delivery:pachube"),
                outcome.log());
    }

    @Test
    void anIdThatComesTwiceIsSaid() throws Exception {
        edit("trigger.camel.yaml", "id: pachubeTrigger", "id: pachubeDatapoint");
        Standalone.Outcome outcome = check(Map.of());
        assertEquals(1, outcome.status(), outcome.log());
        assertTrue(outcome.log().contains("trigger.camel.yaml, line "), outcome.log());
        assertTrue(outcome.log().contains("'pachubeDatapoint'"), outcome.log());
    }

    @Test
    void aWrongSettingIsSaid() throws Exception {
        Standalone.Outcome outcome = check(Map.of("DELIVERY_MAX_CONCURRENT_REQUESTS", "many"));
        assertEquals(1, outcome.status(), outcome.log());
        assertTrue(
                outcome.log().contains("delivery.max-concurrent-requests is 'many'"),
                outcome.log());
    }

    @Test
    void fault12_allThatIsWrongIsSaidAtOnce() throws Exception {
        Path secret = Files.createDirectory(folder.resolve("secret"));
        Files.writeString(folder.resolve("application.properties"), "delivery.bacth=5\n");
        edit("datapoint.camel.yaml", "pachubePayloadFormat", "pachubePayloadFromat");
        Map<String, String> wrong =
                Map.of(
                        "PACHUBE_URL", "embeded",
                        "CALLBACK_PORT", "eighty",
                        "MQTT_TOPIC_PREFIX", "pb/#",
                        "HISTORY_POLL_INTERVAL", "0s",
                        "MQTT_TLS_KEY_STORE", "no/such/file",
                        "CALLBACK_SECRET_FILE", secret.toString(),
                        "MQTT_USERNMAE", "bridge");
        Standalone.Outcome outcome = check(wrong);
        assertEquals(1, outcome.status(), outcome.log());
        List<String> expected =
                List.of(
                        "mqtt.topic-prefix is 'pb/#', but it should be one or more levels",
                        "pachube.url is 'embeded', but it should be the API's base address",
                        "callback.port is 'eighty', but it should be a whole number from 1 to",
                        "history.poll-interval is '0s', but it should be a time such as 500ms",
                        "mqtt.tls.key-store is 'no/such/file', but there is no such file",
                        "delivery.bacth is no setting: the nearest is delivery.batch",
                        "MQTT_USERNMAE sets nothing: the nearest is MQTT_USERNAME",
                        "callback.secret-file is '" + secret + "', but",
                        "datapoint.camel.yaml, line 13: No bean");
        List<String> errors = outcome.lines("ERROR");
        for (int i = 0; i < expected.size(); i++) {
            assertTrue(errors.get(i).contains(expected.get(i)), expected.get(i) + outcome.log());
        }
        assertEquals(expected.size(), errors.size(), outcome.log());
        assertFalse(outcome.log().contains("\tat "), outcome.log());
    }

    /** The fault: such settings passed, or an option was named that nobody has set. */
    @Tag("slow")
    @Test
    void fault12_settingsThatAreWrongTogetherAreSaid() throws Exception {
        Standalone.Outcome outcome =
                check(
                        Map.of(
                                "MQTT_URL", "embedded",
                                "PACHUBE_URL", "embedded",
                                "RETRY_INITIAL_DELAY", "20s",
                                "RETRY_MAX_DELAY", "15s",
                                "CALLBACK_HOST", "0.0.0.0",
                                "CALLBACK_PORT", "18080",
                                "MANAGEMENT_PORT", "18080",
                                "SANDBOX_MQTT_PORT", "18090",
                                "SANDBOX_PACHUBE_PORT", "18090"));
        assertEquals(1, outcome.status(), outcome.log());
        List<String> errors = outcome.lines("ERROR");
        List<String> expected =
                List.of(
                        "retry.initial-delay is '20s', but it should be at most"
                                + " retry.max-delay, '15s'",
                        "callback.port and management.port are both '18080'",
                        "sandbox.mqtt.port and sandbox.pachube.port are both '18090'");
        assertEquals(expected.size(), errors.size(), outcome.log());
        for (int i = 0; i < expected.size(); i++) {
            assertTrue(errors.get(i).contains(expected.get(i)), outcome.log());
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"127.0.0.1, 127.0.0.1, 1", "127.0.0.1, 127.0.0.2, 0", "127.0.0.2, ::, 1"})
    void fault12_onePortOnTwoAddressesIsRight(String callback, String observe, int status)
            throws Exception {
        Standalone.Outcome outcome =
                check(
                        Map.of(
                                "CALLBACK_HOST",
                                callback,
                                "CALLBACK_PORT",
                                "18080",
                                "MANAGEMENT_HOST",
                                observe,
                                "MANAGEMENT_PORT",
                                "18080"));
        assertEquals(status, outcome.status(), outcome.log());
    }

    /** It connects nowhere, so an address that swallows all packets (RFC 5737) costs no time. */
    @Tag("slow")
    @Test
    void fault12_aFailingCheckEnds() throws Exception {
        long began = System.nanoTime();
        Standalone.Outcome outcome = // within a minute, or it fails
                check(
                        Map.of(
                                "MQTT_URL", "tcp://192.0.2.1:1883",
                                "PACHUBE_URL", "http://192.0.2.1/v2",
                                "PACHUBE_PROXY", "http://192.0.2.1:3128",
                                "DELIVERY_MAX_CONCURRENT_REQUESTS", "many"));
        System.out.printf("--check took %d ms%n", (System.nanoTime() - began) / 1_000_000);
        assertEquals(1, outcome.status(), outcome.log());
        assertEquals(1, outcome.lines("ERROR").size(), outcome.log());
        assertTrue(
                outcome.log().contains("delivery.max-concurrent-requests is 'many'"),
                outcome.log());
    }

    @Tag("slow")
    @Test
    void fault12_theStartSaysAllThatIsWrong() throws Exception {
        Standalone.Outcome outcome =
                new Standalone(folder)
                        .with("DELIVERY_MAX_CONCURRENT_REQUESTS", "many")
                        .with("CALLBACK_READ_TIMEOUT", "0s")
                        .with("CALLBACK_TLS_KEY_STORE", "no/such/file")
                        .run();
        assertEquals(1, outcome.status(), outcome.log());
        assertEquals(3, outcome.lines("ERROR").size(), outcome.log());
        assertTrue(
                outcome.log().contains("cannot start: delivery.max-concurrent-requests is 'many'"));
        assertTrue(outcome.log().contains("cannot start: callback.read-timeout is '0s'"));
        assertTrue(outcome.log().contains("cannot start: callback.tls.key-store is"));
        assertFalse(Files.exists(folder.resolve("data")), "no secret was made");
    }

    @Test
    void fault12_theStartSaysAllThatIsWrongInTheRoutes() throws Exception {
        edit("datapoint.camel.yaml", "pachubePayloadFormat", "pachubePayloadFromat");
        edit("trigger.camel.yaml", "- split:", "- splitt:");
        Standalone.Outcome outcome = new Standalone(folder).run();
        assertEquals(1, outcome.status(), outcome.log());
        assertTrue(outcome.log().contains("datapoint.camel.yaml, line 13: No bean"), outcome.log());
        assertTrue(outcome.log().contains("trigger.camel.yaml, line 17: "), outcome.log());
    }

    @Tag("slow")
    @Test
    void fault12_aBrokerThatCannotBeEmbeddedIsSaid() throws Exception {
        String withoutArtemis =
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(jar -> !jar.contains("artemis"))
                        .collect(Collectors.joining(File.pathSeparator));
        Standalone bridge = new Standalone(folder).classPath(withoutArtemis);
        Standalone.Outcome outcome = bridge.with("MQTT_URL", "embedded").run("--check");
        assertEquals(1, outcome.status(), outcome.log());
        assertEquals(1, outcome.lines("ERROR").size(), outcome.log());
        assertTrue(outcome.log().contains("mqtt.url is 'embedded', but Artemis is not on"));
    }

    @Tag("slow")
    @Test
    void fault12_aPortInUseIsOneLine() throws Exception {
        for (String name :
                List.of(
                        "callback.port",
                        "management.port",
                        "sandbox.mqtt.port",
                        "sandbox.pachube.port")) {
            try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                    Standalone bridge = new Standalone(folder)) {
                bridge.with("MQTT_URL", "embedded").with("PACHUBE_URL", "embedded");
                bridge.with(
                        name.toUpperCase(Locale.ROOT).replace('.', '_'),
                        String.valueOf(other.getLocalPort()));
                Standalone.Outcome outcome = bridge.run();
                assertEquals(1, outcome.status(), outcome.log());
                assertEquals(1, outcome.log().lines().count(), outcome.log());
                assertTrue(
                        outcome.log()
                                .contains(
                                        "Cannot listen on 127.0.0.1:%d: Address already in use. Set %s"
                                                .formatted(other.getLocalPort(), name)),
                        outcome.log());
                assertEquals(0, bridge.run("--check").status(), "a bridge that is checked may run");
            }
        }
    }

    @Tag("slow")
    @Test
    void fault12_aCallbackAddressOfAnotherPortIsDoubtful() throws Exception {
        Standalone.Outcome outcome = check(Map.of("CALLBACK_URL", "http://localhost:80/callback"));
        assertEquals(0, outcome.status(), outcome.log());
        assertTrue(outcome.lines("WARN").get(0).contains("callback.url is 'http://localhost:80/"));
        assertEquals(List.of(), check(Map.of()).lines("WARN"), "it follows the port by itself");
    }

    @Tag("slow")
    @Test
    void fault12_aSecretThatOthersMayReadIsDoubtful() throws Exception {
        Path secret = folder.resolve("callback.secret");
        Files.writeString(secret, TestBridge.SECRET);
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
        Map<String, String> settings = Map.of("CALLBACK_SECRET_FILE", secret.toString());
        Standalone.Outcome outcome = check(settings);
        assertEquals(0, outcome.status(), outcome.log());
        assertTrue(outcome.lines("WARN").get(0).contains("callback.secret-file is '" + secret));
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        assertEquals(List.of(), check(settings).lines("WARN"));
    }

    @Tag("slow")
    @Test
    void fault12_aSecretFileWithNoSecretIsNamed() throws Exception {
        Path secret = folder.resolve("callback.secret");
        Files.writeString(secret, "not the secret");
        Standalone.Outcome outcome = check(Map.of("CALLBACK_SECRET_FILE", secret.toString()));
        assertEquals(1, outcome.status(), outcome.log());
        assertTrue(outcome.log().contains("callback.secret-file is '" + secret), outcome.log());
        assertFalse(outcome.log().contains("not the secret"), outcome.log());
    }

    @ParameterizedTest
    @ValueSource(strings = {"route:\n    id: a\n    from: { uri: 'direct:a' }\n", "hello world\n"})
    void fault13_aFileWithoutARouteIsWrong(String text) throws Exception {
        Files.writeString(routes.resolve("mine.camel.yaml"), text);
        Standalone.Outcome outcome = check(Map.of());
        assertEquals(1, outcome.status(), outcome.log());
        assertTrue(outcome.log().contains("mine.camel.yaml"), outcome.log());
    }

    @Tag("slow")
    @Test
    void fault13_ofTwoFilesWithOneIdTheUsersIsNamed() throws Exception {
        Files.copy(routes.resolve("datapoint.camel.yaml"), routes.resolve("a.camel.yaml"));
        Standalone.Outcome outcome = check(Map.of());
        assertEquals(1, outcome.status(), outcome.log());
        assertEquals(1, outcome.lines("ERROR").size(), outcome.log());
        assertTrue(
                outcome.log()
                        .contains(
                                "a.camel.yaml, line 2: another route, of"
                                        + " routes/datapoint.camel.yaml, has the id"),
                outcome.log());
    }

    @ParameterizedTest
    @CsvSource({
        "--chek, There is no option --chek",
        "foo, There is no option foo",
        "--check routes/x.yaml, --check takes no argument",
        "--help --check, There is no option --help --check"
    })
    void fault13_anUnknownOptionIsRefused(String arguments, String said) throws Exception {
        Standalone.Outcome outcome = new Standalone(folder).run(arguments.split(" "));
        assertEquals(2, outcome.status(), outcome.log());
        assertTrue(outcome.log().contains(said), outcome.log());
        assertTrue(outcome.log().contains("Usage: "), outcome.log());
    }

    @Test
    void fault13_helpNamesTheOptions() throws Exception {
        Standalone.Outcome outcome = new Standalone(folder).run("--help");
        assertEquals(0, outcome.status(), outcome.log());
        for (String option : List.of("--check", "--help", "--version")) {
            assertTrue(outcome.log().contains("  " + option + " "), outcome.log());
        }
    }

    @Test
    void fault13_theVersionIsShown() throws Exception {
        Standalone.Outcome outcome = new Standalone(folder).run("--version");
        assertEquals(0, outcome.status(), outcome.log());
        assertTrue(outcome.log().startsWith("pachube-mqtt-bridge "), outcome.log());
    }

    @Tag("slow")
    @Test
    void fault16_anUnreadableFileIsNamedAndTheOthersAreLookedAt() throws Exception {
        Files.write(routes.resolve("latin.camel.yaml"), new byte[] {'#', ' ', (byte) 0xb0, '\n'});
        Files.createSymbolicLink(routes.resolve("gone.camel.yaml"), Path.of("nowhere"));
        Files.createSymbolicLink(routes.resolve(".#x.camel.yaml"), Path.of("user@host.1:1"));
        Files.createDirectory(routes.resolve("folder.camel.yaml"));
        Files.write(routes.resolve("._y.camel.yaml"), new byte[] {0, 5, 22, 7});
        edit("datapoint.camel.yaml", "pachubePayloadFormat", "pachubePayloadFromat");
        Standalone.Outcome outcome = check(Map.of());
        assertEquals(1, outcome.status(), outcome.log());
        List<String> errors = outcome.lines("ERROR");
        assertEquals(3, errors.size(), outcome.log());
        assertTrue(errors.get(0).endsWith("gone.camel.yaml cannot be read: there is no such file"));
        assertTrue(errors.get(1).endsWith("latin.camel.yaml cannot be read: it is not UTF-8"));
        assertTrue(errors.get(2).contains("datapoint.camel.yaml, line 13"), outcome.log());
    }

    @Test
    void fault16_aStartGoesOnWithoutAnUnreadableFile() throws Exception {
        Files.createSymbolicLink(routes.resolve("gone.camel.yaml"), Path.of("nowhere"));
        try (Standalone bridge = new Standalone(folder).start()) {
            bridge.awaitLine("(pachube-mqtt-bridge) started in");
            assertTrue(bridge.log().contains("gone.camel.yaml cannot be read: there is no such"));
        }
    }
}
