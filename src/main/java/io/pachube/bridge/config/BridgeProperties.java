package io.pachube.bridge.config;

import io.pachube.bridge.log.SecretMasker;

import org.apache.camel.CamelContext;
import org.apache.camel.ExtendedCamelContext;
import org.apache.camel.Ordered;
import org.apache.camel.component.properties.PropertiesComponent;
import org.apache.camel.spi.PropertiesSource;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads the bridge's settings once from the context's property placeholders, and is a source of
 * placeholders itself: of the settings' defaults, and of values that are derived from settings. It
 * is none of secrets.
 *
 * <p>Every fault is collected. A wrong setting then has its default, so that the rest can be
 * checked.
 *
 * <p>The settings are read before this is one of the context's sources of properties: some, such as
 * Spring's environment, Camel asks only after all sources.
 */
public final class BridgeProperties implements PropertiesSource, Ordered {

    /** Replace a wrong value that has no default; nothing is connected to them. */
    private static final Map<Setting<String>, String> STAND_INS =
            Map.of(
                    Settings.MQTT_URL, "tcp://localhost",
                    Settings.PACHUBE_URL, "http://localhost/v2",
                    Settings.CALLBACK_URL, "http://localhost:8080/callback");

    private final PropertiesComponent properties;
    private final ConfigProblems problems;
    private final Map<String, String> placeholders = new ConcurrentHashMap<>();
    private final Map<Setting<?>, Object> values = new HashMap<>();
    private final List<Setting<?>> wrong = new ArrayList<>();

    /** Reads the settings of a context. */
    public BridgeProperties(CamelContext context, ConfigProblems problems) {
        this(context, problems, System.getenv());
    }

    BridgeProperties(
            CamelContext context, ConfigProblems problems, Map<String, String> environment) {
        this.properties = (PropertiesComponent) context.getPropertiesComponent();
        this.problems = problems;
        PropertyReader reader = new PropertyReader(context, environment);
        Settings.all().forEach(setting -> read(setting, reader));
        addSecretsOfRoutes(reader, environment);
        properties.addPropertiesSource(this);
        maskUsersProperty(context.getCamelContextExtension());
    }

    /** Route files name settings of their own, and their tokens are as secret as the bridge's. */
    private void addSecretsOfRoutes(PropertyReader reader, Map<String, String> environment) {
        for (String name : names()) {
            if (SecretMasker.isSecretName(name) && !SettingNames.isSetting(name)) {
                addSecret(reader.raw(name));
            }
        }
        environment.forEach(
                (name, value) -> {
                    if (SecretMasker.isSecretName(name) && !SettingNames.isVariable(name)) {
                        addSecret(value);
                    }
                });
    }

    private static void addSecret(String value) {
        if (value != null) {
            SecretMasker.addConfigured(value);
            SecretMasker.addConfigured(value.replaceFirst("^\\w+ ", "")); // Bearer ..., Token ...
        }
    }

    /** camel-main logs the settings, and knows a secret by the last word of its name. */
    private static void maskUsersProperty(ExtendedCamelContext context) {
        String others = context.getAdditionalSensitiveKeywords();
        if (others == null || !List.of(others.split(",")).contains("users")) {
            context.setAdditionalSensitiveKeywords(others == null ? "users" : others + ",users");
        }
    }

    private void read(Setting<?> setting, PropertyReader reader) {
        try {
            String value = reader.read(setting, get(Settings.CALLBACK_PORT));
            values.put(setting, setting.parse(value));
            if (setting.isSecret()) {
                SecretMasker.addConfigured(value);
            } else {
                placeholders.put(setting.name(), value);
            }
        } catch (IllegalArgumentException e) {
            problems.add(e.getMessage());
            wrong.add(setting);
        }
    }

    /** Returns the value; the default if it is wrong. */
    @SuppressWarnings("unchecked") // it was put there with that type
    <T> T get(Setting<T> setting) {
        Object value = values.get(setting);
        if (value != null) {
            return (T) value;
        }
        return setting.parse(STAND_INS.getOrDefault(setting, setting.defaultValue()));
    }

    /** Returns the value as it is written. */
    String getText(Setting<?> setting) {
        return placeholders.getOrDefault(setting.name(), setting.defaultValue());
    }

    boolean isValid(Setting<?> setting) {
        return values.containsKey(setting);
    }

    /** Gives a setting its default, because it is wrong together with another. */
    void reset(Setting<?> setting) {
        values.remove(setting);
        placeholders.remove(setting.name());
        wrong.add(setting);
    }

    /** Lets the placeholders of wrong settings have their defaults, so that routes can be built. */
    public void useDefaultsOfInvalid() {
        Properties defaults = new Properties();
        wrong.forEach(s -> defaults.put(s.name(), STAND_INS.getOrDefault(s, s.defaultValue())));
        properties.setLocalProperties(defaults);
    }

    /** Returns the folder of the route files; empty for those in the jar. */
    public String routesDirectory() {
        return get(Settings.ROUTES_DIRECTORY);
    }

    /** Returns the names of all properties of the context, as far as it knows them. */
    public List<String> names() {
        return List.copyOf(properties.loadProperties().stringPropertyNames());
    }

    /** Sets the placeholder of a value that is derived from settings. */
    public void setDerived(String name, String value) {
        placeholders.put(name, value);
    }

    /** Removes this source of placeholders from the context. */
    public void remove() {
        properties.getPropertiesSources().remove(this);
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
