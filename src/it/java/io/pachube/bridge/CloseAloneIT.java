package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pachube.sandbox.Sandbox;

import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** A bridge with an embedded Pachube, in a host that has nothing else. */
class CloseAloneIT {

    private static final String OURS = ".*(HttpClient-|httpclient|sandbox|pachube).*";

    @TempDir Path folder;

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.matches(OURS))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static CamelContext context(String mqttUrl) {
        CamelContext context = new DefaultCamelContext();
        Properties settings = new Properties();
        settings.putAll(new TestBridge(mqttUrl, "embedded").settings());
        context.getPropertiesComponent().setInitialProperties(settings);
        return context;
    }

    @Test
    void fault21_nothingIsLeft() throws Exception {
        Set<String> before = threads();
        try (CamelContext context = context("embedded")) {
            context.start();
            Set<String> components = context.getComponentNames();
            PachubeBridge bridge = new PachubeBridge();
            context.addRoutes(bridge);
            bridge.close();
            assertEquals(components, context.getComponentNames());
            await("no thread is left")
                    .untilAsserted(
                            () -> {
                                // those of earlier tests may end meanwhile
                                Set<String> left = new HashSet<>(threads());
                                left.removeAll(before);
                                assertEquals(Set.of(), left);
                            });
        }
    }

    @Test
    void fault21_whatTheHostUsesMeanwhileStays() throws Exception {
        try (CamelContext context = context("embedded")) {
            context.start();
            PachubeBridge bridge = new PachubeBridge();
            context.addRoutes(bridge);
            context.addRoutes(
                    new RouteBuilder() {
                        @Override
                        public void configure() {
                            from("direct:host").setBody(constant("the host's"));
                        }
                    });
            bridge.close();
            assertEquals(
                    "the host's",
                    context.createProducerTemplate().requestBody("direct:host", "", String.class));
        }
    }

    @Test
    void fault21_itIsToBeTriedWhenTheBrokerIsThere() throws Exception {
        Mosquitto mosquitto = new Mosquitto(folder);
        try (LogLines log = new LogLines(Sandbox.class);
                CamelContext context = context(mosquitto.url())) {
            context.addRoutes(new PachubeBridge());
            try (ServerSocket noBroker =
                    new ServerSocket(mosquitto.port(), 10, InetAddress.getLoopbackAddress())) {
                context.start();
                for (int i = 0; i < 5; i++) {
                    noBroker.accept().close();
                }
            }
            assertEquals(0, log.count("Try it"));
            mosquitto.start();
            await("it can be tried")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> log.count("Try it") == 1);
            MqttPeer.awaitBridge(mosquitto.url(), "pb/ready/1/x");
        } finally {
            mosquitto.close();
        }
    }
}
