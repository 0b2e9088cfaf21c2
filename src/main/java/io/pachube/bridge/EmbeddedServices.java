package io.pachube.bridge;

import io.pachube.bridge.config.Setting;
import io.pachube.bridge.config.Settings;

import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/** Resolves the addresses of the broker and of Pachube, and runs those that are embedded. */
final class EmbeddedServices implements AutoCloseable {

    private final BridgeProperties settings;
    private final SandboxProvider.Services services;

    private EmbeddedServices(BridgeProperties settings, SandboxProvider.Services services) {
        this.settings = settings;
        this.services = services;
    }

    /** Returns the addresses as they are set, with nothing embedded. */
    static EmbeddedServices none(BridgeProperties settings) {
        return new EmbeddedServices(settings, null);
    }

    /**
     * Creates the services whose setting is {@code embedded}.
     *
     * @throws IllegalStateException if their classes are not on the class path
     */
    static EmbeddedServices of(BridgeProperties settings) {
        List<String> embedded =
                Stream.of(Settings.MQTT_URL, Settings.PACHUBE_URL)
                        .filter(setting -> isEmbedded(settings, setting))
                        .map(Setting::name)
                        .toList();
        if (embedded.isEmpty()) {
            return none(settings);
        }
        SandboxProvider provider =
                ServiceLoader.load(SandboxProvider.class, SandboxProvider.class.getClassLoader())
                        .findFirst()
                        .orElseThrow(() -> missing(embedded));
        return new EmbeddedServices(
                settings,
                provider.create(
                        new SandboxProvider.Options(
                                isEmbedded(settings, Settings.MQTT_URL),
                                isEmbedded(settings, Settings.PACHUBE_URL),
                                settings.get(Settings.SANDBOX_HOST),
                                settings.get(Settings.SANDBOX_MQTT_PORT),
                                settings.get(Settings.SANDBOX_PACHUBE_PORT),
                                settings.get(Settings.MQTT_TOPIC_PREFIX),
                                settings.get(Settings.SANDBOX_MQTT_USERS))));
    }

    /** Returns true if the address is to be that of an embedded service. */
    static boolean isEmbedded(BridgeProperties settings, Setting<String> address) {
        return settings.get(address).equals(Settings.EMBEDDED);
    }

    private static IllegalStateException missing(List<String> names) {
        boolean several = names.size() > 1;
        return new IllegalStateException(
                String.join(" and ", names)
                        + (several ? " are" : " is")
                        + " 'embedded', but the sandbox is not on the class path: add the jar of"
                        + " pachube-mqtt-bridge with the classifier sandbox, or set "
                        + (several ? "them to addresses" : "it to an address"));
    }

    void start() {
        if (services != null) {
            services.start();
        }
    }

    /** Lets clients connect. To be called when the bridge's own are subscribed. */
    void admitClients() {
        if (services != null) {
            services.admitClients(mqttUrl());
        }
    }

    String mqttUrl() {
        return hasBroker() ? services.mqttUrl() : settings.get(Settings.MQTT_URL);
    }

    String mqttUsername() {
        return hasBroker() ? services.mqttUsername() : settings.get(Settings.MQTT_USERNAME);
    }

    String mqttPassword() {
        return hasBroker() ? services.mqttPassword() : settings.get(Settings.MQTT_PASSWORD);
    }

    String pachubeUrl() {
        return services != null && isEmbedded(settings, Settings.PACHUBE_URL)
                ? services.pachubeUrl()
                : settings.get(Settings.PACHUBE_URL);
    }

    /** Returns the services if both are embedded; null otherwise. */
    SandboxProvider.Services sandbox() {
        return hasBroker() && isEmbedded(settings, Settings.PACHUBE_URL) ? services : null;
    }

    private boolean hasBroker() {
        return services != null && isEmbedded(settings, Settings.MQTT_URL);
    }

    @Override
    public void close() {
        if (services != null) {
            services.close();
        }
    }
}
