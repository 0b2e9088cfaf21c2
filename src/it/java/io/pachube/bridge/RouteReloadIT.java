package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.routes.RouteFileWatcher;
import io.pachube.sandbox.FaultInjector.Action;
import io.pachube.sandbox.SandboxPachube;
import io.pachube.sandbox.TestPachube;

import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** Route files are edited while the bridge runs, with a real mosquitto. */
class RouteReloadIT {

    private static final String KEY = SandboxPachube.DEMO_KEY;
    private static final String DATAPOINT = "datapoint.camel.yaml";
    private static final String EDIT = "        # change values here\n";
    private static final int EDITS = Integer.getInteger("reload.edits", 15);

    @TempDir Path folder;

    private Path routes;
    private LogLines log;
    private Mosquitto mosquitto;
    private TestPachube pachube;
    private TestBridge bridge;
    private MqttPeer peer;

    /** Returns the value that was stored last. */
    private String last = "";

    /** How many of the requests have been looked at. */
    private int drained;

    @BeforeEach
    void start() throws Exception {
        routes = RouteFolder.copy(folder.resolve("routes"));
        mosquitto = new Mosquitto(Files.createDirectory(folder.resolve("mosquitto"))).start();
        pachube = new TestPachube("127.0.0.1", 0);
        pachube.start();
        bridge =
                new TestBridge(mosquitto.url(), pachube.url())
                        .routes(routes)
                        .with("pachube.response-timeout", "1s")
                        .start();
        MqttPeer.awaitBridge(mosquitto.url(), "pb/ready/1/x", "pb/ready/1/x/trigger");
        peer = MqttPeer.kept(mosquitto.url(), "peer");
        pachube.record(1_000_000);
        log = new LogLines(RouteFileWatcher.class);
    }

    @AfterEach
    void stop() throws Exception {
        log.close();
        peer.close();
        bridge.close();
        pachube.close();
        mosquitto.close();
    }

    /** The project's route, with a step that appends to each value. */
    private static String appending(String suffix) throws Exception {
        String route = Files.readString(Path.of("routes", DATAPOINT));
        assertTrue(route.contains(EDIT));
        return route.replace(EDIT, "        - setBody: { simple: \"${body}" + suffix + "\" }\n");
    }

    private void save(String file, String text) throws Exception {
        Files.writeString(routes.resolve(file), text);
    }

    private List<String> puts(String datastream) {
        return pachube.received().stream()
                .filter(
                        request ->
                                request.method().equals("PUT")
                                        && request.target().contains("/" + datastream + "."))
                .map(request -> request.body())
                .toList();
    }

    private void awaitPut(String datastream, String value) {
        await(value + " of " + datastream)
                .atMost(Duration.ofSeconds(20))
                .until(() -> puts(datastream).contains(value));
    }

    private String awaitLine(String part) {
        await(part)
                .atMost(Duration.ofSeconds(20))
                .until(() -> log.lines().stream().anyMatch(line -> line.contains(part)));
        return log.lines().stream().filter(line -> line.contains(part)).findFirst().orElseThrow();
    }

    @Test
    void whatIsSavedTakesEffect() throws Exception {
        save(DATAPOINT, appending(".5"));
        awaitLine(DATAPOINT + " has changed");
        peer.publish("pb/" + KEY + "/1/temperature", "1");
        awaitPut("temperature", "1.5");
        assertEquals(List.of("1.5"), puts("temperature"));
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "      steps:|      steps: [|",
                "- route:|- rout:|",
                "uri: paho|uri: pacho|pacho",
                "{{mqtt.topic-prefix}}|{{topic.praefix}}|topic.praefix",
                "ref: pachubePayloadFormat|ref: pachubePayloadFromat|pachubePayloadFromat",
                "id: pachubeDatapoint|id: pachubeTrigger|pachubeTrigger",
                "pachubeDelivery |pachubeDelivered |pachubeDelivered",
                "${variable.path}.|${variable.path.|"
            })
    void promise6_aBrokenRouteFileChangesNothing(String right, String wrong, String reason)
            throws Exception {
        String route = Files.readString(Path.of("routes", DATAPOINT));
        assertTrue(route.contains(right));
        String broken = route.replace(right, wrong);
        save(DATAPOINT, broken);
        String line = awaitLine(DATAPOINT);
        int expected =
                1
                        + broken.lines()
                                .toList()
                                .indexOf(
                                        broken.lines()
                                                .filter(l -> l.contains(wrong.strip()))
                                                .findFirst()
                                                .orElseThrow());
        assertTrue(line.matches(".*" + DATAPOINT + ", line \\d+: .*"), line);
        int named = Integer.parseInt(line.replaceFirst(".*, line (\\d+): .*", "$1"));
        assertTrue(Math.abs(named - expected) <= 2, "line " + expected + " is broken: " + line);
        assertTrue(reason == null || line.contains(reason), line);
        assertEquals(1, log.lines().size(), "one line: " + log.lines());

        peer.publish("pb/" + KEY + "/1/temperature", "1");
        awaitPut("temperature", "1");
    }

    @Test
    void anEmptyFileChangesNothing() throws Exception {
        save(DATAPOINT, "");
        awaitLine(DATAPOINT + ": it is empty");
        peer.publish("pb/" + KEY + "/1/temperature", "1");
        awaitPut("temperature", "1");
    }

    @Tag("slow")
    @Test
    void fault13_aFileWithoutARouteChangesNothing() throws Exception {
        save(DATAPOINT, "hello world");
        awaitLine("the routes that run go on");
        assertEquals(0, log.count("has changed"), log.lines().toString());
        peer.publish("pb/" + KEY + "/1/temperature", "1");
        awaitPut("temperature", "1");
    }

    @Tag("slow")
    @Test
    void fault16_anUnreadableFileHoldsNoOtherUp() throws Exception {
        Files.write(routes.resolve("latin.camel.yaml"), new byte[] {'#', ' ', (byte) 0xb0, '\n'});
        Files.createSymbolicLink(routes.resolve(".#trigger.camel.yaml"), Path.of("user@host.1:1"));
        Files.createDirectory(routes.resolve("folder.camel.yaml"));
        awaitLine("latin.camel.yaml cannot be read: it is not UTF-8; the routes that run go on");
        save(DATAPOINT, appending(".5"));
        awaitLine(DATAPOINT + " has changed");
        peer.publish("pb/" + KEY + "/1/temperature", "1");
        awaitPut("temperature", "1.5");
        assertEquals(2, log.lines().size(), log.lines().toString());
    }

    @Tag("slow")
    @Test
    void fault16_aFileThatCanBeReadNoMoreStaysAsItWas() throws Exception {
        Files.write(routes.resolve(DATAPOINT), new byte[] {'#', ' ', (byte) 0xb0, '\n'});
        awaitLine(DATAPOINT + " cannot be read: it is not UTF-8; the routes that run go on");
        peer.publish("pb/" + KEY + "/1/temperature", "1");
        awaitPut("temperature", "1");
        save(DATAPOINT, appending(".5"));
        awaitLine(DATAPOINT + " has changed");
        peer.publish("pb/" + KEY + "/1/temperature", "2");
        awaitPut("temperature", "2.5");
    }

    @Test
    void whatCannotStartGivesWayToWhatRan() throws Exception {
        String route = Files.readString(Path.of("routes", "notification.camel.yaml"));
        save(
                "notification.camel.yaml",
                route.replace("{{callback.port}}", mosquitto.url().replaceFirst(".*:", "")));
        awaitLine("the routes that run go on");
        assertEquals(
                404, Http.send("POST", bridge.callbackUrl() + "/forged", null, "x").statusCode());
    }

    /** A route that takes {@code house/+/power}. */
    private static String house(String id) throws Exception {
        String file = Files.readString(Path.of("routes", DATAPOINT));
        return file.substring(0, file.indexOf("- route:\n    id: pachubeStore"))
                .replace("pachubeDatapoint\n", id + "\n")
                .replace("{{mqtt.topic-prefix}}/+/+/+", "house/+/power")
                .replace(
                        "      steps:\n",
                        "      steps:\n"
                                + "        - setHeader: { name: CamelMqttTopic, constant: pb/"
                                + KEY
                                + "/1/power }\n");
    }

    @Tag("slow")
    @Test
    void aNewFileThatCannotStartLeavesNothingBehind() throws Exception {
        String port = mosquitto.url().replaceFirst(".*:", "");
        String listener =
                "- route:\n    id: listener\n    from:\n      uri: jetty:http://127.0.0.1:"
                        + port
                        + "/taken\n      steps:\n        - log: taken\n";
        save("house.camel.yaml", house("house") + listener);
        awaitLine("the routes that run go on");
        assertEquals(null, bridge.context().getRoute("house"));
        await("healthy").until(() -> isHealthy());
        peer.publish("house/kitchen/power", "1");

        save("house.camel.yaml", house("house"));
        awaitLine("house.camel.yaml has changed");
        await().until(
                        () -> {
                            peer.publish("house/kitchen/power", "2");
                            return puts("power").contains("2");
                        });
        assertFalse(puts("power").contains("1"), "the broker kept it");
    }

    private boolean isHealthy() {
        return HealthCheckRegistry.get(bridge.context()).stream()
                .filter(check -> check.getId().startsWith("pachube-"))
                .allMatch(check -> check.call().getState() == HealthCheck.State.UP);
    }

    @Test
    void theSessionOfARouteThatGotAnotherIdIsNoMore() throws Exception {
        save("house.camel.yaml", house("house"));
        awaitLine("house.camel.yaml has changed");
        save("house.camel.yaml", house("home"));
        await().until(() -> log.count("house.camel.yaml has changed") == 2);
        peer.publish("house/kitchen/power", "1");
        awaitPut("power", "1");

        save("house.camel.yaml", house("house"));
        await().until(() -> log.count("house.camel.yaml has changed") == 3);
        peer.publish("house/kitchen/power", "2");
        awaitPut("power", "2");
        assertEquals(List.of("1", "2"), puts("power"), "the broker kept it for the former id");
    }

    @Test
    void aNewFileIsFollowedAndADeletedOneIsNoMore() throws Exception {
        String house = house("house");
        save("house.camel.yaml", house);
        awaitLine("house.camel.yaml has changed");
        await().until(
                        () -> {
                            peer.publish("house/kitchen/power", "1");
                            return puts("power").contains("1");
                        });

        Files.delete(routes.resolve("house.camel.yaml"));
        await().until(() -> log.count("house.camel.yaml has changed") == 2);
        peer.publish("house/kitchen/power", "2");
        assertEquals(null, bridge.context().getRoute("house"));

        save("house.camel.yaml", house);
        await().until(() -> log.count("house.camel.yaml has changed") == 3);
        await().until(
                        () -> {
                            peer.publish("house/kitchen/power", "3");
                            return puts("power").contains("3");
                        });
        assertFalse(puts("power").contains("2"), "the broker kept it: it was not unsubscribed");
    }

    @Test
    void aFilterThatWasEditedAwayIsUnsubscribed() throws Exception {
        String route = Files.readString(Path.of("routes", DATAPOINT));
        save(
                DATAPOINT,
                route.replace("{{mqtt.topic-prefix}}/+/+/+", "{{mqtt.topic-prefix}}/+/7/+"));
        awaitLine(DATAPOINT + " has changed");
        AtomicInteger number = new AtomicInteger();
        await("it is unsubscribed")
                .until(
                        () -> {
                            int before = puts("temperature").size();
                            peer.publish("pb/" + KEY + "/1/temperature", "1");
                            String next = String.valueOf(number.incrementAndGet());
                            peer.publish("pb/other/7/x", next);
                            awaitPut("x", next); // in between none is lost
                            return puts("temperature").size() == before;
                        });
    }

    @Test
    void whatIsHeldGoesTheNewWay() throws Exception {
        AtomicBoolean outage = new AtomicBoolean(true);
        pachube.setFault((method, path, key) -> outage.get() ? Action.status(503) : Action.none());
        for (int i = 1; i <= 5; i++) {
            peer.publish("pb/" + KEY + "/1/temperature", String.valueOf(i));
        }
        await().until(() -> puts("temperature").size() > 2);
        save(DATAPOINT, appending(".5"));
        awaitLine(DATAPOINT + " has changed");
        outage.set(false);
        awaitPut("temperature", "5.5");
        assertEquals(
                List.of("1.5", "2.5", "3.5", "4.5", "5.5"),
                puts("temperature").stream().filter(v -> v.endsWith(".5")).distinct().toList());
    }

    /**
     * One edit in five is broken. Each good one appends its number, so that the stored values tell
     * which edit ran.
     */
    @Tag("slow")
    @Test
    void editsUnderLoadLoseNothing() throws Exception {
        CamelContext context = bridge.context();
        AtomicBoolean enough = new AtomicBoolean();
        List<Integer> sent = new ArrayList<>();
        Map<Integer, List<String>> stored = new TreeMap<>();
        int good = 0;
        int threads = 0;
        int endpoints = 0;
        long heap = 0;
        try (MqttPeer source = MqttPeer.kept(mosquitto.url(), "source")) {
            Thread load =
                    new Thread(
                            () -> {
                                for (int i = 0; !enough.get(); i++) {
                                    try {
                                        source.publish("pb/" + KEY + "/1/s" + i % 10, "" + i);
                                        sent.add(i);
                                        Thread.sleep(5);
                                    } catch (Exception e) {
                                        throw new IllegalStateException(e);
                                    }
                                }
                            });
            load.start();
            for (int edit = 1; edit <= EDITS; edit++) {
                boolean broken = edit % 5 == 0;
                String text = appending(".%04d1".formatted(edit));
                save(
                        DATAPOINT,
                        broken ? text.replace("pachubePayloadFormat", "pachubeNothing") : text);
                if (!broken) {
                    good = edit;
                } else {
                    int refused = edit / 5;
                    await().atMost(Duration.ofSeconds(20))
                            .until(() -> log.count("the routes that run go on") == refused);
                }
                String suffix = ".%04d1".formatted(good);
                int before = count(stored);
                await("edit " + edit)
                        .atMost(Duration.ofSeconds(20))
                        .until(
                                () -> {
                                    drain(stored);
                                    return count(stored) > before && last.endsWith(suffix);
                                });
                if (edit == 5) {
                    threads = Thread.activeCount();
                    endpoints = context.getEndpoints().size();
                    heap = heap();
                }
            }
            enough.set(true);
            load.join();
        }
        await("all are stored")
                .atMost(Duration.ofSeconds(20))
                .until(
                        () -> {
                            drain(stored);
                            return stored.size() == sent.size();
                        });
        assertEquals(
                IntStream.range(0, sent.size()).boxed().toList(), List.copyOf(stored.keySet()));
        assertEquals(endpoints, context.getEndpoints().size());
        assertTrue(Thread.activeCount() <= threads + 5, threads + " threads became more");
        int sentInAll = sent.size();
        long again = stored.values().stream().filter(values -> values.size() > 1).count();
        sent.clear();
        stored.clear();
        System.out.printf(
                "%d edits, %d values, %d stored more than once; after edit 5, and at the end:"
                        + " threads %d, %d; heap %d, %d KiB%n",
                EDITS, sentInAll, again, threads, Thread.activeCount(), heap / 1024, heap() / 1024);
    }

    private static long heap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Which values came, each with the edits that were at work. */
    private void drain(Map<Integer, List<String>> stored) {
        var received = pachube.received();
        // not emptied: messages that came in between would be gone
        var fresh = received.subList(drained, received.size());
        drained = received.size();
        for (var request : fresh) {
            if (request.method().equals("PUT") && request.target().matches(".*/s\\d\\.csv")) {
                last = request.body();
                stored.computeIfAbsent(
                                Integer.valueOf(last.replaceFirst("\\..*", "")),
                                number -> new ArrayList<>())
                        .add(last);
            }
        }
    }

    private static int count(Map<Integer, List<String>> stored) {
        return stored.values().stream().mapToInt(List::size).sum();
    }
}
