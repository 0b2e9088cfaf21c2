package io.pachube.bridge;

import org.junit.jupiter.api.Tag;

import java.util.Map;
import java.util.stream.Collectors;

/** Access on the broker that the bridge carries itself, with {@code sandbox.mqtt.users}. */
@Tag("slow")
class EmbeddedAccessIT extends BrokerAccessIT {

    private final int port = Ports.free();

    @Override
    TestBridge configure(TestBridge bridge, Map<String, String> users) {
        return bridge.with("mqtt.url", "embedded")
                .with("sandbox.mqtt.port", String.valueOf(port))
                .with(
                        "sandbox.mqtt.users",
                        users.entrySet().stream()
                                .map(user -> user.getKey() + ":" + user.getValue())
                                .collect(Collectors.joining(", ")));
    }

    @Override
    String url() {
        return "tcp://127.0.0.1:" + port;
    }

    /** Ends with the bridge. */
    @Override
    void stopBroker() {}
}
