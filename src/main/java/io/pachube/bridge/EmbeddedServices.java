package io.pachube.bridge;

import io.pachube.bridge.config.BridgeConfig;
import io.pachube.bridge.config.Settings;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** Resolves the addresses of the broker and of Pachube, and runs those that are embedded. */
final class EmbeddedServices implements AutoCloseable {

    private final BridgeConfig config;
    private final SandboxProvider.Services services;

    private EmbeddedServices(BridgeConfig config, SandboxProvider.Services services) {
        this.config = config;
        this.services = services;
    }

    /** Returns the addresses as they are set, with nothing embedded. */
    static EmbeddedServices none(BridgeConfig config) {
        return new EmbeddedServices(config, null);
    }

    /**
     * Creates the services whose setting is {@code embedded}.
     *
     * @throws IllegalStateException if their classes are not on the class path
     */
    static EmbeddedServices create(BridgeConfig config) {
        List<String> embedded = new ArrayList<>();
        if (config.mqtt().isEmbedded()) {
            embedded.add(Settings.MQTT_URL.name());
        }
        if (config.pachube().isEmbedded()) {
            embedded.add(Settings.PACHUBE_URL.name());
        }
        if (embedded.isEmpty()) {
            return none(config);
        }
        SandboxProvider provider =
                ServiceLoader.load(SandboxProvider.class, SandboxProvider.class.getClassLoader())
                        .findFirst()
                        .orElseThrow(() -> missing(embedded));
        return new EmbeddedServices(
                config,
                provider.create(
                        new SandboxProvider.Options(
                                config.mqtt().isEmbedded(),
                                config.pachube().isEmbedded(),
                                config.sandbox().host(),
                                config.sandbox().mqttPort(),
                                config.sandbox().pachubePort(),
                                config.mqtt().topicPrefix(),
                                config.sandbox().users().value())));
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
        return hasBroker() ? services.mqttUrl() : config.mqtt().url();
    }

    String mqttUsername() {
        return hasBroker() ? services.mqttUsername() : config.mqtt().username();
    }

    String mqttPassword() {
        return hasBroker() ? services.mqttPassword() : config.mqtt().password().value();
    }

    String pachubeUrl() {
        return services != null && config.pachube().isEmbedded()
                ? services.pachubeUrl()
                : config.pachube().url();
    }

    /** Returns the services if both are embedded; null otherwise. */
    SandboxProvider.Services sandbox() {
        return hasBroker() && config.pachube().isEmbedded() ? services : null;
    }

    private boolean hasBroker() {
        return services != null && config.mqtt().isEmbedded();
    }

    @Override
    public void close() {
        if (services != null) {
            services.close();
        }
    }
}
