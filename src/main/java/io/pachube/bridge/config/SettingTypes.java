package io.pachube.bridge.config;

import io.pachube.bridge.delivery.HttpStatusSet;

import org.apache.camel.util.TimeUtils;

import java.time.Duration;
import java.util.Base64;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Creates settings by the type of their value. */
final class SettingTypes {

    private static final Pattern DURATION = Pattern.compile("(\\d+(ms|s|m|h|d)?)+");
    private static final Duration MAX_DURATION = Duration.ofDays(36_500);
    private static final int SECRET_BYTES = 32;
    private static final Pattern USER = Pattern.compile("(?!public:)[\\w-]{1,128}:.+");

    private SettingTypes() {}

    static Setting<String> text(String name, String expected, String pattern) {
        return new Setting<>(name, "", false, expected, matching(pattern));
    }

    static Setting<String> secret(String name) {
        return new Setting<>(name, "", true, "", UnaryOperator.identity());
    }

    static Setting<Boolean> flag(String name, String defaultValue) {
        return new Setting<>(
                name,
                defaultValue,
                false,
                "true or false",
                text -> matching("true|false").apply(text).equals("true"));
    }

    static Setting<Integer> number(String name, String defaultValue, int min, int max) {
        return new Setting<>(
                name,
                defaultValue,
                false,
                "a whole number from " + min + " to " + max,
                text -> (int) range(Integer.parseInt(text), min, max));
    }

    static long range(long number, long min, long max) {
        require(number >= min && number <= max);
        return number;
    }

    static Setting<String> host(String name, String defaultValue) {
        return new Setting<>(
                name,
                defaultValue,
                false,
                "a host name or an IP address",
                matching("[\\p{Alnum}._-]+|\\[[0-9A-Fa-f:.]+]"));
    }

    static Setting<HttpStatusSet> statuses(String name, String defaultValue) {
        return new Setting<>(
                name,
                defaultValue,
                false,
                "statuses such as 429, 500-504 or 5xx, comma separated",
                HttpStatusSet::parse);
    }

    static Setting<Duration> duration(String name, String defaultValue) {
        return new Setting<>(
                name,
                defaultValue,
                false,
                "a time such as 500ms, 10s or 1m",
                SettingTypes::parseDuration);
    }

    static Setting<Duration> positiveDuration(String name, String defaultValue) {
        return new Setting<>(
                name,
                defaultValue,
                false,
                "a time such as 500ms, 10s or 1m, longer than 0",
                text -> {
                    Duration duration = parseDuration(text);
                    require(!duration.isZero());
                    return duration;
                });
    }

    static Duration parseDuration(String text) {
        require(DURATION.matcher(text).matches()); // TimeUtils takes it for nothing at all
        Duration duration = Duration.ofMillis(TimeUtils.toMilliSeconds(text));
        require(!duration.isNegative() && duration.compareTo(MAX_DURATION) <= 0);
        return duration;
    }

    static UnaryOperator<String> matching(String pattern) {
        Pattern compiled = Pattern.compile(pattern);
        return text -> {
            require(compiled.matcher(text).matches());
            return text;
        };
    }

    static void require(boolean condition) {
        if (!condition) {
            throw new IllegalArgumentException();
        }
    }

    static String callbackSecret(String text) {
        for (String secret : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            require(Base64.getDecoder().decode(secret.strip()).length == SECRET_BYTES);
        }
        return text;
    }

    static String users(String text) {
        for (String user : text.isBlank() ? new String[0] : text.split(",", -1)) {
            require(USER.matcher(user.strip()).matches());
        }
        return text;
    }
}
