package io.pachube.bridge.config;

import static io.pachube.bridge.config.SettingTypes.duration;
import static io.pachube.bridge.config.SettingTypes.flag;
import static io.pachube.bridge.config.SettingTypes.host;
import static io.pachube.bridge.config.SettingTypes.matching;
import static io.pachube.bridge.config.SettingTypes.number;
import static io.pachube.bridge.config.SettingTypes.parseDuration;
import static io.pachube.bridge.config.SettingTypes.positiveDuration;
import static io.pachube.bridge.config.SettingTypes.range;
import static io.pachube.bridge.config.SettingTypes.secret;
import static io.pachube.bridge.config.SettingTypes.statuses;
import static io.pachube.bridge.config.SettingTypes.text;

import io.pachube.bridge.delivery.HttpStatusSet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Declares the bridge's settings. */
public final class Settings {

    /** The address that stands for a part that runs in this process. */
    public static final String EMBEDDED = "embedded";

    private static final List<Setting<?>> ALL = new ArrayList<>();

    /** Characters that neither a topic, nor a Camel endpoint's address, takes for anything else. */
    private static final String LEVEL = "[\\p{L}\\p{N}._~@!,=-]+";

    private static final String FILE = "the path of a file";
    private static final String NAME = "a text without blanks";

    public static final Setting<String> MQTT_URL =
            add(new Setting<>("mqtt.url", "", false, "", AddressTypes::brokerUrl));
    public static final Setting<String> MQTT_USERNAME =
            add(text("mqtt.username", "a user name", ".*"));
    public static final Setting<String> MQTT_PASSWORD = add(secret("mqtt.password"));
    public static final Setting<String> MQTT_CLIENT_ID =
            add(
                    new Setting<>(
                            "mqtt.client-id",
                            "pachube-bridge",
                            false,
                            NAME,
                            matching("[^\\s\\p{Cntrl}]+")));
    public static final Setting<String> MQTT_SHARED_GROUP =
            add(text("mqtt.shared-group", "a name without blanks, '/', '+' and '#'", "[^\\s/+#]*"));
    public static final Setting<Duration> PUBLISH_TIMEOUT =
            add(positiveDuration("mqtt.publish-timeout", "1500ms"));
    public static final Setting<String> MQTT_TOPIC_PREFIX =
            add(
                    new Setting<>(
                            "mqtt.topic-prefix",
                            "pb",
                            false,
                            "one or more levels, such as pb or home/pb: letters, digits and . _ ~ @ ! , ="
                                    + " -, without wildcards, and no '/' at the beginning or the end",
                            matching(LEVEL + "(/" + LEVEL + ")*")));

    public static final Setting<String> PACHUBE_URL =
            add(new Setting<>("pachube.url", "", false, "", AddressTypes::pachubeUrl));
    public static final Setting<String> API_KEY_HEADER =
            add(
                    new Setting<>(
                            "pachube.api-key-header",
                            "X-PachubeApiKey",
                            false,
                            "the name of an HTTP header",
                            matching("[\\w-]+")));
    public static final Setting<String> PROXY =
            add(
                    new Setting<>(
                            "pachube.proxy",
                            "",
                            true,
                            "a proxy's address, such as http://proxy.example.org:3128 or"
                                    + " http://user:password@proxy.example.org:3128, or none",
                            matching(
                                    "|none|(http://)?([^\\s/]+@)?(\\[[0-9A-Fa-f:.]+]|[\\w.-]+)(:\\d{1,5})?/?")));
    public static final Setting<Duration> CONNECT_TIMEOUT =
            add(positiveDuration("pachube.connect-timeout", "5s"));
    public static final Setting<Duration> RESPONSE_TIMEOUT =
            add(positiveDuration("pachube.response-timeout", "10s"));
    public static final Setting<Duration> MIN_REQUEST_INTERVAL =
            add(duration("pachube.min-request-interval", "0s"));
    public static final Setting<Boolean> CREATE_MISSING_DATASTREAMS =
            add(flag("pachube.create-missing-datastreams", "false"));
    public static final Setting<String> TRIGGER_CREATE_METHOD =
            add(
                    new Setting<>(
                            "pachube.trigger-create-method",
                            "POST",
                            false,
                            "POST or PUT",
                            matching("POST|PUT")));
    public static final Setting<String> ROUTES_DIRECTORY =
            add(text("routes.directory", "the path of a folder", ".*"));
    public static final Setting<Boolean> ROUTES_RELOAD = add(flag("routes.reload", "true"));

    public static final Setting<String> CALLBACK_HOST = add(host("callback.host", "0.0.0.0"));
    public static final Setting<Integer> CALLBACK_PORT =
            add(number("callback.port", "8080", 1, 65_535));
    public static final Setting<String> CALLBACK_URL =
            add(
                    new Setting<>(
                            "callback.url",
                            "http://localhost:{{callback.port}}/callback",
                            false,
                            "",
                            text ->
                                    Address.parse(
                                                    text,
                                                    List.of("http", "https"),
                                                    "http://bridge.example.org:8080/callback")
                                            .toString()));
    public static final Setting<Integer> CALLBACK_MAX_CONCURRENT =
            add(number("callback.max-concurrent", "100", 1, 10_000));
    public static final Setting<Duration> CALLBACK_READ_TIMEOUT =
            add(positiveDuration("callback.read-timeout", "10s"));
    public static final Setting<String> CALLBACK_SECRET =
            add(
                    new Setting<>(
                            "callback.secret",
                            "",
                            true,
                            "base64 of 32 bytes (openssl rand -base64 32), or several of them, comma"
                                    + " separated",
                            SettingTypes::callbackSecret));
    public static final Setting<String> CALLBACK_SECRET_FILE =
            add(
                    new Setting<>(
                            "callback.secret-file",
                            "data/callback.secret",
                            false,
                            FILE,
                            matching(".+")));

    public static final Setting<Integer> MAX_CONCURRENT_REQUESTS =
            add(number("delivery.max-concurrent-requests", "32", 1, 10_000));
    public static final Setting<String> BATCH =
            add(
                    new Setting<>(
                            "delivery.batch",
                            "none",
                            false,
                            "none or feed",
                            matching("none|feed")));
    public static final Setting<Long> MAX_IN_FLIGHT_BYTES =
            add(
                    new Setting<>(
                            "mqtt.max-in-flight-bytes",
                            "",
                            false,
                            "a whole number of bytes, 1048576 or more, or empty for a share of the heap",
                            text ->
                                    text.isEmpty()
                                            ? 0
                                            : range(
                                                    Long.parseLong(text),
                                                    1 << 20,
                                                    Long.MAX_VALUE)));
    public static final Setting<HttpStatusSet> RETRY_ON_STATUS =
            add(statuses("retry.on-status", "403,408,425,429,5xx"));
    public static final Setting<HttpStatusSet> RETRY_EXCEPT_STATUS =
            add(statuses("retry.except-status", ""));
    public static final Setting<Integer> MAX_ATTEMPTS_FORBIDDEN =
            add(number("retry.max-attempts-forbidden", "3", 1, 1_000));
    public static final Setting<Duration> RETRY_INITIAL_DELAY =
            add(positiveDuration("retry.initial-delay", "500ms"));
    public static final Setting<Duration> RETRY_MAX_DELAY =
            add(positiveDuration("retry.max-delay", "15s"));
    public static final Setting<Duration> RETRY_MAX_RETRY_AFTER =
            add(duration("retry.max-retry-after", "1m"));
    public static final Setting<Duration> RETRY_TIMEOUT =
            add(positiveDuration("retry.timeout", "1m"));

    public static final Setting<Duration> HISTORY_POLL_INTERVAL =
            add(positiveDuration("history.poll-interval", "1m"));
    public static final Setting<Duration> HISTORY_MAX_AGE =
            add(positiveDuration("history.max-age", "1d"));
    public static final Setting<Integer> HISTORY_MAX_DATAPOINTS =
            add(number("history.max-datapoints", "10000", 1, 1_000_000));
    public static final Setting<Duration> MIRROR_DISCOVERY_INTERVAL =
            add(positiveDuration("mirror.discovery-interval", "5m"));

    public static final Setting<String> CLUSTER_SERVICE =
            add(
                    new Setting<>(
                            "cluster.service",
                            "none",
                            false,
                            "none, file or context",
                            matching("none|file|context")));
    public static final Setting<String> CLUSTER_DIRECTORY =
            add(text("cluster.directory", "the path of a folder", ".*"));
    public static final Setting<String> CLUSTER_MEMBER =
            add(text("cluster.member", "a name of letters, digits and . _ -", "[\\w.-]*"));
    public static final Setting<Duration> CLUSTER_LEASE =
            add(
                    new Setting<>(
                            "cluster.lease",
                            "5s",
                            false,
                            "a time such as 5s, from 2s to 1h",
                            text -> {
                                Duration lease = parseDuration(text);
                                range(lease.toMillis(), 2_000, 3_600_000);
                                return lease;
                            }));
    public static final Setting<Boolean> CLUSTER_STANDBY_READY =
            add(flag("cluster.standby-ready", "true"));

    public static final Setting<Boolean> MANAGEMENT_ENABLED =
            add(flag("management.enabled", "true"));
    public static final Setting<String> MANAGEMENT_HOST = add(host("management.host", "127.0.0.1"));
    public static final Setting<Integer> MANAGEMENT_PORT =
            add(number("management.port", "9876", 1, 65_535));

    public static final Setting<Boolean> MANAGEMENT_CONSOLE =
            add(flag("management.console", "true"));

    public static final Setting<String> SANDBOX_HOST = add(host("sandbox.host", "127.0.0.1"));
    public static final Setting<Integer> SANDBOX_MQTT_PORT =
            add(number("sandbox.mqtt.port", "1883", 0, 65_535));
    public static final Setting<String> SANDBOX_MQTT_USERS =
            add(
                    new Setting<>(
                            "sandbox.mqtt.users",
                            "",
                            true,
                            "<key>:<password>, or several of them, comma separated",
                            SettingTypes::users));
    public static final Setting<Integer> SANDBOX_PACHUBE_PORT =
            add(number("sandbox.pachube.port", "8090", 0, 65_535));

    /** Declares the files of one TLS connection. */
    record TlsSettings(
            String group,
            Setting<String> trustStore,
            Setting<String> trustStorePassword,
            Setting<String> keyStore,
            Setting<String> keyStorePassword) {

        TlsSettings(String group) {
            this(
                    group,
                    add(text(group + ".trust-store", FILE, ".*")),
                    add(secret(group + ".trust-store-password")),
                    add(text(group + ".key-store", FILE, ".*")),
                    add(secret(group + ".key-store-password")));
        }
    }

    static final TlsSettings MQTT_TLS = new TlsSettings("mqtt.tls");
    static final TlsSettings PACHUBE_TLS = new TlsSettings("pachube.tls");
    static final TlsSettings CALLBACK_TLS = new TlsSettings("callback.tls");

    private Settings() {}

    /** Returns all settings, in the order of their declaration. */
    public static List<Setting<?>> all() {
        return List.copyOf(ALL);
    }

    private static <T> Setting<T> add(Setting<T> setting) {
        ALL.add(setting);
        return setting;
    }
}
