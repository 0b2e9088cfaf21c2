package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import io.pachube.bridge.report.ErrorReporter;
import io.pachube.sandbox.SandboxBroker;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** Answers of a service that is none of the well-behaved, and what becomes known of them. */
class AnswersIT {

    private static final String TOPIC = "pb/Kanswers1/1/temperature";

    private final SandboxBroker broker = new SandboxBroker("127.0.0.1", 0, "pb", Map.of());
    private HttpServer service;
    private String host;
    private TestBridge bridge;
    private MqttPeer peer;

    @BeforeEach
    void start() throws Exception {
        broker.start();
        service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        service.start();
        host = "127.0.0.1:" + service.getAddress().getPort();
        bridge =
                new TestBridge(broker.url(), "http://" + host + "/v2")
                        .with("mqtt.username", broker.userName())
                        .with("mqtt.password", broker.password());
        peer = new MqttPeer(broker.url());
    }

    @AfterEach
    void stop() throws Exception {
        peer.close();
        bridge.close();
        service.stop(0);
        broker.close();
    }

    private void started() throws Exception {
        bridge.start();
        MqttPeer.awaitBridge(broker.url(), "pb/ready/0/x", "pb/ready/0/x/trigger");
        peer.listen(TOPIC + "/error", TOPIC + "/trigger/+");
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.getRequestBody().readAllBytes();
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private JsonNode report() throws IOException {
        return new JsonMapper().readTree(peer.await(TOPIC + "/error"));
    }

    @Test
    void aListThatIsPackedUnaskedIsReadWhole() throws Exception {
        ByteArrayOutputStream list = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(list)) {
            out.write("[".getBytes());
            for (int i = 0; i < 100; i++) {
                String trigger =
                        "{\"id\":%d,\"environment_id\":1,\"stream_id\":\"s%d\",\"url\":\"http://x/\","
                                + "\"trigger_type\":\"gt\",\"threshold_value\":\"1\"}%s";
                out.write(trigger.formatted(i, i, i < 99 ? "," : "]").getBytes());
            }
        }
        service.createContext(
                "/v2/triggers",
                exchange -> {
                    if (exchange.getRequestMethod().equals("GET")) {
                        exchange.getResponseHeaders().set("Content-Encoding", "gzip");
                        answer(exchange, 200, list.toByteArray());
                    } else {
                        exchange.getResponseHeaders().set("Location", "http://x/v2/triggers/9");
                        answer(exchange, 201, new byte[0]);
                    }
                });
        started();
        peer.publish(
                TOPIC + "/trigger",
                "{\"topic\":\"hot\",\"trigger_type\":\"gt\",\"threshold_value\":\"30\"}");
        String status = peer.await(TOPIC + "/trigger/status");
        assertTrue(status.contains("\"state\":\"created\""), status);
    }

    @Test
    void aRedirectIsReportedAndLoggedWithItsLocation() throws Exception {
        service.createContext(
                "/v2/feeds",
                exchange -> {
                    exchange.getResponseHeaders()
                            .set("Location", "https://api.example.org" + exchange.getRequestURI());
                    answer(exchange, 301, new byte[0]);
                });
        started();
        try (LogLines log = new LogLines(ErrorReporter.class)) {
            peer.publish(TOPIC, "21.5");
            JsonNode report = report();
            String message =
                    host
                            + " answered with status 301: redirects are not followed with an API key."
                            + " Set pachube.url so that this request goes to"
                            + " https://api.example.org/v2/feeds/1/datastreams/temperature.csv";
            assertEquals(301, report.path("status").intValue());
            assertEquals(message, report.path("message").textValue());
            assertEquals(1, log.count(message));
            assertEquals(1, log.count("publish given up on pb/***/1/temperature: 301"));
        }
    }

    @Test
    void theServicesOwnWordsAreQuoted() throws Exception {
        service.createContext(
                "/v2/feeds",
                exchange ->
                        answer(
                                exchange,
                                400,
                                "no such field for Kanswers1".getBytes(StandardCharsets.UTF_8)));
        started();
        peer.publish(TOPIC, "21.5");
        assertEquals(
                host + " answered with status 400: no such field for ***",
                report().path("message").textValue());
    }

    @Test
    void withoutAnAnswerTheHostAndTheReasonAreReported() throws Exception {
        service.stop(0);
        started();
        peer.publish(TOPIC, "21.5");
        String message = report().path("message").textValue();
        assertTrue(message.startsWith(host + " could not be reached: "), message);
        assertTrue(message.endsWith("Connection refused"), message);
    }
}
