package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pachube.sandbox.FaultInjector;
import io.pachube.sandbox.FaultInjector.Action;
import io.pachube.sandbox.SandboxPachube;
import io.pachube.sandbox.TestPachube;

import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The bridge ends, and its host goes on. */
@Tag("slow")
class CloseIT {

    private static final String KEY = SandboxPachube.DEMO_KEY;
    private static final String TEMPERATURE = "pb/" + KEY + "/1/temperature";

    @TempDir Path folder;

    private final TestPachube pachube = new TestPachube("127.0.0.1", 0);
    private final CamelContext context = new DefaultCamelContext();
    private Mosquitto mosquitto;
    private HostApplication host;
    private TestBridge settings;

    @BeforeEach
    void start() throws Exception {
        mosquitto = new Mosquitto(folder).start();
        pachube.start();
        host = new HostApplication(folder);
        host.configure(context);
        context.getRegistry().bind("meters", new SimpleMeterRegistry());
        context.addRoutesConfigurations(host.configuration());
        context.addRoutes(host.routes());
        settings = new TestBridge(mosquitto.url(), pachube.url());
    }

    @AfterEach
    void stop() throws Exception {
        context.close();
        host.close();
        pachube.close();
        mosquitto.close();
    }

    private PachubeBridge bridge() throws Exception {
        Properties properties = new Properties();
        properties.putAll(settings.settings());
        context.getPropertiesComponent().setInitialProperties(properties);
        PachubeBridge bridge = new PachubeBridge();
        context.addRoutes(bridge);
        return bridge;
    }

    /** In the promised time. */
    private static void close(PachubeBridge bridge) {
        CompletableFuture<Void> closed = CompletableFuture.runAsync(bridge::close);
        await("closed").atMost(Duration.ofSeconds(10)).until(closed::isDone);
        closed.join();
    }

    private static void awaitNoThreads() {
        await("no thread is left")
                .untilAsserted(() -> assertEquals(Set.of(), ContextInventory.threads()));
    }

    private void assertNothingIsLeft(Map<String, Set<String>> before) throws Exception {
        assertEquals(before, ContextInventory.of(context));
        awaitNoThreads();
        try (ServerSocket socket =
                new ServerSocket(settings.callbackPort(), 1, InetAddress.getLoopbackAddress())) {
            assertTrue(socket.isBound());
        }
    }

    @Test
    void aClosedBridgeLeavesNothingAndTheNextOneWorks() throws Exception {
        context.start();
        host.assertWorks(context);
        Map<String, Set<String>> before = ContextInventory.of(context);
        for (int i = 0; i < 2; i++) {
            PachubeBridge bridge = bridge();
            CompleteExchange.through(mosquitto.url(), pachube);
            assertTrue(
                    ContextInventory.of(context)
                            .get("meters")
                            .contains("pachube.bridge.messages.delivered"));
            close(bridge);
            assertNothingIsLeft(before);
            host.assertWorks(context);
        }
        host.assertNothingDead();
    }

    @Test
    void itMayBeClosedBeforeTheContextStarts() throws Exception {
        Map<String, Set<String>> before = ContextInventory.of(context);
        close(bridge());
        assertNothingIsLeft(before);
        context.start();
        host.assertWorks(context);
    }

    @Test
    void whatIsEmbeddedEndsWithIt() throws Exception {
        int broker = Ports.free();
        int api = Ports.free();
        settings.with("mqtt.url", "embedded")
                .with("pachube.url", "embedded")
                .with("sandbox.mqtt.port", String.valueOf(broker))
                .with("sandbox.pachube.port", String.valueOf(api));
        context.start();
        host.assertWorks(context);
        Map<String, Set<String>> before = ContextInventory.of(context);
        PachubeBridge bridge = bridge();
        MqttPeer.awaitBridge("tcp://127.0.0.1:" + broker, "pb/ready/1/x");
        close(bridge);
        assertNothingIsLeft(before);
        for (int port : new int[] {broker, api}) {
            try (ServerSocket socket =
                    new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                assertTrue(socket.isBound());
            }
        }
    }

    @Test
    void aBridgeThatCannotBeAddedLeavesNothing() throws Exception {
        context.start();
        host.assertWorks(context);
        Map<String, Set<String>> before = ContextInventory.of(context);
        settings.routes(folder.resolve("nowhere"));
        assertThrows(Exception.class, this::bridge);
        assertNothingIsLeft(before);
        settings.settings().remove("routes.directory");
        bridge();
        CompleteExchange.through(mosquitto.url(), pachube);
    }

    @Test
    void nothingIsGivenUpByIt() throws Exception {
        context.start();
        PachubeBridge bridge = bridge();
        MqttPeer.awaitBridge(mosquitto.url(), "pb/ready/1/x");
        try (MqttPeer peer = new MqttPeer(mosquitto.url()).listen(TEMPERATURE + "/error")) {
            pachube.setFault(forPuts(Action.status(503)));
            peer.publish(TEMPERATURE, "1");
            assertTrue(peer.await(TEMPERATURE + "/error").contains("\"retrying\":true"));
            for (int i = 2; i <= 30; i++) {
                peer.publish(TEMPERATURE, String.valueOf(i));
            }
            close(bridge);
            pachube.setFault(FaultInjector.NONE);
            bridge();
            await("stored").until(() -> CompleteExchange.stored(pachube).equals("30"));
            assertEquals(1, peer.received().size(), "no further report");
        }
    }

    @Test
    void aRequestThatHangsIsLeftToTheNextOne() throws Exception {
        settings.with("pachube.response-timeout", "60s");
        context.start();
        PachubeBridge bridge = bridge();
        MqttPeer.awaitBridge(mosquitto.url(), "pb/ready/1/x");
        pachube.record(100);
        pachube.setFault(forPuts(Action.hang()));
        try (MqttPeer peer = new MqttPeer(mosquitto.url()).listen(TEMPERATURE + "/error")) {
            peer.publish(TEMPERATURE, "1");
            await("asked")
                    .until(() -> pachube.received().stream().anyMatch(r -> r.body().equals("1")));
            close(bridge);
            pachube.setFault(FaultInjector.NONE);
            bridge();
            await("stored").until(() -> CompleteExchange.stored(pachube).equals("1"));
            assertEquals(List.of(), peer.received());
        }
    }

    private static FaultInjector forPuts(Action action) {
        return (method, path, key) -> method.equals("PUT") ? action : Action.none();
    }

    @Test
    void itMayBeClosedAfterTheContextHasStoppedAndTwice() throws Exception {
        context.start();
        PachubeBridge bridge = bridge();
        MqttPeer.awaitBridge(mosquitto.url(), "pb/ready/1/x");
        context.stop();
        awaitNoThreads();
        close(bridge);
        close(bridge);
    }

    @Test
    void aClosedBridgeIsNotAddedAgain() throws Exception {
        PachubeBridge bridge = bridge();
        close(bridge);
        Exception thrown = assertThrows(Exception.class, () -> context.addRoutes(bridge));
        assertEquals("This PachubeBridge was closed: make a new one", thrown.getMessage());
    }
}
