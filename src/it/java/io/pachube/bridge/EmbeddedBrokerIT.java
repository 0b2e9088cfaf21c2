package io.pachube.bridge;

import io.pachube.sandbox.SandboxBroker;

import org.junit.jupiter.api.Tag;

import java.util.Map;

/** The bridge's exchanges with the broker that it carries itself. */
@Tag("slow")
class EmbeddedBrokerIT extends EndToEndIT {

    private SandboxBroker broker;

    @Override
    String startBroker() {
        broker = new SandboxBroker("127.0.0.1", 0, "pb", Map.of());
        broker.start();
        return broker.url();
    }

    @Override
    TestBridge configure(TestBridge bridge) {
        return bridge.with("mqtt.username", broker.userName())
                .with("mqtt.password", broker.password());
    }

    @Override
    void stopBroker() {
        broker.close();
    }
}
