package io.pachube.bridge;

import io.pachube.bridge.config.Setting;
import io.pachube.bridge.config.Settings;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks, before anything listens, whether the ports can be had: Jetty and Vert.x say it at length.
 */
final class PortsInUse {

    private PortsInUse() {}

    /**
     * Returns a line for each port that the settings name, and that cannot be listened on.
     *
     * @param hasCallbacks whether a route listens for callbacks
     */
    static List<String> of(BridgeProperties settings, boolean hasCallbacks) {
        List<String> problems = new ArrayList<>();
        if (hasCallbacks) {
            probe(settings, Settings.CALLBACK_HOST, Settings.CALLBACK_PORT, problems);
        }
        if (settings.get(Settings.MANAGEMENT_ENABLED)) {
            probe(settings, Settings.MANAGEMENT_HOST, Settings.MANAGEMENT_PORT, problems);
        }
        if (EmbeddedServices.isEmbedded(settings, Settings.MQTT_URL)) {
            probe(settings, Settings.SANDBOX_HOST, Settings.SANDBOX_MQTT_PORT, problems);
        }
        if (EmbeddedServices.isEmbedded(settings, Settings.PACHUBE_URL)) {
            probe(settings, Settings.SANDBOX_HOST, Settings.SANDBOX_PACHUBE_PORT, problems);
        }
        return problems;
    }

    private static void probe(
            BridgeProperties settings,
            Setting<String> host,
            Setting<Integer> port,
            List<String> problems) {
        InetSocketAddress address = new InetSocketAddress(settings.get(host), settings.get(port));
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(address);
        } catch (IOException e) {
            problems.add(
                    "Cannot listen on %s:%d: %s. Set %s or %s."
                            .formatted(
                                    address.getHostString(),
                                    address.getPort(),
                                    address.isUnresolved() ? "no such host" : e.getMessage(),
                                    port.name(),
                                    host.name()));
        }
    }
}
