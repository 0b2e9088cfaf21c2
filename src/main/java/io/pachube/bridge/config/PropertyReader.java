package io.pachube.bridge.config;

import io.pachube.bridge.log.ExceptionMessages;

import org.apache.camel.CamelContext;
import org.apache.camel.component.properties.DefaultPropertiesLookup;
import org.apache.camel.component.properties.PropertiesComponent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the texts of settings from the properties of a Camel context and from files. */
final class PropertyReader {

    /** A value that is one reference to where it really is. */
    private static final Pattern REFERENCE = Pattern.compile("\\{\\{(?:(\\w+):)?([^{}]+)}}");

    private static final String FILE = "file";

    private final CamelContext context;
    private final PropertiesComponent properties;
    private final Map<String, String> environment;

    /**
     * @param environment where {@code <NAME>_FILE} is looked for
     */
    PropertyReader(CamelContext context, Map<String, String> environment) {
        this.context = context;
        this.properties = (PropertiesComponent) context.getPropertiesComponent();
        this.environment = environment;
    }

    /**
     * Returns the text of a setting; its default if it is not set.
     *
     * @param callbackPort the value of {@code {{callback.port}}}, which has a default, too
     * @throws IllegalArgumentException if it cannot be read; the message holds no secret
     */
    String read(Setting<?> setting, int callbackPort) {
        return setting.isSecret() ? secret(setting) : plain(setting, callbackPort);
    }

    private String plain(Setting<?> setting, int callbackPort) {
        String name = setting.name();
        String raw = raw(name);
        String value =
                (raw == null ? setting.defaultValue() : raw)
                        .replace(
                                "{{" + Settings.CALLBACK_PORT.name() + "}}",
                                String.valueOf(callbackPort));
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

    /** A secret is read literally, unless it is in a file, or as a whole a reference. */
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

    /** Returns the context's value, with its placeholders and backslashes; null without one. */
    String raw(String name) {
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
}
