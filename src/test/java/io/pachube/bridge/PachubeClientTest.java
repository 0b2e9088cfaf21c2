package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;

import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;

import javax.net.ssl.SSLContext;

@Timeout(30)
class PachubeClientTest {

    private volatile Headers seen;
    private HttpServer pachube;
    private PachubeClient client;

    @BeforeEach
    void begin() throws Exception {
        pachube = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        pachube.createContext(
                "/",
                exchange -> {
                    seen = exchange.getRequestHeaders();
                    exchange.sendResponseHeaders(200, -1);
                    exchange.close();
                });
        pachube.start();
        client =
                new PachubeClient(
                        1, Duration.ofSeconds(5), Duration.ofSeconds(1), SSLContext.getDefault());
    }

    @AfterEach
    void end() {
        client.close();
        pachube.stop(0);
    }

    private HttpGet request() {
        return new HttpGet("http://127.0.0.1:" + pachube.getAddress().getPort() + "/");
    }

    @Test
    void aRouteMayNameItselfAndTheHost() throws Exception {
        HttpGet request = request();
        request.setHeader("User-Agent", "greenhouse");
        request.setHeader("Host", "pachube.example");
        client.http().execute(request, answer -> null);

        assertEquals("greenhouse", seen.getFirst("User-Agent"));
        assertEquals("pachube.example", seen.getFirst("Host"));
    }

    @Test
    void whoDoesNotIsNamed() throws Exception {
        client.http().execute(request(), answer -> null);

        assertEquals("pachube-mqtt-bridge", seen.getFirst("User-Agent"));
        assertEquals("127.0.0.1:" + pachube.getAddress().getPort(), seen.getFirst("Host"));
    }

    @Test
    void aConnectionIsNotAwaitedLongerThanAnAnswer() throws Exception {
        pachube.createContext(
                "/body",
                exchange -> {
                    exchange.sendResponseHeaders(200, 1);
                    exchange.getResponseBody().write('x');
                    exchange.close();
                });
        client.http()
                .execute(
                        new HttpGet(request().getUri().resolve("/body")),
                        answer -> // whose connection is in use until it is read
                        assertThrows(
                                        ConnectionRequestTimeoutException.class,
                                        () -> client.http().execute(request(), other -> null)));
    }
}
