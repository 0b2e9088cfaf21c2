package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.callback.CallbackTarget;
import io.pachube.bridge.callback.CallbackTokenCodec;
import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.StateCipher;
import io.pachube.sandbox.SandboxPachube;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** What strangers send to the callback listener keeps nobody else's callback from arriving. */
@Tag("slow")
class CallbackAbuseIT {

    private static final String DOCUMENT =
            "{\"triggering_datastream\":{\"value\":{\"value\":\"7\"}}}";
    private static final int GOOD = 300;

    private final ExecutorService strangers = Executors.newCachedThreadPool();
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<Socket> sockets = new ArrayList<>();
    private TestBridge bridge;
    private URI address;
    private String good;

    @BeforeEach
    void start() throws Exception {
        bridge = new TestBridge("embedded", "embedded").with("callback.read-timeout", "1s").start();
        address = URI.create(bridge.callbackUrl());
        good = "/callback/" + token();
        while (Http.postForm(url(good), DOCUMENT).statusCode() != 200) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    @AfterEach
    void stop() throws Exception {
        over.set(true);
        for (Socket socket : sockets) {
            socket.close();
        }
        strangers.shutdownNow();
        bridge.close();
    }

    private static String token() {
        return new CallbackTokenCodec(new StateCipher(TestBridge.SECRET))
                .encode(
                        new CallbackTarget(
                                SandboxPachube.DEMO_KEY, "hot", NotificationOptions.DEFAULT));
    }

    private String url(String path) {
        return address.resolve(path).toString();
    }

    private Socket open(String head) throws IOException {
        Socket socket = new Socket(address.getHost(), address.getPort());
        synchronized (sockets) {
            sockets.add(socket);
        }
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
        return socket;
    }

    private static String post(String path, String length) {
        return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + length + "\r\n\r\n";
    }

    private static String status(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        String line = new String(in.readNBytes(12), StandardCharsets.US_ASCII);
        return line.substring(Math.min(9, line.length()));
    }

    /** All are answered 200; gives the 99th percentile in milliseconds. */
    private long goodCallbacks() throws Exception {
        long[] took = new long[GOOD];
        for (int i = 0; i < GOOD; i++) {
            long begun = System.nanoTime();
            assertEquals(200, Http.postForm(url(good), DOCUMENT).statusCode());
            took[i] = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
        }
        Arrays.sort(took);
        return took[GOOD * 99 / 100];
    }

    @Test
    void goodCallbacksArriveWhateverStrangersSend() throws Exception {
        goodCallbacks();
        final long before = goodCallbacks();
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            // headers that promise a body, and a byte a second
            Socket slow = open(post("/callback/stranger", "Content-Length: 60000") + "b");
            all.add(strangers.submit(() -> drip(slow)));
        }
        all.add(strangers.submit(() -> wrongTokens(1_000)));
        all.add(strangers.submit(() -> endless("/callback/stranger")));
        final long meanwhile = goodCallbacks();
        for (Future<?> stranger : all) {
            stranger.get(60, TimeUnit.SECONDS);
        }
        long after = goodCallbacks();
        System.out.printf(
                "good callbacks, p99: %d ms before, %d ms meanwhile, %d ms after%n",
                before, meanwhile, after);
    }

    private Void drip(Socket socket) throws Exception {
        assertEquals("404", status(socket), "answered before the body");
        socket.close();
        return null;
    }

    private Void wrongTokens(int count) throws Exception {
        for (int i = 0; i < count && !over.get(); i++) {
            String forged = "/callback/" + token().substring(0, 50) + i;
            try (Socket socket = open(post(forged, "Content-Length: 1") + "x")) {
                assertEquals("404", status(socket));
            }
        }
        return null;
    }

    /** Ten gigabytes, if anybody took them. */
    private Void endless(String path) throws Exception {
        Socket socket = open(post(path, "Content-Length: 10000000000"));
        long sent = send(socket, 10_000_000_000L);
        assertTrue(sent < 100_000_000, sent + " bytes were taken");
        return null;
    }

    private static long send(Socket socket, long bytes) {
        byte[] part = new byte[64 * 1024];
        long sent = 0;
        try {
            OutputStream out = socket.getOutputStream();
            while (sent < bytes) {
                out.write(part);
                sent += part.length;
            }
        } catch (IOException e) {
            // the other side has closed
        }
        return sent;
    }

    @Test
    void aKnownTriggersBodyIsCutInSizeAndTime() throws Exception {
        Socket endless = open(post(good, "Content-Length: 10000000000"));
        send(endless, 200_000);
        assertEquals("413", status(endless));

        Socket slow = open(post(good, "Content-Length: 60000"));
        strangers.submit(
                () -> {
                    while (!over.get()) {
                        slow.getOutputStream().write('x');
                        TimeUnit.MILLISECONDS.sleep(100);
                    }
                    return null;
                });
        assertEquals("408", status(slow));
        goodCallbacks();
    }

    /** All that Jetty has threads for, but a few. */
    @Test
    void sendersThatFallSilentKeepNobodyOut() throws Exception {
        bridge.close();
        bridge.with("callback.read-timeout", "10s").start();
        while (Http.postForm(url(good), DOCUMENT).statusCode() != 200) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        List<Socket> silent = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            // Jetty waits for the first byte by itself
            silent.add(open(post(good, "Content-Length: 10") + "b"));
        }
        goodCallbacks();
        for (Socket socket : silent) {
            assertEquals("408", status(socket), "before Jetty's own 30 s");
        }
        goodCallbacks();
    }

    @ParameterizedTest
    @ValueSource(strings = {"OPTIONS", "TRACE", "GET", "PUT", "DELETE", "PATCH"})
    void whatIsNoPostIsAnswered405(String method) throws Exception {
        HttpResponse<String> answer = Http.send(method, url(good), null, "");
        assertEquals(405, answer.statusCode());
        assertEquals("POST", answer.headers().firstValue("Allow").orElse(""));
        assertTrue(answer.body().contains("A callback is a POST"), answer.body());
    }

    /** While the broker stands still, callbacks wait to be published. */
    @Test
    void moreAtOnceThanAllowedAreAnswered503(@TempDir Path folder) throws Exception {
        bridge.close();
        try (Mosquitto broker = new Mosquitto(folder).start()) {
            bridge.with("mqtt.url", broker.url()).with("callback.max-concurrent", "2").start();
            while (Http.postForm(url(good), DOCUMENT).statusCode() != 200) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
            signal("-STOP", broker);
            try {
                for (int i = 0; i < 2; i++) {
                    strangers.submit(
                            () -> {
                                while (!over.get()) {
                                    Http.postForm(url(good), DOCUMENT);
                                }
                                return null;
                            });
                }
                await().until(
                                () ->
                                        Http.postForm(url(good), DOCUMENT)
                                                .body()
                                                .contains("Too many callbacks at once"));
            } finally {
                over.set(true);
                signal("-CONT", broker);
            }
        }
    }

    private static void signal(String signal, Mosquitto broker) throws Exception {
        new ProcessBuilder("kill", signal, String.valueOf(broker.handle().pid())).start().waitFor();
    }
}
