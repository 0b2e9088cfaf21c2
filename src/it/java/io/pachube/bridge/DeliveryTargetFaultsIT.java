package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.FaultyService.Answer;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Targets that are down, slow or throttle, and datastreams that never get an answer. */
@Tag("slow")
class DeliveryTargetFaultsIT extends DeliveryFaultsTestSupport {

    /** More than give-up-after and the request time-out. */
    private static final Duration LONG = Duration.ofSeconds(5);

    private static Answer forTopics(String words, Answer answer) {
        return (request, out) ->
                (request.target().contains(words) ? answer : FaultyService.OK).write(request, out);
    }

    /** The fault: one throttled account turned readiness DOWN. */
    @Test
    void oneThrottledAccountAmongOthersLeavesReadinessUp() throws Exception {
        route(
                "one",
                pair("one", "house/+/power", "batchSize: 1", "http://A")
                        .replace(
                                "- to: delivery:one",
                                "- to: { uri: delivery:one, parameters: { account:"
                                        + " \"${header.CamelMqttTopic}\" } }"));
        bridge(200).with("retry.timeout", "20s");
        start();
        a.answer(forTopics("busy", FaultyService.status(429, "Retry-After: 1")));
        watchReadiness();
        publish("house/busy/power", 1, 5);
        for (int i = 1; i <= 10; i++) {
            peer.publish("house/free/power", String.valueOf(i));
        }
        await().atMost(LIMIT).until(() -> a.answered("free/power").equals(numbers(1, 10)));
        pause(Duration.ofSeconds(3)); // nothing but the throttled account
        assertEquals(0, down.get());
        a.answer(FaultyService.OK);
        await().atMost(LIMIT).until(() -> statistics().delivered() == 15);
        assertEquals(numbers(1, 5), a.answered("busy/power").stream().distinct().toList());
        assertEquals(List.of(), failed());
        assertEquals(0, down.get());
    }

    /** The fault: slow 504s were given up while the other target answered; 503s flapped. */
    @Test
    void oneTargetThatAnswersSaysNothingOfAnotherOne() throws Exception {
        route("one", pair("one", "house/+/power", "batchSize: 1", "http://A"));
        route("two", pair("two", "garden/+/power", "batchSize: 1", "http://B"));
        bridge(20);
        start();
        publish("house/hall/power", 1, 1);
        publish("garden/hall/power", 1, 1);
        await().atMost(LIMIT).until(() -> statistics().delivered() == 2);
        watchReadiness();
        b.answer(FaultyService.after(900, FaultyService.status(504)));
        publish("garden/hall/power", 2, 6);
        publish("garden/pond/power", 2, 6);
        int next = publishTo("house/hall/power", 2, LONG);
        b.answer(FaultyService.status(503));
        next = publishTo("house/hall/power", next, LONG);
        int last = next - 1;
        await().atMost(LIMIT).until(() -> a.answered().equals(numbers(1, last)));
        assertEquals(List.of(), failed());
        assertEquals(0, down.get());
        b.answer(FaultyService.OK);
        await().atMost(LIMIT).until(() -> statistics().delivered() == last + 11);
        assertEquals(numbers(2, 6), b.answered("pond/power").stream().distinct().toList());
        assertEquals(List.of(), failed());
        assertEquals(0, down.get());
    }

    /** Publishes numbers for so long; returns the next one. */
    private int publishTo(String topic, int first, Duration duration) throws Exception {
        long end = System.nanoTime() + duration.toNanos();
        int number = first;
        while (System.nanoTime() - end < 0) {
            peer.publish(topic, String.valueOf(number++));
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return number;
    }

    /** The fault: its values filled the window, and nobody could prove that the target is up. */
    @ParameterizedTest
    @ValueSource(ints = {20, 200})
    void oneTopicThatNeverGetsAnAnswerHoldsTheOthersNoLongerThanTheRetryTimeout(int window)
            throws Exception {
        route("one", pair("one", "house/+/power", "batchSize: 1", "http://A"));
        bridge(window);
        start();
        publish("house/d0/power", 0, 0); // the target has answered
        await().atMost(LIMIT).until(() -> statistics().delivered() == 1);
        a.answer(
                (request, out) -> {
                    if (request.method().equals("PUT") && request.target().contains("stuck")) {
                        FaultyService.hang().write(request, out);
                    }
                    FaultyService.OK.write(request, out);
                });
        peer.publish("house/stuck/power", "1");
        // more than the window
        for (int i = 1; i <= 30; i++) {
            for (int d = 1; d <= 10; d++) {
                peer.publish("house/d" + d + "/power", String.valueOf(i));
            }
        }
        await("it is abandoned").atMost(LIMIT).until(() -> failed().size() == 1);
        assertEquals(
                "house/stuck/power/error",
                peer.received().stream()
                        .filter(r -> r.payload().contains("\"retrying\":false"))
                        .findFirst()
                        .orElseThrow()
                        .topic());
        await("the others").atMost(LIMIT).until(() -> statistics().delivered() == 301);
        for (int d = 1; d <= 10; d++) {
            assertEquals(
                    numbers(1, 30), a.answered("/d" + d + "/power").stream().distinct().toList());
        }
        // on probation: it holds the window no more
        publish("house/stuck/power", 2, 4);
        await().atMost(LIMIT)
                .until(
                        () -> {
                            peer.publish("house/other/power", "1");
                            return failed().size() == 4;
                        });
    }

    /** A batch of several ordering keys, of which one is never answered. */
    @Test
    void aKeyThatIsNeverAnsweredDoesNotHoldThoseOfItsBatch() throws Exception {
        route("one", pair("one", "house/+/power", "batchSize: 10, batchKey: all", "http://A"));
        bridge(200).with("retry.max-delay", "60s");
        a.answer(
                (request, out) ->
                        (request.body().contains("stuck") ? FaultyService.hang() : FaultyService.OK)
                                .write(request, out));
        start();
        peer.publish("house/stuck/power", "stuck0");
        await().atMost(LIMIT)
                .until(
                        () -> {
                            publishAll(1);
                            return failed().size() == 1;
                        });
        long before = statistics().delivered();
        await().atMost(LIMIT).until(() -> statistics().pending() == 0);
        peer.publish("house/stuck/power", "stuck1");
        publishAll(2);
        peer.publish("house/stuck/power", "stuck2");
        await().atMost(LIMIT).until(() -> failed().size() == 3);
        await().atMost(LIMIT).until(() -> statistics().pending() == 0);
        assertTrue(statistics().delivered() >= before + 10);
        assertTrue(
                a.received().stream().noneMatch(request -> request.body().contains("stuck1")),
                "no attempt is due");
    }

    /** The fault: what protects the values of a target that is really down. */
    @ParameterizedTest
    @ValueSource(ints = {20, 200})
    void nothingIsAbandonedWhileAProxyAnswersForADeadServer(int window) throws Exception {
        route("one", pair("one", "house/+/power", "batchSize: 1", "http://A"));
        bridge(window);
        start();
        publishAll(1);
        await().atMost(LIMIT).until(() -> statistics().delivered() == 10);
        a.answer(FaultyService.after(300, FaultyService.status(504)));
        publishAll(2);
        publishAll(3);
        pause(LONG.plus(LONG));
        assertEquals(List.of(), failed());
        a.answer(FaultyService.OK);
        await().atMost(LIMIT).until(() -> statistics().delivered() == 30);
        assertEquals(List.of(), failed());
    }

    private void publishAll(int value) throws Exception {
        for (int d = 1; d <= 10; d++) {
            peer.publish("house/d" + d + "/power", String.valueOf(value));
        }
    }

    /** The fault: a stopped process accepts connections and requests, and answers nothing. */
    @ParameterizedTest
    @ValueSource(ints = {20, 200})
    void nothingIsAbandonedWhileTheProcessOfTheServerIsStopped(int window) throws Exception {
        int port = Ports.free();
        Path log = folder.resolve("server.log");
        Process server =
                JavaProcess.start(
                        folder,
                        log.toFile(),
                        Map.of(),
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                FaultyService.class.getName(),
                                String.valueOf(port)));
        try {
            route("one", pair("one", "house/+/power", "batchSize: 1", "http://127.0.0.1:" + port));
            bridge(window);
            start();
            publishAll(1);
            await().atMost(LIMIT).until(() -> lines(log).size() == 10);
            // some are in flight when it stops
            for (int i = 2; i <= 20; i++) {
                if (i == 5) {
                    signal("-STOP", server);
                }
                publishAll(i);
            }
            pause(LONG.plus(LONG));
            assertEquals(List.of(), failed());
            signal("-CONT", server);
            await().atMost(LIMIT).until(() -> statistics().delivered() == 200);
            assertEquals(List.of(), failed());
            for (int d = 1; d <= 10; d++) {
                String start = "/house/d" + d + "/power ";
                assertEquals(
                        numbers(1, 20),
                        lines(log).stream()
                                .filter(line -> line.startsWith(start))
                                .map(line -> line.substring(start.length()))
                                .distinct()
                                .toList());
            }
        } finally {
            signal("-CONT", server);
            server.destroyForcibly().waitFor();
        }
    }

    private static List<String> lines(Path log) throws IOException {
        return Files.readAllLines(log);
    }

    private static void signal(String signal, Process process) throws Exception {
        new ProcessBuilder("kill", signal, String.valueOf(process.pid())).start().waitFor();
    }
}
