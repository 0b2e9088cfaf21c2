package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;

import io.pachube.sandbox.SandboxBroker;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.FluentProducerTemplate;
import org.apache.camel.builder.DeadLetterChannelBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.component.http.HttpComponent;
import org.apache.camel.component.jetty12.JettyHttpComponent12;
import org.apache.camel.component.paho.PahoComponent;
import org.apache.camel.component.paho.PahoConfiguration;
import org.apache.camel.spi.RestConfiguration;
import org.apache.camel.support.jsse.KeyManagersParameters;
import org.apache.camel.support.jsse.KeyStoreParameters;
import org.apache.camel.support.jsse.SSLContextParameters;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A Camel application that uses {@code paho}, {@code http}, {@code jetty}, error handlers and REST
 * in a way that the bridge could not work with, and names that the bridge's could be taken for.
 */
final class HostApplication implements AutoCloseable {

    static final String NAME = "the-host";

    private static final Set<String> ROUTES =
            Set.of("datapoint", "trigger", "reconcile", "notification", "dead", "hello");
    static final int SHUTDOWN_SECONDS = 20;

    private final SandboxBroker broker = new SandboxBroker("127.0.0.1", 0, "unused", Map.of());
    private final HttpServer service;
    private final Certificates certificates;
    private final int jettyPort = Ports.free();
    private final int restPort = Ports.free();
    private final Object client = new Object();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> attempts = new CopyOnWriteArrayList<>();
    private final List<String> dead = new CopyOnWriteArrayList<>();
    private final Set<String> intercepted = new ConcurrentSkipListSet<>();
    private int count;

    HostApplication(Path folder) throws Exception {
        certificates =
                new Certificates(folder)
                        .authority("ca")
                        .server("server", "ca", "dns:localhost,ip:127.0.0.1");
        broker.start();
        service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        service.createContext(
                "/",
                exchange -> {
                    requests.add(
                            exchange.getRequestMethod()
                                    + " by "
                                    + exchange.getRequestHeaders().getFirst("User-Agent"));
                    exchange.sendResponseHeaders(200, -1);
                    exchange.close();
                });
        service.start();
    }

    /** The settings that all routes of the context share. */
    void configure(CamelContext context) throws Exception {
        context.getCamelContextExtension().setName(NAME);
        context.setStreamCaching(false);
        context.getShutdownStrategy().setTimeout(SHUTDOWN_SECONDS);
        context.getCamelContextExtension()
                .setErrorHandlerFactory(
                        new DeadLetterChannelBuilder("direct:dead")
                                .maximumRedeliveries(2)
                                .redeliveryDelay(0));

        PahoConfiguration configuration = new PahoConfiguration();
        configuration.setBrokerUrl(broker.url());
        configuration.setRetained(true);
        configuration.setQos(0);
        PahoComponent paho = new PahoComponent();
        paho.setConfiguration(configuration);
        context.addComponent("paho", paho);

        HttpComponent http = new HttpComponent();
        http.setUserAgent(NAME);
        http.setSkipControlHeaders(true);
        http.setSkipRequestHeaders(true);
        context.addComponent("http", http);

        JettyHttpComponent12 jetty = new JettyHttpComponent12();
        jetty.setSslContextParameters(tls());
        context.addComponent("jetty", jetty);

        for (String name : List.of("datapointClient", "publisher", "executor", "lanes")) {
            context.getRegistry().bind(name, client);
        }
    }

    private SSLContextParameters tls() throws Exception {
        KeyStoreParameters store = new KeyStoreParameters();
        store.setResource("file:" + certificates.keyStore("server"));
        store.setPassword(Certificates.PASSWORD);
        KeyManagersParameters keys = new KeyManagersParameters();
        keys.setKeyStore(store);
        keys.setKeyPassword(Certificates.PASSWORD);
        SSLContextParameters tls = new SSLContextParameters();
        tls.setKeyManagers(keys);
        return tls;
    }

    /** For every route that names no configuration. */
    RouteConfigurationBuilder configuration() {
        return new RouteConfigurationBuilder() {
            @Override
            public void configuration() {
                routeConfiguration()
                        .onException(UnsupportedOperationException.class)
                        .handled(true)
                        .setBody(constant("caught by the host"));
                routeConfiguration()
                        .interceptFrom()
                        .process(exchange -> intercepted.add(exchange.getFromRouteId()));
            }
        };
    }

    RouteBuilder routes() {
        return new RouteBuilder() {
            @Override
            public void configure() {
                restConfiguration()
                        .component("jetty")
                        .scheme("https")
                        .host("127.0.0.1")
                        .port(restPort);
                rest("/api").get("/hello").to("direct:hello");
                from("direct:hello").routeId("hello").setBody(constant("hello"));

                from("paho:host/in").routeId("datapoint").to("paho:host/out");
                from("direct:call")
                        .routeId("trigger")
                        .to("http://127.0.0.1:" + service.getAddress().getPort());
                from("jetty:https://127.0.0.1:" + jettyPort + "/host")
                        .routeId("notification")
                        .setBody(constant("the host's page"));
                from("direct:fails").routeId("reconcile").process(this::fail);
                from("direct:dead")
                        .routeId("dead")
                        .process(exchange -> dead.add(exchange.getIn().getBody(String.class)));
            }

            private void fail(Exchange exchange) {
                String body = exchange.getIn().getBody(String.class);
                attempts.add(body);
                throw body.startsWith("unsupported")
                        ? new UnsupportedOperationException(body)
                        : new IllegalStateException(body);
            }
        };
    }

    /** Asserts that it works as it does without a bridge. */
    void assertWorks(CamelContext context) throws Exception {
        String text = "text " + ++count;
        assertSettings(context);
        assertErrorHandlers(context, text);
        assertHttp(context, text);
        assertEquals("the host's page", get("https://127.0.0.1:" + jettyPort + "/host"));
        assertEquals("hello", get("https://127.0.0.1:" + restPort + "/api/hello"));
        String plain = "http://127.0.0.1:" + jettyPort + "/host";
        assertThrows(IOException.class, () -> Http.send("GET", plain, null, ""));
        assertMqtt(text);
        assertTrue(ROUTES.containsAll(intercepted), () -> "intercepted: " + intercepted);
    }

    private void assertSettings(CamelContext context) {
        assertEquals(NAME, context.getName());
        assertEquals(SHUTDOWN_SECONDS, context.getShutdownStrategy().getTimeout());
        assertFalse(context.isStreamCaching());
        RestConfiguration rest = context.getRestConfiguration();
        assertEquals("jetty", rest.getComponent());
        assertEquals(restPort, rest.getPort());
        for (String name : List.of("datapointClient", "publisher", "executor", "lanes")) {
            assertSame(client, context.getRegistry().lookupByName(name));
        }
    }

    private void assertErrorHandlers(CamelContext context, String text) throws Exception {
        List<String> before = List.copyOf(dead);
        try (FluentProducerTemplate template = context.createFluentProducerTemplate()) {
            template.withBody(text).to("direct:fails").request();
            assertEquals(3, attempts.stream().filter(text::equals).count());
            assertEquals(text, dead.get(dead.size() - 1));
            assertEquals(before.size() + 1, dead.size(), () -> "nobody else's: " + dead);
            assertEquals(
                    "caught by the host",
                    template.withBody("unsupported " + text)
                            .to("direct:fails")
                            .request(String.class));
        }
    }

    private void assertHttp(CamelContext context, String text) throws Exception {
        int before = requests.size();
        try (FluentProducerTemplate template = context.createFluentProducerTemplate()) {
            template.withBody(text)
                    .withHeader(Exchange.HTTP_METHOD, "DELETE")
                    .to("direct:call")
                    .request();
        }
        assertEquals(List.of("POST by " + NAME), requests.subList(before, requests.size()), text);
    }

    private String get(String url) throws Exception {
        HttpClient client =
                HttpClient.newBuilder().sslContext(certificates.context("ca", null)).build();
        return client.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString())
                .body();
    }

    private void assertMqtt(String text) throws Exception {
        try (MqttPeer peer = new MqttPeer(broker.url()).listen("host/out")) {
            peer.publish("host/in", text);
            await("through the host").until(() -> peer.payloads("host/out").contains(text));
        }
        try (MqttPeer late = new MqttPeer(broker.url()).listen("host/out")) {
            assertEquals(text, late.await("host/out"), "retained");
        }
    }

    /** What failed in routes that are not the host's. */
    void assertNothingDead() {
        assertEquals(List.of(), dead.stream().filter(b -> !b.startsWith("text ")).toList());
    }

    @Override
    public void close() {
        service.stop(0);
        broker.close();
    }
}
