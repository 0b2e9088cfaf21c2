package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;

/** Route files with Camel's own {@code paho:}, {@code http:} and {@code timer:}, standalone. */
class PlainRoutesIT {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir Path folder;

    private final FaultyService service = new FaultyService();
    private Path routes;
    private Mosquitto mosquitto;
    private TestBridge bridge;
    private MqttPeer peer;

    @BeforeEach
    void start() throws Exception {
        routes = Files.createDirectories(folder.resolve("routes"));
        service.start();
        mosquitto = new Mosquitto(folder).start();
        peer = MqttPeer.kept(mosquitto.url(), "peer").listen("#");
        bridge = new TestBridge(mosquitto.url(), service.url()).routes(routes);
    }

    @AfterEach
    void stop() throws Exception {
        bridge.close();
        peer.close();
        service.close();
        mosquitto.close();
    }

    private void save(String name, String text) throws IOException {
        Path file = routes.resolve("." + name);
        Files.writeString(file, text.replace("http://A", service.url()));
        Files.move(file, routes.resolve(name + ".camel.yaml"));
    }

    private static String route(String id, String from, String steps) {
        return """
        - route:
            id: %s
            routeConfigurationId: pachubeDelivery
            from:
              uri: %s
              steps:
                %s
        """
                .formatted(id, from, steps);
    }

    private void awaitConnected(String route) {
        await(route).atMost(LIMIT).until(() -> bridge.client(route).isSubscribed());
    }

    private String problems() {
        Properties settings = new Properties();
        settings.putAll(bridge.settings());
        return String.join("\n", PachubeBridge.validate(settings));
    }

    @Test
    void everyRouteOfOneFilterHasADurableClientOfItsOwn() throws Exception {
        for (String id : List.of("one", "two")) {
            save(
                    id,
                    """
                    - route:
                        id: %1$s
                        from:
                          uri: paho
                          parameters: { topic: house/+, qos: 1 }
                          steps:
                            - setHeader: { name: CamelPahoOverrideTopic, simple: "seen/%1$s" }
                            - to: { uri: paho, parameters: { topic: seen, qos: 1 } }
                    """
                            .formatted(id));
        }
        bridge.start();
        awaitConnected("one");
        awaitConnected("two");
        assertEquals("pachube-bridge-one", bridge.client("one").getClientId());
        bridge.stop();
        peer.publish("house/kitchen", "away");
        bridge.start();
        peer.publish("house/kitchen", "back");
        peer.await("seen/one", 2);
        peer.await("seen/two", 2);
        assertEquals(List.of("away", "back"), peer.payloads("seen/one"));
        assertEquals(List.of("away", "back"), peer.payloads("seen/two"));
    }

    @Test
    void aSuspendedRouteLosesNothing() throws Exception {
        save(
                "house",
                route(
                        "house",
                        "paho:house/+?qos=1",
                        "- toD: \"paho:seen/${header.CamelMqttQos}\""));
        bridge.start();
        awaitConnected("house");
        bridge.context().getRouteController().suspendRoute("house");
        peer.publish("house/kitchen", "1");
        bridge.context().getRouteController().resumeRoute("house");
        peer.publish("house/kitchen", "2");
        peer.await("seen/1", 2);
        assertEquals(List.of("1", "2"), peer.payloads("seen/1"));
    }

    @Test
    void anEndpointThatNamesAnotherBrokerIsCamelsOrdinaryOne() throws Exception {
        try (Mosquitto other =
                        new Mosquitto(Files.createDirectory(folder.resolve("other"))).start();
                MqttPeer there = new MqttPeer(other.url()).listen("#")) {
            save(
                    "copy",
                    route(
                            "copy",
                            "paho:house/+?qos=1",
                            "- to: { uri: paho, parameters: { topic: copy, qos: 1, brokerUrl: \"%s\" } }"
                                    .formatted(other.url())));
            bridge.start();
            awaitConnected("copy");
            peer.publish("house/kitchen", "1");
            assertEquals("1", there.await("copy"));
        }
    }

    @Test
    void aRouteThatConsumesFromMqttNoMoreLeavesReadiness() throws Exception {
        bridge.with("routes.reload", "true");
        save("house", route("house", "paho:house/+?qos=1", "- log: x"));
        bridge.with("management.enabled", "true").with("management.port", "" + Ports.free());
        bridge.start();
        awaitConnected("house");
        Files.delete(routes.resolve("house.camel.yaml"));
        save(
                "house",
                route(
                        "house",
                        "timer:house",
                        "- setBody: { constant: x }\n        - to: paho:seen"));
        peer.await("seen");
        var health =
                org.apache.camel.health.HealthCheckRegistry.get(bridge.context())
                        .getCheck("pachube-broker")
                        .orElseThrow();
        await().atMost(LIMIT)
                .untilAsserted(
                        () ->
                                assertEquals(
                                        org.apache.camel.health.HealthCheck.State.UP,
                                        health.call().getState(),
                                        () -> health.call().getDetails().toString()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "paho:x?cleanSession=true|- log: x|The option 'cleanSession' has no effect on paho:",
                "paho:x?clientId=a|- log: x|or name another broker with brokerUrl",
                "paho:x?qoss=1|- log: x|qoss",
                "direct:x|- to: paho:x?maxInflight=3|The option 'maxInflight' has no effect",
                "direct:x|- to: http://A?connectTimeout=3|The option 'connectTimeout' has no effect",
                "direct:x|- to: https://A?httpClient.soTimeout=3|'httpClient.soTimeout' has no effect"
            })
    void anOptionWithoutEffectIsRefused(String from, String step, String reason) throws Exception {
        save("x", route("x", "\"" + from + "\"", step));
        assertTrue(problems().contains("x.camel.yaml, line "), problems());
        assertTrue(problems().contains(reason), problems());
    }

    @Test
    void aRouteFromMqttWithoutAnIdIsRefused() throws Exception {
        save("x", "- from:\n    uri: paho:x?qos=1\n    steps:\n      - log: x\n");
        assertTrue(
                problems().contains("x.camel.yaml, line 1: a route from paho: must have an id"),
                problems());
    }

    @Test
    void aPolledTopicFails() throws Exception {
        save(
                "x",
                route(
                        "x",
                        "paho:house/+?qos=1",
                        "- pollEnrich: { constant: \"paho:other?qos=1\" }"));
        bridge.start();
        awaitConnected("x");
        peer.publish("house/kitchen", "1");
        await().atMost(LIMIT).until(() -> !peer.payloads("house/kitchen/error").isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"<html>", "[{\"id\":1,\"id\":2}]", "[] []"})
    void anAnswerThatIsNotStrictJsonRejectsTheCommand(String answer) throws Exception {
        RouteFolder.copy(routes);
        bridge.start();
        awaitConnected("pachubeTrigger");
        service.answer(FaultyService.answer(200, answer));
        peer.publish(
                "pb/some-key/1/t/trigger",
                "{\"topic\":\"hot\",\"trigger_type\":\"gt\",\"threshold_value\":\"30\"}");
        String report = peer.await("pb/some-key/1/t/trigger/error");
        assertTrue(report.contains("\"error\":\"Invalid message\""), report);
        assertTrue(report.contains("\"retrying\":false"), report);
        assertEquals(
                List.of("GET"),
                service.received().stream().map(FaultyService.Request::method).toList());
    }
}
