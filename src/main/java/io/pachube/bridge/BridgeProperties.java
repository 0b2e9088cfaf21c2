package io.pachube.bridge;

import org.apache.camel.CamelContext;
import org.apache.camel.ExtendedCamelContext;
import org.apache.camel.Ordered;
import org.apache.camel.spi.PropertiesSource;
import org.apache.camel.util.TimeUtils;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The bridge's settings, as Camel's property placeholders: what nobody set has its default, the one
 * in {@code application.properties}.
 *
 * <p>What the context has is read before this is one of its sources of properties: some of it, such
 * as Spring's environment, Camel asks only after all sources.
 */
final class BridgeProperties implements PropertiesSource, Ordered {

    /** Those that a host must set itself, or that are its own. */
    private static final Set<String> NO_DEFAULT =
            Set.of("mqtt.url", "pachube.url", "pachube.routes");

    private static final Pattern TIME = Pattern.compile("(\\d+(ms|s|m|h|d)?)+");

    private final CamelContext context;
    private final Map<String, String> values = new ConcurrentHashMap<>();

    BridgeProperties(CamelContext context) {
        this.context = context;
        Properties defaults = new Properties();
        try (InputStream in =
                BridgeProperties.class.getResourceAsStream("application.properties")) {
            defaults.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        defaults.keySet().removeIf(name -> NO_DEFAULT.contains(name) || isCamels((String) name));
        for (String name : defaults.stringPropertyNames()) {
            String set = context.resolvePropertyPlaceholders("{{?" + name + "}}");
            values.put(name, set == null ? defaults.getProperty(name) : set);
        }
        context.getPropertiesComponent().addPropertiesSource(this);
        hideUsers(context.getCamelContextExtension());
    }

    /** camel-main logs the settings, and knows a secret by the last word of its name. */
    private static void hideUsers(ExtendedCamelContext context) {
        String others = context.getAdditionalSensitiveKeywords();
        if (others == null || !List.of(others.split(",")).contains("users")) {
            context.setAdditionalSensitiveKeywords(others == null ? "users" : others + ",users");
        }
    }

    /** The context's placeholders are without them again. */
    void remove() {
        context.getPropertiesComponent().getPropertiesSources().remove(this);
    }

    private static boolean isCamels(String name) {
        return name.startsWith("camel.");
    }

    /** Sets what follows from other settings. */
    void derive(String name, String value) {
        values.put(name, value);
    }

    @Override
    public String getName() {
        return "pachube-mqtt-bridge";
    }

    @Override
    public String getProperty(String name) {
        return values.get(name);
    }

    @Override
    public int getOrder() {
        return Ordered.LOWEST;
    }

    /** The setting; empty where nobody set it and it has no default. */
    String optional(String name) {
        String value = context.resolvePropertyPlaceholders("{{?" + name + "}}");
        return value == null ? "" : value.strip();
    }

    /**
     * @throws IllegalArgumentException if it is not set
     */
    String text(String name) {
        String value = optional(name);
        if (value.isEmpty()) {
            throw new IllegalArgumentException(name + " is not set");
        }
        return value;
    }

    boolean flag(String name) {
        return parse(
                name,
                "true or false",
                text -> {
                    if (!text.equals("true") && !text.equals("false")) {
                        throw new IllegalArgumentException();
                    }
                    return text.equals("true");
                });
    }

    int port(String name) {
        return (int) number(name, 0, 65535);
    }

    /**
     * @throws IllegalArgumentException if it is no whole number in the range
     */
    long number(String name, long least, long most) {
        return parse(
                name,
                "a whole number from " + least + " to " + most,
                text -> {
                    long number = Long.parseLong(text);
                    if (number < least || number > most) {
                        throw new IllegalArgumentException();
                    }
                    return number;
                });
    }

    /**
     * @throws IllegalArgumentException if it is no time
     */
    Duration duration(String name) {
        return parse(
                name,
                "a time such as 500ms, 10s or 1m",
                text -> {
                    if (!TIME.matcher(text).matches()) { // TimeUtils takes it for nothing at all
                        throw new IllegalArgumentException();
                    }
                    return Duration.ofMillis(TimeUtils.toMilliSeconds(text));
                });
    }

    /** Reads a setting, and says which one is wrong, and how. */
    <T> T parse(String name, String expected, Function<String, T> parser) {
        String text = optional(name);
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    name + " is '" + text + "', but it should be " + expected, e);
        }
    }
}
