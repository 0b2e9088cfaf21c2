package io.pachube.bridge.config;

import io.pachube.bridge.config.Setting.WrongValueException;
import io.pachube.bridge.delivery.StatusList;

import org.apache.camel.util.TimeUtils;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Declares the bridge's settings. */
public final class Settings {

    /** The address that stands for a part that runs in this process. */
    public static final String EMBEDDED = "embedded";

    private static final List<Setting<?>> ALL = new ArrayList<>();

    private static final Pattern TIME = Pattern.compile("(\\d+(ms|s|m|h|d)?)+");
    private static final Duration MAX_DURATION = Duration.ofDays(36_500);
    private static final int SECRET_BYTES = 32;

    /** Characters that neither a topic, nor a Camel endpoint's address, takes for anything else. */
    private static final String LEVEL = "[\\p{L}\\p{N}._~@!,=-]+";

    private static final Pattern USER = Pattern.compile("(?!public:)[\\w-]{1,128}:.+");

    /** How Kubernetes and Docker's links name the variables for a service. */
    private static final Pattern SERVICE_VARIABLE =
            Pattern.compile(".*_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT|PORT_\\d+_.*|NAME|ENV_.*)");

    private static final String BROKER = "tcp://broker.example.org:1883";
    private static final String API = "https://api.example.org/v2";
    private static final String FILE = "the path of a file";
    private static final String NAME = "a text without blanks";

    public static final Setting<String> MQTT_URL =
            add("mqtt.url", "", false, "", Settings::brokerUrl);
    public static final Setting<String> MQTT_USERNAME = text("mqtt.username", "a user name", ".*");
    public static final Setting<String> MQTT_PASSWORD = secret("mqtt.password");
    public static final Setting<String> MQTT_CLIENT_ID =
            add("mqtt.client-id", "pachube-bridge", false, NAME, matching("[^\\s\\p{Cntrl}]+"));
    public static final Setting<String> MQTT_SHARED_GROUP =
            text("mqtt.shared-group", "a name without blanks, '/', '+' and '#'", "[^\\s/+#]*");
    public static final Setting<Duration> PUBLISH_TIMEOUT =
            positiveDuration("mqtt.publish-timeout", "1500ms");
    public static final Setting<String> MQTT_TOPIC_PREFIX =
            add(
                    "mqtt.topic-prefix",
                    "pb",
                    false,
                    "one or more levels, such as pb or home/pb: letters, digits and . _ ~ @ ! , ="
                            + " -, without wildcards, and no '/' at the beginning or the end",
                    matching(LEVEL + "(/" + LEVEL + ")*"));

    public static final Setting<String> PACHUBE_URL =
            add("pachube.url", "", false, "", Settings::pachubeUrl);
    public static final Setting<String> API_KEY_HEADER =
            add(
                    "pachube.api-key-header",
                    "X-PachubeApiKey",
                    false,
                    "the name of an HTTP header",
                    matching("[\\w-]+"));
    public static final Setting<String> PROXY =
            add(
                    "pachube.proxy",
                    "",
                    true,
                    "a proxy's address, such as http://proxy.example.org:3128 or"
                            + " http://user:password@proxy.example.org:3128, or none",
                    matching(
                            "|none|(http://)?([^\\s/]+@)?(\\[[0-9A-Fa-f:.]+]|[\\w.-]+)(:\\d{1,5})?/?"));
    public static final Setting<Duration> CONNECT_TIMEOUT =
            positiveDuration("pachube.connect-timeout", "5s");
    public static final Setting<Duration> RESPONSE_TIMEOUT =
            positiveDuration("pachube.response-timeout", "10s");
    public static final Setting<Duration> MIN_REQUEST_INTERVAL =
            duration("pachube.min-request-interval", "0s");
    public static final Setting<Boolean> CREATE_MISSING_DATASTREAMS =
            flag("pachube.create-missing-datastreams", "false");
    public static final Setting<String> TRIGGER_CREATE_METHOD =
            add(
                    "pachube.trigger-create-method",
                    "POST",
                    false,
                    "POST or PUT",
                    matching("POST|PUT"));
    public static final Setting<String> ROUTES_DIRECTORY =
            text("routes.directory", "the path of a folder", ".*");
    public static final Setting<Boolean> ROUTES_RELOAD = flag("routes.reload", "true");

    public static final Setting<String> CALLBACK_HOST = host("callback.host", "0.0.0.0");
    public static final Setting<Integer> CALLBACK_PORT = number("callback.port", "8080", 1, 65_535);
    public static final Setting<String> CALLBACK_URL =
            add(
                    "callback.url",
                    "http://localhost:{{callback.port}}/callback",
                    false,
                    "",
                    text ->
                            Address.parse(
                                            text,
                                            List.of("http", "https"),
                                            "http://bridge.example.org:8080/callback")
                                    .toString());
    public static final Setting<Integer> CALLBACK_MAX_CONCURRENT =
            number("callback.max-concurrent", "100", 1, 10_000);
    public static final Setting<Duration> CALLBACK_READ_TIMEOUT =
            positiveDuration("callback.read-timeout", "10s");
    public static final Setting<String> CALLBACK_SECRET =
            add(
                    "callback.secret",
                    "",
                    true,
                    "base64 of 32 bytes (openssl rand -base64 32), or several of them, comma"
                            + " separated",
                    Settings::callbackSecret);
    public static final Setting<String> CALLBACK_SECRET_FILE =
            add("callback.secret-file", "data/callback.secret", false, FILE, matching(".+"));

    public static final Setting<Integer> MAX_CONCURRENT_REQUESTS =
            number("delivery.max-concurrent-requests", "32", 1, 10_000);
    public static final Setting<String> BATCH =
            add("delivery.batch", "none", false, "none or feed", matching("none|feed"));
    public static final Setting<Long> MAX_IN_FLIGHT_BYTES =
            add(
                    "mqtt.max-in-flight-bytes",
                    "",
                    false,
                    "a whole number of bytes, 1048576 or more, or empty for a share of the heap",
                    text ->
                            text.isEmpty()
                                    ? 0
                                    : range(Long.parseLong(text), 1 << 20, Long.MAX_VALUE));
    public static final Setting<StatusList> RETRY_ON_STATUS =
            statuses("retry.on-status", "403,408,425,429,5xx");
    public static final Setting<StatusList> RETRY_EXCEPT_STATUS =
            statuses("retry.except-status", "");
    public static final Setting<Integer> MAX_ATTEMPTS_FORBIDDEN =
            number("retry.max-attempts-forbidden", "3", 1, 1_000);
    public static final Setting<Duration> RETRY_INITIAL_DELAY =
            positiveDuration("retry.initial-delay", "500ms");
    public static final Setting<Duration> RETRY_MAX_DELAY =
            positiveDuration("retry.max-delay", "15s");
    public static final Setting<Duration> RETRY_MAX_RETRY_AFTER =
            duration("retry.max-retry-after", "1m");
    public static final Setting<Duration> RETRY_TIMEOUT = positiveDuration("retry.timeout", "1m");

    public static final Setting<Duration> HISTORY_POLL_INTERVAL =
            positiveDuration("history.poll-interval", "1m");
    public static final Setting<Duration> HISTORY_MAX_AGE =
            positiveDuration("history.max-age", "1d");
    public static final Setting<Integer> HISTORY_MAX_DATAPOINTS =
            number("history.max-datapoints", "10000", 1, 1_000_000);
    public static final Setting<Duration> MIRROR_DISCOVERY_INTERVAL =
            positiveDuration("mirror.discovery-interval", "5m");

    public static final Setting<String> CLUSTER_SERVICE =
            add(
                    "cluster.service",
                    "none",
                    false,
                    "none, file or context",
                    matching("none|file|context"));
    public static final Setting<String> CLUSTER_DIRECTORY =
            text("cluster.directory", "the path of a folder", ".*");
    public static final Setting<String> CLUSTER_MEMBER =
            text("cluster.member", "a name of letters, digits and . _ -", "[\\w.-]*");
    public static final Setting<Duration> CLUSTER_LEASE =
            add(
                    "cluster.lease",
                    "5s",
                    false,
                    "a time such as 5s, from 2s to 1h",
                    text -> {
                        Duration lease = duration(text);
                        range(lease.toMillis(), 2_000, 3_600_000);
                        return lease;
                    });
    public static final Setting<Boolean> CLUSTER_STANDBY_READY =
            flag("cluster.standby-ready", "true");

    public static final Setting<Boolean> MANAGEMENT_ENABLED = flag("management.enabled", "true");
    public static final Setting<String> MANAGEMENT_HOST = host("management.host", "127.0.0.1");
    public static final Setting<Integer> MANAGEMENT_PORT =
            number("management.port", "9876", 1, 65_535);

    public static final Setting<Boolean> MANAGEMENT_CONSOLE = flag("management.console", "true");

    public static final Setting<String> SANDBOX_HOST = host("sandbox.host", "127.0.0.1");
    public static final Setting<Integer> SANDBOX_MQTT_PORT =
            number("sandbox.mqtt.port", "1883", 0, 65_535);
    public static final Setting<String> SANDBOX_MQTT_USERS =
            add(
                    "sandbox.mqtt.users",
                    "",
                    true,
                    "<key>:<password>, or several of them, comma separated",
                    Settings::users);
    public static final Setting<Integer> SANDBOX_PACHUBE_PORT =
            number("sandbox.pachube.port", "8090", 0, 65_535);

    static {
        for (String group : List.of("mqtt.tls", "pachube.tls", "callback.tls")) {
            for (String store : List.of(".trust-store", ".key-store")) {
                text(group + store, FILE, ".*");
                secret(group + store + "-password");
            }
        }
    }

    private static final Map<String, Setting<?>> BY_NAME =
            ALL.stream().collect(Collectors.toMap(Setting::name, setting -> setting));

    private static final Set<String> GROUPS =
            ALL.stream().map(setting -> group(setting.name())).collect(Collectors.toSet());

    private Settings() {}

    /** Returns all settings, in the order of their declaration. */
    public static List<Setting<?>> all() {
        return List.copyOf(ALL);
    }

    /** Returns the setting of a text type with this name. */
    @SuppressWarnings("unchecked") // a name that is made of parts is a text's
    public static Setting<String> text(String name) {
        return (Setting<String>) BY_NAME.get(name);
    }

    /** Returns true if a property is one of the bridge's settings. */
    public static boolean isSetting(String name) {
        return BY_NAME.containsKey(name);
    }

    /** Returns true if an environment variable sets one of the bridge's settings. */
    public static boolean isVariable(String name) {
        return ALL.stream().anyMatch(setting -> setting.variable().equals(name));
    }

    /**
     * Returns one line for each property that belongs to the bridge's groups, but is no setting.
     */
    public static List<String> unknown(Collection<String> properties) {
        return properties.stream()
                .filter(name -> name.contains(".") && GROUPS.contains(group(name)))
                .filter(name -> !BY_NAME.containsKey(name))
                .sorted()
                .map(name -> name + " is no setting: " + nearest(name, Setting::name))
                .toList();
    }

    /** The same for environment variables. */
    public static List<String> unknownVariables(Collection<String> variables) {
        Set<String> known =
                ALL.stream()
                        .flatMap(s -> Stream.of(s.variable(), s.isSecret() ? s.fileVariable() : ""))
                        .collect(Collectors.toSet());
        return variables.stream()
                .filter(name -> name.contains("_"))
                .filter(
                        name ->
                                GROUPS.contains(
                                        name.replaceFirst("_.*", "").toLowerCase(Locale.ROOT)))
                .filter(name -> name.equals(name.toUpperCase(Locale.ROOT)) && !known.contains(name))
                .filter(name -> !SERVICE_VARIABLE.matcher(name).matches())
                .sorted()
                .map(name -> name + " sets nothing: " + nearest(name, Setting::variable))
                .toList();
    }

    private static String group(String name) {
        return name.substring(0, name.indexOf('.'));
    }

    private static String nearest(String name, Function<Setting<?>, String> form) {
        return "the nearest is " + nearest(name, ALL.stream().map(form).toList()).orElseThrow();
    }

    /** Returns the name that is spelled most like the given one; empty if none is known. */
    public static Optional<String> nearest(String name, Collection<String> known) {
        return known.stream().min(Comparator.comparingInt(other -> distance(other, name)));
    }

    /** Levenshtein's: how many letters to insert, delete or replace. */
    private static int distance(String from, String to) {
        int[] before = IntStream.rangeClosed(0, to.length()).toArray();
        for (int i = 1; i <= from.length(); i++) {
            int[] row = new int[before.length];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int replaced = before[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, 1 + Math.min(before[j], row[j - 1]));
            }
            before = row;
        }
        return before[to.length()];
    }

    private static <T> Setting<T> add(
            String name,
            String defaultValue,
            boolean isSecret,
            String expected,
            Function<String, T> parser) {
        Setting<T> setting = new Setting<>(name, defaultValue, isSecret, expected, parser);
        ALL.add(setting);
        return setting;
    }

    private static Setting<String> text(String name, String expected, String pattern) {
        return add(name, "", false, expected, matching(pattern));
    }

    private static Setting<String> secret(String name) {
        return add(name, "", true, "", UnaryOperator.identity());
    }

    private static Setting<Boolean> flag(String name, String defaultValue) {
        return add(
                name,
                defaultValue,
                false,
                "true or false",
                text -> matching("true|false").apply(text).equals("true"));
    }

    private static Setting<Integer> number(String name, String defaultValue, int min, int max) {
        return add(
                name,
                defaultValue,
                false,
                "a whole number from " + min + " to " + max,
                text -> (int) range(Integer.parseInt(text), min, max));
    }

    private static long range(long number, long min, long max) {
        require(number >= min && number <= max);
        return number;
    }

    private static Setting<String> host(String name, String defaultValue) {
        return add(
                name,
                defaultValue,
                false,
                "a host name or an IP address",
                matching("[\\p{Alnum}._-]+|\\[[0-9A-Fa-f:.]+]"));
    }

    private static Setting<StatusList> statuses(String name, String defaultValue) {
        return add(
                name,
                defaultValue,
                false,
                "statuses such as 429, 500-504 or 5xx, comma separated",
                StatusList::parse);
    }

    private static Setting<Duration> duration(String name, String defaultValue) {
        return add(
                name, defaultValue, false, "a time such as 500ms, 10s or 1m", Settings::duration);
    }

    private static Setting<Duration> positiveDuration(String name, String defaultValue) {
        return add(
                name,
                defaultValue,
                false,
                "a time such as 500ms, 10s or 1m, longer than 0",
                text -> {
                    Duration duration = duration(text);
                    require(!duration.isZero());
                    return duration;
                });
    }

    private static Duration duration(String text) {
        require(TIME.matcher(text).matches()); // TimeUtils takes it for nothing at all
        Duration duration = Duration.ofMillis(TimeUtils.toMilliSeconds(text));
        require(!duration.isNegative() && duration.compareTo(MAX_DURATION) <= 0);
        return duration;
    }

    private static UnaryOperator<String> matching(String pattern) {
        Pattern compiled = Pattern.compile(pattern);
        return text -> {
            require(compiled.matcher(text).matches());
            return text;
        };
    }

    private static void require(boolean condition) {
        if (!condition) {
            throw new IllegalArgumentException();
        }
    }

    private static String brokerUrl(String text) {
        requireSet(text);
        if (text.equals(EMBEDDED)) {
            return text;
        }
        if (text.contains(",") || text.strip().contains(" ")) {
            throw new WrongValueException(
                    "names several brokers, but it should name one: the broker keeps the bridge's"
                            + " sessions and their queued messages, and another broker has neither");
        }
        if (text.contains("@")) {
            throw new WrongValueException(
                    "holds a user or a password: set mqtt.username and mqtt.password instead");
        }
        if (!text.contains("://")) {
            throw new WrongValueException(
                    "is '%s', but it should be a broker's address, such as %s, or embedded"
                            .formatted(text, BROKER));
        }
        Address address =
                Address.parse(text, List.of("tcp", "ssl", "mqtt", "mqtts", "ws", "wss"), BROKER);
        if (!address.scheme().startsWith("ws") && !address.path().isEmpty()) {
            throw new WrongValueException(
                    "is '%s', but only ws:// and wss:// have a path ('%s')"
                            .formatted(text, address.path()));
        }
        if (!address.isPlainHost() && List.of("ssl", "mqtts", "wss").contains(address.scheme())) {
            throw new WrongValueException(
                    "is '%s', but TLS takes no '_' in a host name: give '%s' another name"
                            .formatted(text, address.host()));
        }
        return switch (address.scheme()) {
            case "mqtt" -> address.withScheme("tcp").toString();
            case "mqtts" -> address.withScheme("ssl").toString();
            default -> address.toString();
        };
    }

    private static void requireSet(String text) {
        if (text.isEmpty()) {
            throw new WrongValueException("is not set");
        }
    }

    /** Not set is right where no route uses Pachube. */
    private static String pachubeUrl(String text) {
        if (text.isEmpty() || text.equals(EMBEDDED)) {
            return text;
        }
        if (!text.contains("://")) {
            throw new WrongValueException(
                    "is '%s', but it should be the API's base address, such as %s, or embedded"
                            .formatted(Address.withoutUser(text), API));
        }
        Address address = Address.parse(text, List.of("http", "https"), API);
        if (!address.isPlainHost()) {
            throw new WrongValueException(
                    "is '%s', but an HTTP client takes no '_' in a host name: give '%s' another name"
                                    .formatted(text, address.host())
                            + " (in Compose, an alias of its network)");
        }
        return address.toString();
    }

    private static String callbackSecret(String text) {
        for (String secret : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            require(Base64.getDecoder().decode(secret.strip()).length == SECRET_BYTES);
        }
        return text;
    }

    private static String users(String text) {
        for (String user : text.isBlank() ? new String[0] : text.split(",", -1)) {
            require(USER.matcher(user.strip()).matches());
        }
        return text;
    }
}
