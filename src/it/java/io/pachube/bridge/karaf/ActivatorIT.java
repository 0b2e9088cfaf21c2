package io.pachube.bridge.karaf;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.Mosquitto;
import io.pachube.bridge.Ports;
import io.pachube.bridge.RouteFolder;
import io.pachube.sandbox.SandboxPachube;

import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Hashtable;

/** Changes of the configuration while the bridge runs; KarafIT has them in a real Karaf. */
class ActivatorIT {

    @TempDir Path folder;

    private final SandboxPachube pachube = new SandboxPachube("127.0.0.1", 0);
    private final Hashtable<String, String> configuration = new Hashtable<>();
    private final Activator activator = new Activator();
    private Mosquitto mosquitto;
    private Path routes;
    private int value;

    @BeforeEach
    void start() throws Exception {
        mosquitto = new Mosquitto(folder).start();
        pachube.start();
        routes = RouteFolder.copy(folder.resolve("routes"));
        configuration.put("mqtt.url", mosquitto.url());
        configuration.put("pachube.url", pachube.url());
        configuration.put("routes.directory", routes.toString());
        configuration.put("callback.host", "127.0.0.1");
        configuration.put("callback.port", String.valueOf(Ports.free()));
        configuration.put("callback.secret-file", folder.resolve("secret").toString());
        activator.start(karaf(BundleContext.class));
        activator.updated(configuration);
        awaitWorks();
    }

    @AfterEach
    void stop() throws Exception {
        activator.stop(karaf(BundleContext.class));
        pachube.close();
        mosquitto.close();
    }

    /** What does nothing, and has no properties. */
    private static <T> T karaf(Class<T> type) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (proxy, method, arguments) ->
                                method.getReturnType() == ServiceRegistration.class
                                        ? karaf(ServiceRegistration.class)
                                        : null));
    }

    private void awaitWorks() throws Exception {
        String next = String.valueOf(++value);
        try (MqttClient client = new MqttClient(mosquitto.url(), "peer", new MemoryPersistence())) {
            client.connect();
            await(next + " is stored")
                    .atMost(Duration.ofSeconds(60))
                    .until(
                            () -> {
                                client.publish(
                                        "pb/demo-key/1/temperature",
                                        next.getBytes(StandardCharsets.UTF_8),
                                        1,
                                        false);
                                return stored().endsWith("," + next);
                            });
            client.disconnect();
        }
    }

    private String stored() throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(
                                        URI.create(
                                                pachube.url()
                                                        + "/feeds/1/datastreams/temperature.csv"))
                                .header("X-PachubeApiKey", "demo-key")
                                .build(),
                        BodyHandlers.ofString())
                .body();
    }

    private int connections() throws Exception {
        return mosquitto.log().split("New client connected from .* as pachube-bridge-").length;
    }

    /** Nothing is stopped, so nothing connects anew. */
    private void assertGoesOn() throws Exception {
        int before = connections();
        activator.updated(configuration);
        awaitWorks();
        // the next change is made after this one
        configuration.put("retry.initial-delay", "501ms");
        assertEquals(before, connections());
    }

    @Test
    void fault14_aWrongValueLeavesTheBridgeAsItWas() throws Exception {
        configuration.put("delivery.max-concurrent-requests", "many");
        assertGoesOn();
        configuration.put("delivery.max-concurrent-requests", "31");
        activator.updated(configuration);
        int before = connections();
        await("it restarts").atMost(Duration.ofSeconds(60)).until(() -> connections() > before);
        awaitWorks();
    }

    @Test
    void fault14_anUnknownSettingLeavesTheBridgeAsItWas() throws Exception {
        configuration.put("mqtt.ulr", "tcp://localhost");
        assertGoesOn();
    }

    @Test
    void fault14_aWrongRouteFileLeavesTheBridgeAsItWas() throws Exception {
        Files.writeString(routes.resolve("mine.camel.yaml"), "hello world");
        configuration.put("delivery.max-concurrent-requests", "31");
        assertGoesOn();
    }

    @Test
    void fault14_aPortInUseLeavesTheBridgeAsItWas() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            configuration.put("callback.port", String.valueOf(other.getLocalPort()));
            int before = connections();
            activator.updated(configuration);
            await("it was tried")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> connections() > before);
            awaitWorks();
            assertTrue(connections() > before);
        }
    }
}
