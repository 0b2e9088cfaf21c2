package io.pachube.bridge.config;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;

/** Each setting accepts valid values, and names the fault of an invalid one. */
class SettingsTest {

    /** Any text is right. */
    private static final List<String> NOTHING_IS_WRONG = List.of();

    private static final List<String> NO_DURATION =
            List.of("", "1 s", "soon", "-1s", "1.5s", "s", "1y", "99999999999d");
    private static final List<String> NO_POSITIVE_DURATION =
            List.of("0", "0s", "", "1 s", "soon", "-1s", "1.5s", "1y", "99999999999d");
    private static final List<String> NO_FLAG = List.of("", "yes", "True", "1", "on");
    private static final List<String> NO_HOST =
            List.of("", "a b", "http://a", "a/b", "a:80", "::1");
    private static final List<String> NO_PORT = List.of("", "0", "65536", "eighty", "80.0", "-1");
    private static final List<String> NO_SANDBOX_PORT = List.of("", "65536", "eighty", "-1");

    private static final Map<String, List<String>> WRONG = new TreeMap<>();

    static {
        wrong("mqtt.url", "", "embeded", "broker:1883", "http://h", "tcp://", "tcp:///x");
        wrong("mqtt.url", "tcp://h:0", "tcp://h:65536", "tcp://h:x", "tcp://h/x", "tcp://h?x=1");
        wrong(
                "mqtt.url",
                "tcp://u:p@h",
                "u:p@h",
                "tcp://a,tcp://b",
                "tcp://a tcp://b",
                "tcp://a*b");
        WRONG.put("mqtt.username", NOTHING_IS_WRONG);
        WRONG.put("mqtt.password", NOTHING_IS_WRONG);
        wrong("mqtt.client-id", "", "a b", "a\tb", "a\u0000");
        wrong("mqtt.shared-group", "a b", "a/b", "+", "a#");
        wrong("mqtt.publish-timeout", "0s", "soon");
        wrong(
                "mqtt.topic-prefix",
                "",
                "pb/",
                "/pb",
                "pb/#",
                "+/pb",
                "a//b",
                "a b",
                "{x}",
                "a\\b",
                "$pb");
        wrong("pachube.url", "embeded", "api.example.org/v2", "ftp://x/v2", "http:///v2");
        wrong("pachube.url", "http://h/v2?x=1", "http://h/v2#x", "http://u:p@h/v2", "u:p@h/v2");
        wrong("pachube.url", "http://my_pachube:8080/v2", "http://a*b/v2", "http://h:99999/v2");
        wrong("pachube.api-key-header", "", "X Key", "X:Key", "Kéy");
        wrong(
                "pachube.proxy",
                "https://proxy:3128",
                "socks5://p:1",
                "p:1:2",
                "p/x",
                "a b",
                "NONE:x");
        WRONG.put("pachube.connect-timeout", NO_POSITIVE_DURATION);
        WRONG.put("pachube.response-timeout", NO_POSITIVE_DURATION);
        WRONG.put("pachube.min-request-interval", NO_DURATION);
        WRONG.put("pachube.create-missing-datastreams", NO_FLAG);
        wrong("pachube.trigger-create-method", "", "post", "PATCH");
        WRONG.put("routes.directory", NOTHING_IS_WRONG);
        WRONG.put("routes.reload", NO_FLAG);
        WRONG.put("callback.host", NO_HOST);
        WRONG.put("callback.port", NO_PORT);
        wrong(
                "callback.url",
                "",
                "localhost",
                "ftp://h/",
                "http://h/?a=b",
                "http://u@h/",
                "http://");
        wrong("callback.max-concurrent", "", "0", "10001", "many");
        WRONG.put("callback.read-timeout", NO_POSITIVE_DURATION);
        wrong("callback.secret", "short", "MDEy", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=,");
        wrong("callback.secret-file", "");
        wrong("delivery.max-concurrent-requests", "", "0", "10001", "many");
        wrong("delivery.batch", "", "all", "Feed", "1");
        wrong("mqtt.max-in-flight-bytes", "0", "1048575", "64M");
        wrong("retry.on-status", "6xx", "42", "429;500", "504-500");
        wrong("retry.except-status", "x", "99");
        wrong("retry.max-attempts-forbidden", "", "0", "1001");
        WRONG.put("retry.initial-delay", NO_POSITIVE_DURATION);
        WRONG.put("retry.max-delay", NO_POSITIVE_DURATION);
        WRONG.put("retry.max-retry-after", NO_DURATION);
        WRONG.put("retry.timeout", NO_POSITIVE_DURATION);
        WRONG.put("history.poll-interval", NO_POSITIVE_DURATION);
        WRONG.put("history.max-age", NO_POSITIVE_DURATION);
        wrong("history.max-datapoints", "", "0", "1000001");
        WRONG.put("mirror.discovery-interval", NO_POSITIVE_DURATION);
        WRONG.put("management.enabled", NO_FLAG);
        WRONG.put("management.host", NO_HOST);
        WRONG.put("management.port", NO_PORT);
        WRONG.put("management.console", NO_FLAG);
        wrong("cluster.service", "", "zookeeper", "File");
        WRONG.put("cluster.directory", NOTHING_IS_WRONG);
        wrong("cluster.member", "a b", "a/b", "ä");
        wrong("cluster.lease", "", "1s", "2h", "soon");
        WRONG.put("cluster.standby-ready", NO_FLAG);
        WRONG.put("sandbox.host", NO_HOST);
        WRONG.put("sandbox.mqtt.port", NO_SANDBOX_PORT);
        wrong("sandbox.mqtt.users", "alice", "alice:", "public:x", "a b:c", "alice:x,,bob:y");
        WRONG.put("sandbox.pachube.port", NO_SANDBOX_PORT);
        for (String group : List.of("mqtt", "pachube", "callback")) {
            for (String store : List.of("trust-store", "key-store")) {
                WRONG.put(group + ".tls." + store, NOTHING_IS_WRONG); // TlsIT reads the files
                WRONG.put(group + ".tls." + store + "-password", NOTHING_IS_WRONG);
            }
        }
    }

    private static void wrong(String name, String... values) {
        WRONG.merge(
                name,
                List.of(values),
                (some, more) ->
                        java.util.stream.Stream.concat(some.stream(), more.stream()).toList());
    }

    static List<Setting<?>> all() {
        return Settings.all();
    }

    @ParameterizedTest
    @MethodSource("all")
    void fault12_aWrongValueIsRefusedWithTheSettingsName(Setting<?> setting) {
        List<String> wrong = WRONG.get(setting.name());
        for (String value : wrong) {
            String message =
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> setting.parse(value),
                                    () -> setting.name() + " takes '" + value + "'")
                            .getMessage();
            assertTrue(message.startsWith(setting.name() + " "), message);
            boolean isShown = message.contains("'" + value + "'");
            boolean isNamed =
                    message.matches(".* (is not set|names several brokers|holds a user).*")
                            || value.contains("@");
            assertEquals(!setting.isSecret() && !isNamed, isShown, message);
            assertFalse(message.contains("u:p"), message);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void aDefaultIsRight(Setting<?> setting) {
        if (!Set.of("mqtt.url", "pachube.url", "callback.url").contains(setting.name())) {
            assertDoesNotThrow(() -> setting.parse(setting.defaultValue()));
        }
    }

    @Test
    void aDefaultIsTheOneOfThePropertiesFile() throws Exception {
        Map<String, String> declared = new TreeMap<>();
        all().forEach(setting -> declared.put(setting.name(), setting.defaultValue()));
        // a host must set these itself
        declared.putAll(
                Map.of(
                        "mqtt.url",
                        "embedded",
                        "pachube.url",
                        "embedded",
                        "routes.directory",
                        "routes"));
        assertEquals(propertiesFile(), declared);
    }

    private static Map<String, String> propertiesFile() throws IOException {
        Properties file = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of("application.properties"))) {
            file.load(reader);
        }
        Map<String, String> settings = new TreeMap<>();
        file.stringPropertyNames().stream()
                .filter(name -> !name.startsWith("camel."))
                .forEach(name -> settings.put(name, file.getProperty(name)));
        return settings;
    }

    /** The page has one row for each: its name, its meaning, its default. */
    @Test
    void aSettingIsInThePageWithItsDefault() throws Exception {
        Map<String, String> page = new TreeMap<>();
        for (String line : Files.readAllLines(Path.of("docs", "configuration.md"))) {
            String[] cells = line.split("\\s*\\|\\s*", -1);
            if (cells.length == 6 && cells[1].startsWith("`")) {
                assertNull(page.put(cells[1].replace("`", ""), cells[3].replace("`", "")), line);
            }
        }
        assertEquals(propertiesFile(), page);
    }

    @ParameterizedTest
    @CsvSource({
        "mqtt://h, tcp://h",
        "mqtt://h:1883/, tcp://h:1883",
        "MQTTS://h:8883/, ssl://h:8883",
        "tcp://my_broker:1883, tcp://my_broker:1883",
        "tcp://[::1]:1883/, tcp://[::1]:1883",
        "ws://h:8080/mqtt, ws://h:8080/mqtt",
        "wss://h/, wss://h",
        "embedded, embedded"
    })
    void fault11_aBrokersAddressIsTakenAsUsersWriteIt(String written, String used) {
        assertEquals(used, Settings.MQTT_URL.parse(written));
    }

    @ParameterizedTest
    @CsvSource({
        "https://api.example.org/v2/, https://api.example.org/v2",
        "http://h:8080, http://h:8080",
        "embedded, embedded"
    })
    void pachubesAddressLosesItsLastSlash(String written, String used) {
        assertEquals(used, Settings.PACHUBE_URL.parse(written));
    }

    @Test
    void fault7_anUnderscoreInTheCallbacksHostIsRight() {
        String url = "http://my_bridge:8080/callback";
        assertEquals(url, Settings.CALLBACK_URL.parse(url));
    }

    @ParameterizedTest
    @CsvSource({
        "delivery.bacth, delivery.batch",
        "mqtt.ulr, mqtt.url",
        "mqtt.tls.keystore, mqtt.tls.key-store",
        "callback.prot, callback.port"
    })
    void fault12_anUnknownSettingIsNamedWithTheNearest(String unknown, String nearest) {
        assertEquals(
                List.of(unknown + " is no setting: the nearest is " + nearest),
                SettingNames.unknown(
                        List.of(unknown, "mqtt.url", "house.kitchen.power", "camel.x.y")));
    }

    @Test
    void fault12_anUnknownVariableIsNamedWithTheNearest() {
        assertEquals(
                List.of("MQTT_USERNMAE sets nothing: the nearest is MQTT_USERNAME"),
                SettingNames.unknownVariables(
                        List.of(
                                "MQTT_USERNMAE",
                                "MQTT_URL",
                                "MQTT_PASSWORD_FILE",
                                "CALLBACK_SECRET_FILE",
                                "PATH",
                                "JAVA_HOME")));
    }

    @Test
    void whatKubernetesSetsForAServiceIsNoMisspelling() {
        assertEquals(
                List.of(),
                SettingNames.unknownVariables(
                        List.of(
                                "MQTT_SERVICE_HOST",
                                "MQTT_SERVICE_PORT",
                                "MQTT_PORT",
                                "MQTT_PORT_1883_TCP_ADDR",
                                "PACHUBE_PORT_80_TCP")));
    }
}
