package io.pachube.bridge.mqtt.paho;

import io.pachube.bridge.config.Address;

import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.internal.NetworkModule;
import org.eclipse.paho.client.mqttv3.internal.TCPNetworkModule;
import org.eclipse.paho.client.mqttv3.internal.websocket.WebSocketNetworkModule;

import java.util.List;

import javax.net.SocketFactory;

/** Connections to a host whose name has an underscore, in which {@link java.net.URI} sees none. */
final class NetworkModules {

    private NetworkModules() {}

    /** Returns true if Paho itself cannot make the connection. */
    static boolean areNeeded(String url) {
        return !parse(url).isPlainHost();
    }

    /** Makes the connection that Paho would make; without TLS, which takes no such name at all. */
    static NetworkModule create(String url, MqttConnectOptions options, String clientId) {
        Address broker = parse(url);
        SocketFactory sockets = SocketFactory.getDefault();
        TCPNetworkModule module =
                broker.scheme().equals("ws")
                        ? new WebSocketNetworkModule(
                                sockets,
                                url,
                                broker.host(),
                                broker.port() < 0 ? 80 : broker.port(),
                                clientId,
                                options.getCustomWebSocketHeaders())
                        : new TCPNetworkModule(
                                sockets,
                                broker.host(),
                                broker.port() < 0 ? 1883 : broker.port(),
                                clientId);
        module.setConnectTimeout(options.getConnectionTimeout());
        return module;
    }

    private static Address parse(String url) {
        return Address.parse(url, List.of("tcp", "ssl", "ws", "wss"), "");
    }
}
