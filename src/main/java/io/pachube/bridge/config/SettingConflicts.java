package io.pachube.bridge.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Finds settings that are right by themselves and wrong together. */
final class SettingConflicts {

    /** Listening on one of these takes the port on all addresses. */
    private static final Set<String> ALL_ADDRESSES = Set.of("0.0.0.0", "::", "[::]");

    private record Listener(Setting<String> host, Setting<Integer> port) {}

    private final BridgeProperties properties;
    private final ConfigProblems problems;

    private SettingConflicts(BridgeProperties properties, ConfigProblems problems) {
        this.properties = properties;
        this.problems = problems;
    }

    /** Adds each conflict to the problems; each of the settings then has its default. */
    static void check(
            BridgeProperties properties,
            ConfigProblems problems,
            boolean usesPachube,
            boolean isStandalone) {
        SettingConflicts conflicts = new SettingConflicts(properties, problems);
        conflicts.checkDelays();
        conflicts.checkPorts(usesPachube, isStandalone);
    }

    private void checkDelays() {
        Duration initial = properties.get(Settings.RETRY_INITIAL_DELAY);
        Duration max = properties.get(Settings.RETRY_MAX_DELAY);
        if (properties.isValid(Settings.RETRY_INITIAL_DELAY)
                && properties.isValid(Settings.RETRY_MAX_DELAY)
                && initial.compareTo(max) > 0) {
            add(
                    "retry.initial-delay is '%s', but it should be at most retry.max-delay, '%s'"
                            .formatted(
                                    properties.getText(Settings.RETRY_INITIAL_DELAY),
                                    properties.getText(Settings.RETRY_MAX_DELAY)),
                    Settings.RETRY_INITIAL_DELAY,
                    Settings.RETRY_MAX_DELAY);
        }
    }

    private void checkPorts(boolean usesPachube, boolean isStandalone) {
        List<Listener> listeners = new ArrayList<>();
        listeners.add(new Listener(Settings.CALLBACK_HOST, Settings.CALLBACK_PORT));
        if (isStandalone && properties.get(Settings.MANAGEMENT_ENABLED)) {
            listeners.add(new Listener(Settings.MANAGEMENT_HOST, Settings.MANAGEMENT_PORT));
        }
        if (properties.get(Settings.MQTT_URL).equals(Settings.EMBEDDED)) {
            listeners.add(new Listener(Settings.SANDBOX_HOST, Settings.SANDBOX_MQTT_PORT));
        }
        if (usesPachube && properties.get(Settings.PACHUBE_URL).equals(Settings.EMBEDDED)) {
            listeners.add(new Listener(Settings.SANDBOX_HOST, Settings.SANDBOX_PACHUBE_PORT));
        }
        for (int i = 0; i < listeners.size(); i++) {
            for (Listener other : listeners.subList(i + 1, listeners.size())) {
                checkPort(listeners.get(i), other);
            }
        }
    }

    private void checkPort(Listener one, Listener other) {
        int port = properties.get(one.port);
        String host = properties.get(one.host);
        String otherHost = properties.get(other.host);
        boolean isSameAddress =
                host.equals(otherHost)
                        || ALL_ADDRESSES.contains(host)
                        || ALL_ADDRESSES.contains(otherHost);
        // 0: any port that is free
        if (properties.isValid(one.port)
                && properties.isValid(other.port)
                && port != 0
                && port == properties.get(other.port)
                && isSameAddress) {
            add(
                    "%s and %s are both '%d', but each should be a port of its own"
                            .formatted(one.port.name(), other.port.name(), port),
                    one.port,
                    other.port);
        }
    }

    private void add(String problem, Setting<?> one, Setting<?> other) {
        problems.add(problem);
        properties.reset(one);
        properties.reset(other);
    }
}
