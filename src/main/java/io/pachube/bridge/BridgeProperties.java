package io.pachube.bridge;

import io.pachube.bridge.config.Setting;
import io.pachube.bridge.config.Settings;
import io.pachube.bridge.log.ExceptionMessages;
import io.pachube.bridge.log.Secrets;

import org.apache.camel.CamelContext;
import org.apache.camel.ExtendedCamelContext;
import org.apache.camel.Ordered;
import org.apache.camel.component.properties.DefaultPropertiesLookup;
import org.apache.camel.component.properties.PropertiesComponent;
import org.apache.camel.spi.PropertiesSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The bridge's settings, read once from the context's property placeholders; a setting that is not
 * set has its default. It is a source of placeholders, too: of those defaults, and of what follows
 * from settings.
 *
 * <p>Everything that is wrong is collected, not only the first fault; a wrong setting then has its
 * default, so that the rest can be looked at. No secret is in a message, nor is one a placeholder
 * here.
 *
 * <p>What the context has is read before this is one of its sources of properties: some of it, such
 * as Spring's environment, Camel asks only after all sources.
 */
final class BridgeProperties implements PropertiesSource, Ordered {

    /** A value that is one reference to where it really is. */
    private static final Pattern REFERENCE = Pattern.compile("\\{\\{(?:(\\w+):)?([^{}]+)}}");

    private static final String FILE = "file";

    /** In the place of a wrong one that has no default; nothing is connected to it. */
    private static final Map<Setting<String>, String> STAND_INS =
            Map.of(
                    Settings.MQTT_URL, "tcp://localhost",
                    Settings.PACHUBE_URL, "http://localhost/v2",
                    Settings.CALLBACK_URL, "http://localhost:8080/callback");

    private final CamelContext context;
    private final PropertiesComponent properties;
    private final Map<String, String> environment;
    private final Map<String, String> placeholders = new ConcurrentHashMap<>();
    private final Map<Setting<?>, Object> values = new HashMap<>();
    private final List<String> problems = new ArrayList<>();
    private final List<Setting<?>> wrong = new ArrayList<>();

    BridgeProperties(CamelContext context) {
        this(context, System.getenv());
    }

    /**
     * @param environment where {@code <NAME>_FILE} is looked for
     */
    BridgeProperties(CamelContext context, Map<String, String> environment) {
        this.context = context;
        this.properties = (PropertiesComponent) context.getPropertiesComponent();
        this.environment = environment;
        Settings.all().forEach(this::read);
        addSecretsOfRoutes();
        context.getPropertiesComponent().addPropertiesSource(this);
        hideUsers(context.getCamelContextExtension());
    }

    /** Route files name settings of their own, and their tokens are as secret as the bridge's. */
    private void addSecretsOfRoutes() {
        for (String name : names()) {
            if (Secrets.isSecretName(name) && !Settings.isSetting(name)) {
                addSecret(raw(name));
            }
        }
        environment.forEach(
                (name, value) -> {
                    if (Secrets.isSecretName(name) && !Settings.isVariable(name)) {
                        addSecret(value);
                    }
                });
    }

    private static void addSecret(String value) {
        if (value != null) {
            Secrets.addConfigured(value);
            Secrets.addConfigured(value.replaceFirst("^\\w+ ", "")); // Bearer ..., Token ...
        }
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

    private void read(Setting<?> setting) {
        try {
            String value = setting.isSecret() ? secret(setting) : plain(setting);
            values.put(setting, setting.parse(value));
            if (setting.isSecret()) {
                Secrets.addConfigured(value);
            } else {
                placeholders.put(setting.name(), value);
            }
            return;
        } catch (IllegalArgumentException e) {
            problems.add(e.getMessage());
        }
        wrong.add(setting);
    }

    /** Lets the placeholders of wrong settings have their defaults, so that routes can be built. */
    void hideWrong() {
        Properties defaults = new Properties();
        wrong.forEach(s -> defaults.put(s.name(), STAND_INS.getOrDefault(s, s.defaultValue())));
        properties.setLocalProperties(defaults);
    }

    private String plain(Setting<?> setting) {
        String name = setting.name();
        String raw = raw(name);
        String value =
                (raw == null ? setting.defaultValue() : raw)
                        .replace(
                                "{{" + Settings.CALLBACK_PORT.name() + "}}",
                                String.valueOf(get(Settings.CALLBACK_PORT)));
        Matcher reference = REFERENCE.matcher(value);
        if (reference.matches() && FILE.equals(reference.group(1))) {
            throw new IllegalArgumentException(
                    name + " is '" + value + "', but only a secret may be read from a file");
        }
        if (value.contains("{{") || value.contains("}}")) {
            try {
                value = context.resolvePropertyPlaceholders(value);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "%s is '%s', but a placeholder in it should be {{name}}, of a property that is set"
                                .formatted(name, value),
                        e);
            }
        }
        if (!value.equals(value.strip())) {
            throw new IllegalArgumentException(
                    name + " is '" + value + "', but it should have no blanks at its ends");
        }
        return value;
    }

    /** Literally, unless it is in a file, or as a whole a reference. */
    private String secret(Setting<?> setting) {
        String name = setting.name();
        String value = raw(name);
        String file = environment.get(setting.fileVariable());
        // callback.secret-file, too, has that variable, and is read later
        if (file != null && !file.isEmpty() && setting != Settings.CALLBACK_SECRET) {
            if (value != null && !value.isEmpty()) {
                throw new IllegalArgumentException(
                        name + " and " + setting.fileVariable() + " are both set: set one");
            }
            return content(setting.fileVariable(), file);
        }
        if (value == null) {
            return setting.defaultValue();
        }
        Matcher reference = REFERENCE.matcher(value);
        if (!reference.matches()) {
            return value;
        }
        String function = reference.group(1);
        String argument = reference.group(2);
        if (FILE.equals(function)) {
            return content(name, argument);
        }
        String referred =
                function == null
                        ? raw(argument)
                        : properties.hasPropertiesFunction(function)
                                ? properties.getPropertiesFunction(function).apply(argument)
                                : value;
        if (referred == null && function != null) {
            throw new IllegalArgumentException(
                    name + " refers to {{" + function + ":…}}, which has no value");
        }
        return referred == null ? value : referred;
    }

    /** What the context has, before placeholders in it and backslashes are taken for anything. */
    private String raw(String name) {
        return properties
                .getPropertiesParser()
                .parseUri(
                        "{{?" + name + "}}",
                        new DefaultPropertiesLookup(properties),
                        false,
                        false,
                        false);
    }

    /** A file's text, without the end of its last line. */
    private static String content(String name, String file) {
        try {
            return Files.readString(Path.of(file)).replaceFirst("\\R\\z", "");
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    name
                            + " names the file '"
                            + file
                            + "', which cannot be read: "
                            + ExceptionMessages.ofFile(e),
                    e);
        }
    }

    /** Returns the value; the default where it is wrong. */
    @SuppressWarnings("unchecked") // it was put there with that type
    <T> T get(Setting<T> setting) {
        Object value = values.get(setting);
        if (value != null) {
            return (T) value;
        }
        return setting.parse(STAND_INS.getOrDefault(setting, setting.defaultValue()));
    }

    /** No route uses Pachube: none is embedded. */
    void ignoreEmbeddedPachube() {
        if (get(Settings.PACHUBE_URL).equals(Settings.EMBEDDED)) {
            values.put(Settings.PACHUBE_URL, "");
        }
    }

    boolean isRight(Setting<?> setting) {
        return values.containsKey(setting);
    }

    /** Returns the value of a text, which may be empty. */
    String text(String name) {
        return get(Settings.text(name));
    }

    /** Adds faults that are not in a single setting's value. */
    void addProblems(List<String> more) {
        problems.addAll(more);
    }

    /** Adds a fault of two settings together; each then has its default. */
    void addConflict(String problem, Setting<?> one, Setting<?> other) {
        problems.add(problem);
        for (Setting<?> setting : List.of(one, other)) {
            values.remove(setting);
            placeholders.remove(setting.name());
            wrong.add(setting);
        }
    }

    /** Makes an object of settings; where that fails, adds the problem and returns the other. */
    <T> T collect(Callable<T> maker, T other) {
        try {
            return maker.call();
        } catch (Exception e) {
            problems.add(ExceptionMessages.summarize(e));
            return other;
        }
    }

    /** Returns all that is wrong, a line each. */
    List<String> problems() {
        return problems;
    }

    /**
     * Returns the names of all properties that are set for the context, as far as it knows them.
     */
    List<String> names() {
        Properties all = properties.loadProperties();
        return List.copyOf(all.stringPropertyNames());
    }

    /** Sets what follows from other settings. */
    void derive(String name, String value) {
        placeholders.put(name, value);
    }

    @Override
    public String getName() {
        return "pachube-mqtt-bridge";
    }

    @Override
    public String getProperty(String name) {
        return placeholders.get(name);
    }

    @Override
    public int getOrder() {
        return Ordered.LOWEST;
    }
}
