package io.pachube.bridge;

import io.pachube.bridge.config.BridgeConfig;

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
    static List<String> find(BridgeConfig config, boolean hasCallbacks) {
        List<String> problems = new ArrayList<>();
        if (hasCallbacks) {
            probe(config.callback().host(), config.callback().port(), "callback", "", problems);
        }
        if (config.management().isEnabled()) {
            probe(
                    config.management().host(),
                    config.management().port(),
                    "management",
                    "",
                    problems);
        }
        if (config.mqtt().isEmbedded()) {
            probe(
                    config.sandbox().host(),
                    config.sandbox().mqttPort(),
                    "sandbox",
                    "mqtt.",
                    problems);
        }
        if (config.pachube().isEmbedded()) {
            probe(
                    config.sandbox().host(),
                    config.sandbox().pachubePort(),
                    "sandbox",
                    "pachube.",
                    problems);
        }
        return problems;
    }

    private static void probe(
            String host, int port, String group, String part, List<String> problems) {
        InetSocketAddress address = new InetSocketAddress(host, port);
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(address);
        } catch (IOException e) {
            problems.add(
                    "Cannot listen on %s:%d: %s. Set %s.%sport or %s.host."
                            .formatted(
                                    address.getHostString(),
                                    address.getPort(),
                                    address.isUnresolved() ? "no such host" : e.getMessage(),
                                    group,
                                    part,
                                    group));
        }
    }
}
