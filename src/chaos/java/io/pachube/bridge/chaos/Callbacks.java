package io.pachube.bridge.chaos;

import io.pachube.bridge.callback.CallbackTarget;
import io.pachube.bridge.callback.CallbackTokenCodec;
import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.StateCipher;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Triggers that call back, each with a new value, from several threads, until closed. */
final class Callbacks implements AutoCloseable {

    private static final int THREADS = 4;

    /** The values that were answered with success. */
    final Set<String> accepted = ConcurrentHashMap.newKeySet();

    /** How many answers there were of each status; 0: no answer. */
    final Map<Integer, AtomicInteger> answers = new ConcurrentHashMap<>();

    /** The longest that an answer took. */
    final AtomicLong slowestMillis = new AtomicLong();

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicInteger numbers = new AtomicInteger();
    private final URI address;
    private volatile boolean stopping;

    Callbacks(int port, String key, String topic) {
        address = URI.create("http://127.0.0.1:" + port + path(key, topic));
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(this::post, "callbacks-" + i);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
    }

    /** The path that a trigger calls back. */
    static String path(String key, String topic) {
        return "/callback/"
                + new CallbackTokenCodec(new StateCipher(World.SECRET))
                        .encode(new CallbackTarget(key, topic, NotificationOptions.DEFAULT));
    }

    /** How many answers with that status there were. */
    int count(int status) {
        return answers.getOrDefault(status, new AtomicInteger()).get();
    }

    private void post() {
        while (!stopping) {
            String value = String.valueOf(numbers.incrementAndGet());
            String document =
                    "{\"triggering_datastream\":{\"value\":{\"value\":\"" + value + "\"}}}";
            long begun = System.nanoTime();
            int status = 0;
            try {
                status =
                        http.send(
                                        HttpRequest.newBuilder(address)
                                                .timeout(Duration.ofSeconds(10))
                                                .header(
                                                        "Content-Type",
                                                        "application/x-www-form-urlencoded")
                                                .POST(
                                                        BodyPublishers.ofString(
                                                                "body="
                                                                        + URLEncoder.encode(
                                                                                document,
                                                                                StandardCharsets
                                                                                        .UTF_8)))
                                                .build(),
                                        BodyHandlers.discarding())
                                .statusCode();
            } catch (IOException e) {
                // counted as no answer
            } catch (InterruptedException e) {
                return;
            }
            if (status / 100 == 2) {
                accepted.add(value);
            }
            answers.computeIfAbsent(status, s -> new AtomicInteger()).incrementAndGet();
            slowestMillis.accumulateAndGet((System.nanoTime() - begun) / 1_000_000, Math::max);
        }
    }

    @Override
    public void close() throws InterruptedException {
        stopping = true;
        for (Thread thread : threads) {
            thread.join(15_000);
        }
    }
}
