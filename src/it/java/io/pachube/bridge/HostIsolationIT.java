package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.log.ExceptionMessages;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.ExpressionAdapter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;

/** The endpoints of route files in a host that has components of the same names. */
@Tag("slow")
class HostIsolationIT {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir Path folder;

    private final FaultyService service = new FaultyService();
    private final CamelContext context = new DefaultCamelContext();
    private Mosquitto mosquitto;
    private HostApplication host;
    private Path routes;

    @BeforeEach
    void start() throws Exception {
        mosquitto = new Mosquitto(folder).start();
        service.start();
        host = new HostApplication(folder);
        host.configure(context);
        context.addRoutesConfigurations(host.configuration());
        context.getRegistry().bind("next", new Next());
        routes = Files.createDirectory(folder.resolve("routes"));
        Properties properties = new Properties();
        properties.putAll(new TestBridge(mosquitto.url(), service.url()).routes(routes).settings());
        properties.put("service", service.url());
        context.getPropertiesComponent().setInitialProperties(properties);
    }

    @AfterEach
    void stop() throws Exception {
        context.close();
        host.close();
        service.close();
        mosquitto.close();
    }

    /** For a dynamic router: one address, then none. */
    private static final class Next extends ExpressionAdapter {
        @Override
        public Object evaluate(Exchange exchange) {
            return exchange.getProperty(Exchange.SLIP_ENDPOINT) == null
                    ? "paho:seen/" + exchange.getFromRouteId()
                    : null;
        }
    }

    private void route(String id, String steps) throws Exception {
        Files.writeString(
                routes.resolve(id + ".camel.yaml"),
                """
                - route:
                    id: %1$s
                    routeConfigurationId: pachubeDelivery
                    from:
                      uri: paho
                      parameters: { topic: house/%1$s, qos: 1 }
                      steps:
                        - setVariable: { name: service, simple: "{{service}}" }
                        - setVariable: { name: address, constant: "paho:SEEN?qos=1" }
                        %2$s
                """
                        .formatted(id, steps)
                        .replace("SEEN", "seen/" + id));
    }

    /** Each of them publishes to {@code seen/<id>}, or makes a request, as the bridge. */
    @Test
    void everyEndpointIsTheBridges() throws Exception {
        List<String> steps =
                List.of(
                        "- to: paho:SEEN",
                        "- to: { uri: paho, parameters: { topic: SEEN, qos: 1 } }",
                        "- toD: \"paho:${replace(y,y,SEEN)}\"",
                        "- wireTap: { uri: \"paho:SEEN\" }",
                        "- recipientList: { simple: \"${variable.address}\" }",
                        "- recipientList: { simple: \"log:x, ${variable.address}\" }",
                        "- recipientList: { delimiter: \"#\", simple: \"log:x#${variable.address}\" }",
                        "- routingSlip: { simple: \"log:x,${variable.address}\" }",
                        "- enrich: { simple: \"${variable.address}\" }",
                        "- enrich: { constant: \"paho:SEEN\" }",
                        "- dynamicRouter: { ref: next }",
                        "- choice: { when: [ { simple: \"true\", steps: [ to: \"paho:SEEN\" ] } ] }",
                        "- doTry: { steps: [ { setBody: { constant: \"1\" } } ], doFinally: {"
                                + " steps: [ to: \"paho:SEEN\" ] } }");
        List<String> requests =
                List.of(
                        "- to: \"{{service}}?httpMethod=PUT\"",
                        "- toD: \"{{service}}/${body}?httpMethod=PUT\"",
                        "- recipientList: { simple: \"${variable.service}?httpMethod=PUT\" }");
        for (int i = 0; i < steps.size(); i++) {
            route("s" + i, steps.get(i));
        }
        for (int i = 0; i < requests.size(); i++) {
            route("r" + i, requests.get(i));
        }
        context.addRoutes(host.routes());
        context.addRoutes(new PachubeBridge());
        context.start();
        try (MqttPeer peer = new MqttPeer(mosquitto.url()).listen("seen/#")) {
            for (int i = 0; i < steps.size(); i++) {
                String id = "s" + i;
                await(steps.get(i))
                        .atMost(LIMIT)
                        .until(
                                () -> {
                                    peer.publish("house/" + id, "1");
                                    return !peer.payloads("seen/" + id).isEmpty();
                                });
            }
            assertTrue(peer.received().stream().noneMatch(r -> r.retained()), "as the host's");
            for (int i = 0; i < requests.size(); i++) {
                String id = "r" + i;
                await(requests.get(i))
                        .atMost(LIMIT)
                        .until(
                                () -> {
                                    peer.publish("house/" + id, id);
                                    return service.received().stream()
                                            .anyMatch(r -> r.body().equals(id));
                                });
            }
        }
        service.received()
                .forEach(r -> assertEquals("pachube-mqtt-bridge", r.headers().get("user-agent")));
        assertTrue(service.received().stream().allMatch(r -> r.method().equals("PUT")));
        host.assertWorks(context);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "- toD: \"${variable.address}\"",
                "- wireTap: { uri: \"${variable.address}\" }",
                "- toD: \"language:simple:${variable.address}\""
            })
    void anAddressWithoutItsSchemeIsRefused(String step) throws Exception {
        route("x", step);
        Exception thrown =
                assertThrows(Exception.class, () -> context.addRoutes(new PachubeBridge()));
        assertTrue(
                ExceptionMessages.summarize(thrown).contains("x.camel.yaml, line "),
                ExceptionMessages.summarize(thrown));
        assertTrue(ExceptionMessages.summarize(thrown).contains("must begin with its scheme"));
        assertFalse(context.getComponentNames().contains("pachube-paho"));
    }

    @Test
    void interceptSendToEndpointIsRefused() throws Exception {
        route("x", "- log: x");
        Files.writeString(
                routes.resolve("x.camel.yaml"),
                "- interceptSendToEndpoint: { uri: \"paho:*\", steps: [ log: x ] }\n"
                        + Files.readString(routes.resolve("x.camel.yaml")));
        Exception thrown =
                assertThrows(Exception.class, () -> context.addRoutes(new PachubeBridge()));
        assertTrue(
                ExceptionMessages.summarize(thrown).contains("interceptSendToEndpoint"),
                ExceptionMessages.summarize(thrown));
    }
}
