package io.pachube.bridge;

import io.pachube.bridge.config.Setting;
import io.pachube.bridge.config.Settings;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Finds settings that are right by themselves and wrong together. */
final class SettingConflicts {

    /** Listening on one of these takes the port on all addresses. */
    private static final Set<String> ALL_ADDRESSES = Set.of("0.0.0.0", "::", "[::]");

    private record Listener(Setting<String> host, Setting<Integer> port) {}

    private SettingConflicts() {}

    /**
     * Adds each conflict to the problems of the settings.
     *
     * @param isObserved health and metrics have a listener
     */
    static void addTo(BridgeProperties settings, boolean isObserved) {
        Duration first = settings.get(Settings.RETRY_INITIAL_DELAY);
        Duration longest = settings.get(Settings.RETRY_MAX_DELAY);
        if (settings.isRight(Settings.RETRY_INITIAL_DELAY)
                && settings.isRight(Settings.RETRY_MAX_DELAY)
                && first.compareTo(longest) > 0) {
            settings.addConflict(
                    "retry.initial-delay is '%s', but it should be at most retry.max-delay, '%s'"
                            .formatted(
                                    settings.getProperty(Settings.RETRY_INITIAL_DELAY.name()),
                                    settings.getProperty(Settings.RETRY_MAX_DELAY.name())),
                    Settings.RETRY_INITIAL_DELAY,
                    Settings.RETRY_MAX_DELAY);
        }
        List<Listener> listeners = new ArrayList<>();
        listeners.add(new Listener(Settings.CALLBACK_HOST, Settings.CALLBACK_PORT));
        if (isObserved && settings.get(Settings.MANAGEMENT_ENABLED)) {
            listeners.add(new Listener(Settings.MANAGEMENT_HOST, Settings.MANAGEMENT_PORT));
        }
        if (EmbeddedServices.isEmbedded(settings, Settings.MQTT_URL)) {
            listeners.add(new Listener(Settings.SANDBOX_HOST, Settings.SANDBOX_MQTT_PORT));
        }
        if (EmbeddedServices.isEmbedded(settings, Settings.PACHUBE_URL)) {
            listeners.add(new Listener(Settings.SANDBOX_HOST, Settings.SANDBOX_PACHUBE_PORT));
        }
        for (int i = 0; i < listeners.size(); i++) {
            for (Listener other : listeners.subList(i + 1, listeners.size())) {
                addIfSame(settings, listeners.get(i), other);
            }
        }
    }

    private static void addIfSame(BridgeProperties settings, Listener one, Listener other) {
        int port = settings.get(one.port);
        String host = settings.get(one.host);
        String otherHost = settings.get(other.host);
        boolean isSameAddress =
                host.equals(otherHost)
                        || ALL_ADDRESSES.contains(host)
                        || ALL_ADDRESSES.contains(otherHost);
        // 0: any port that is free
        if (settings.isRight(one.port)
                && settings.isRight(other.port)
                && port != 0
                && port == settings.get(other.port)
                && isSameAddress) {
            settings.addConflict(
                    "%s and %s are both '%d', but each should be a port of its own"
                            .formatted(one.port.name(), other.port.name(), port),
                    one.port,
                    other.port);
        }
    }
}
