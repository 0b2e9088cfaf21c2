package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;

import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

import javax.net.ssl.SSLContext;

@Timeout(30)
class PachubeHttpClientTest {

    private volatile Headers seen;
    private HttpServer pachube;
    private CloseableHttpClient client;

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
                PachubeHttpClient.create(
                        Duration.ofSeconds(5), SSLContext.getDefault(), Optional.empty());
    }

    @AfterEach
    void end() throws Exception {
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
        client.execute(request, answer -> null);

        assertEquals("greenhouse", seen.getFirst("User-Agent"));
        assertEquals("pachube.example", seen.getFirst("Host"));
    }

    @Test
    void whoDoesNotIsNamed() throws Exception {
        client.execute(request(), answer -> null);

        assertEquals("pachube-mqtt-bridge", seen.getFirst("User-Agent"));
        assertEquals("127.0.0.1:" + pachube.getAddress().getPort(), seen.getFirst("Host"));
    }

    private HttpGet encoded(String encoding, byte[] body) {
        pachube.createContext(
                "/" + encoding,
                exchange -> {
                    seen = exchange.getRequestHeaders();
                    exchange.getResponseHeaders().set("Content-Encoding", encoding);
                    exchange.sendResponseHeaders(
                            200, body.length); // 0: chunks, of which there is none
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        return new HttpGet("http://127.0.0.1:" + pachube.getAddress().getPort() + "/" + encoding);
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return packed.toByteArray();
    }

    @Test
    void noEncodingIsAskedFor() throws Exception {
        client.execute(request(), answer -> null);

        assertEquals("identity", seen.getFirst("Accept-Encoding"));
    }

    @Test
    void gzipThatWasNotAskedForIsReadWhole() throws Exception {
        String text = "0123456789".repeat(1_000);
        for (String encoding : List.of("gzip", "x-gzip", "GZIP")) {
            ClassicHttpResponse answer =
                    client.executeOpen(
                            HttpHost.create("http://127.0.0.1:" + pachube.getAddress().getPort()),
                            encoded(encoding, gzip(text)),
                            null);
            try (answer) {
                assertNull(answer.getFirstHeader("Content-Encoding"));
                assertNull(answer.getFirstHeader("Content-Length"));
                assertEquals(text, EntityUtils.toString(answer.getEntity()));
            }
        }
    }

    @Test
    void anEmptyBodyIsEmptyWhateverItsEncoding() throws Exception {
        HttpGet request = encoded("gzip", new byte[0]);
        assertEquals(
                "", client.execute(request, answer -> EntityUtils.toString(answer.getEntity())));
        pachube.createContext(
                "/none",
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Encoding", "br");
                    exchange.sendResponseHeaders(200, -1);
                    exchange.close();
                });
        String none =
                client.execute(
                        new HttpGet(request().getUri().resolve("/none")),
                        answer -> EntityUtils.toString(answer.getEntity()));
        assertEquals("", none);
    }

    @Test
    void gzipThatIsCutIsNoAnswer() throws Exception {
        byte[] cut = Arrays.copyOf(gzip("0123456789".repeat(1_000)), 40);
        HttpGet request = encoded("gzip", cut);
        assertThrows(
                IOException.class,
                () -> client.execute(request, answer -> EntityUtils.toString(answer.getEntity())));
    }

    @Test
    void anyOtherEncodingIsRefusedPlainly() {
        HttpGet request = encoded("br", new byte[] {1, 2, 3});
        for (int i = 0; i < 3; i++) { // and its connection is given back
            assertEquals(
                    "The answer with status 200 has Content-Encoding br, but only identity was"
                            + " asked for",
                    assertThrows(IOException.class, () -> client.execute(request, answer -> null))
                            .getMessage());
        }
    }
}
