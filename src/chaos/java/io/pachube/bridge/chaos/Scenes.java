package io.pachube.bridge.chaos;

import io.pachube.bridge.Forwarder;

import org.awaitility.Awaitility;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What befalls the bridge, scene by scene; each on a feed of its own. */
final class Scenes implements AutoCloseable {

    /**
     * Twice the default of delivery.max-concurrent-requests: one that ends an attempt may be
     * replaced at once.
     */
    private static final int MAX_DELIVERY_THREADS = 64;

    private static final int STREAMS = 100;
    private static final int RATE = 1_000;

    private static final int WINDOW = 100;

    /**
     * So many may come again when the bridge ends. mosquitto 2.0.11 does not keep to its window of
     * {@value #WINDOW}: while acknowledgements come in, it was seen to have up to 1,000 under way.
     */
    private static final int HELD = 1_000;

    private static final int MOSQUITTOS_WINDOW = 20;

    private final Path folder;
    private final Sizes sizes;
    private final SinkProcess sink;
    private final World world;

    Scenes(Path folder, Sizes sizes) throws Exception {
        this.folder = folder;
        this.sizes = sizes;
        sink = new SinkProcess(folder);
        world = new World(folder.resolve("world"), sink, WINDOW, Map.of());
        // the session is there from the first connection on; before, the broker keeps nothing
        world.bridge.start();
        world.bridge.awaitConnected();
    }

    AbuseScenes abuse() {
        return new AbuseScenes(folder, sizes, sink);
    }

    private Load load(int feed, int each, int perSecond) throws Exception {
        sink.behave(Behaviour.GOOD);
        if (!world.bridge.isRunning()) {
            world.bridge.start();
        }
        return new Load(world.broker.url(), World.topics(feed, STREAMS), each, perSecond);
    }

    private Load endless(int feed) throws Exception {
        return load(feed, Integer.MAX_VALUE, RATE);
    }

    Row bridgeKilled() throws Exception {
        try (Load load = endless(1)) {
            for (int i = 0; i < sizes.kills(); i++) {
                world.awaitFlow(1, RATE);
                world.awaitAcknowledged(HELD);
                world.bridge.kill();
                world.bridge.start();
            }
            return world.row("1 bridge killed", 1, load.stop(), sizes.kills() * HELD);
        }
    }

    Row bridgeAway() throws Exception {
        try (Load load = load(2, sizes.away() / STREAMS, 0)) {
            world.awaitFlow(2, 1);
            world.bridge.kill();
            load.join();
            long millis = world.bridge.start();
            Row row = world.row("2 bridge away", 2, load, HELD);
            return timed(row, "started in " + millis + " ms", millis <= 10_000);
        }
    }

    Row brokerRestarted() throws Exception {
        try (Load load = endless(3)) {
            for (int i = 0; i < sizes.restarts(); i++) {
                world.awaitFlow(3, RATE);
                world.broker.stop();
                world.broker.start();
            }
            world.awaitFlow(3, RATE);
            return world.row("3 broker restarted", 3, load.stop(), sizes.restarts() * HELD);
        }
    }

    Row brokerDownAtStart() throws Exception {
        world.bridge.close();
        world.broker.stop();
        sink.behave(Behaviour.GOOD);
        world.bridge.start();
        world.broker.start();
        try (Load load = load(4, 2 * RATE / STREAMS, RATE)) {
            return world.row("4 broker down at start", 4, load.join(), 0);
        }
    }

    /** With a window that holds more than the bridge's memory may. */
    Row pachubeAway() throws Exception {
        Map<String, String> settings = Map.of("MQTT_MAX_IN_FLIGHT_BYTES", "1048576");
        sink.behave(Behaviour.GOOD);
        try (World wide = new World(folder.resolve("wide"), sink, 2_000, settings)) {
            wide.bridge.start();
            wide.bridge.awaitConnected();
            try (Load load =
                    new Load(
                            wide.broker.url(),
                            World.topics(5, STREAMS),
                            Integer.MAX_VALUE,
                            RATE / 2)) {
                wide.awaitFlow(5, RATE);
                sink.behave(Behaviour.AWAY);
                int stored = sink.count(5);
                int seconds = sizes.outageSeconds();
                Awaitility.await()
                        .atMost(Duration.ofSeconds(seconds + 1))
                        .pollDelay(Duration.ofSeconds(seconds))
                        .until(() -> sink.count(5) >= stored);
                sink.behave(Behaviour.GOOD);
                wide.awaitFlow(5, RATE);
                return wide.row("5 Pachube away " + seconds + " s", 5, load.stop(), HELD);
            }
        }
    }

    Row unavailable() throws Exception {
        return faulty("6 30 % of requests 503", 6, Behaviour.answering(503, 0.3, Map.of()));
    }

    Row hanging() throws Exception {
        return faulty("7 1 % of requests never answered", 7, Behaviour.hanging(0.01));
    }

    Row reset() throws Exception {
        return faulty("8 10 % of connections reset", 8, Behaviour.resetting(0.1));
    }

    private Row faulty(String scene, int feed, Behaviour behaviour) throws Exception {
        try (Load load = load(feed, sizes.faulty() / STREAMS, 0)) {
            sink.behave(behaviour);
            return ofNoneGivenUp(world.row(scene, feed, load.join(), 0));
        }
    }

    Row tooMany() throws Exception {
        try (Load load = endless(9)) {
            world.awaitFlow(9, RATE);
            String date =
                    DateTimeFormatter.RFC_1123_DATE_TIME.format(
                            ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(4));
            for (String after : List.of("2", date)) {
                sink.behave(Behaviour.answering(429, 1, Map.of("Retry-After", after)));
                int stored = sink.count(9);
                Awaitility.await()
                        .pollDelay(Duration.ofMillis(1_500))
                        .until(() -> sink.count(9) >= stored);
                sink.behave(Behaviour.GOOD);
                world.awaitFlow(9, RATE);
            }
            return ofNoneGivenUp(world.row("9 429 with Retry-After", 9, load.stop(), 0));
        }
    }

    /** One key and one datastream that always fail, beside healthy ones at the same rate. */
    Row alwaysFailing() throws Exception {
        int streams = 18;
        int perStream = 30;
        int seconds = sizes.giveUpSeconds();
        // the delays as they are by default
        Map<String, String> settings =
                Map.of(
                        "RETRY_TIMEOUT", seconds + "s",
                        "RETRY_INITIAL_DELAY", "500ms",
                        "RETRY_MAX_DELAY", "15s");
        sink.behave(Behaviour.GOOD);
        try (World narrow =
                new World(folder.resolve("narrow"), sink, MOSQUITTOS_WINDOW, settings)) {
            narrow.bridge.start();
            narrow.bridge.awaitConnected();
            double healthy;
            try (Load load =
                    new Load(
                            narrow.broker.url(),
                            World.topics(100, streams),
                            Integer.MAX_VALUE,
                            streams * perStream)) {
                narrow.awaitFlow(100, streams * perStream);
                healthy = rate(100, seconds);
                load.stop();
            }
            String forbidden = "pb/" + Sink.FORBIDDEN_KEY + "/10/stream";
            String failing = "pb/key0/10/" + Sink.FAILING;
            List<String> topics = new ArrayList<>(World.topics(10, streams));
            topics.add(9, forbidden);
            topics.add(failing);
            try (Load load =
                    new Load(
                            narrow.broker.url(),
                            topics,
                            Integer.MAX_VALUE,
                            topics.size() * perStream)) {
                Awaitility.await("both lanes are suspect")
                        .atMost(Duration.ofSeconds(3L * seconds))
                        .until(() -> narrow.givenUp(forbidden) > 0 && narrow.givenUp(failing) > 0);
                double beside = rate(10, 3 * seconds);
                Row row = narrow.row("10 a key 403, a datastream 500", 10, load.stop(), 0);
                row =
                        timed(
                                row,
                                String.format("healthy: %.0f/s, alone %.0f/s", beside, healthy),
                                beside >= 0.8 * healthy);
                return timed(
                        row, "gap limit " + seconds + " s", row.gapMillis() <= seconds * 1_000L);
            }
        }
    }

    private double rate(int feed, int seconds) throws Exception {
        int before = sink.count(feed);
        long begun = System.nanoTime();
        Awaitility.await()
                .atMost(Duration.ofSeconds(seconds + 1))
                .pollDelay(Duration.ofSeconds(seconds))
                .until(() -> true);
        return (sink.count(feed) - before) * 1e9 / (System.nanoTime() - begun);
    }

    /** Order is not promised here. */
    Row shared() throws Exception {
        world.bridge.close();
        sink.behave(Behaviour.GOOD);
        try (BridgeProcess one = sharing("one", world.callbackPort);
                BridgeProcess other = sharing("other", io.pachube.bridge.Ports.free())) {
            one.start();
            other.start();
            one.awaitConnected();
            other.awaitConnected();
            try (Load load =
                    new Load(
                            world.broker.url(),
                            World.topics(11, STREAMS),
                            Integer.MAX_VALUE,
                            RATE)) {
                world.awaitFlow(11, RATE);
                one.kill();
                world.awaitFlow(11, RATE);
                one.start();
                world.awaitFlow(11, RATE);
                Row row = world.row("11 two share, one killed", 11, load.stop(), HELD);
                row.failures().remove("inversions");
                return row;
            }
        }
    }

    private BridgeProcess sharing(String name, int callbackPort) throws Exception {
        return world.bridge(
                name,
                Map.of(
                        "MQTT_SHARED_GROUP",
                        "chaos",
                        "MQTT_CLIENT_ID",
                        name,
                        "CALLBACK_PORT",
                        String.valueOf(callbackPort)));
    }

    Row callbacks() throws Exception {
        if (!world.bridge.isRunning()) {
            world.bridge.start();
        }
        Set<String> received = ConcurrentHashMap.newKeySet();
        try (Subscriber subscriber =
                        new Subscriber(
                                world.broker.url(), "pb/key0/alarm", (t, v) -> received.add(v));
                Callbacks callbacks = new Callbacks(world.callbackPort, "key0", "alarm")) {
            for (int i = 0; i < sizes.restarts(); i++) {
                awaitAccepted(callbacks);
                world.broker.stop();
                int refused = callbacks.count(503);
                Awaitility.await().until(() -> callbacks.count(503) > refused + 10);
                world.broker.start();
            }
            awaitAccepted(callbacks);
            callbacks.close();
            Set<String> lost = ConcurrentHashMap.newKeySet();
            lost.addAll(callbacks.accepted);
            try {
                Awaitility.await()
                        .until(
                                () -> {
                                    lost.removeAll(received);
                                    return lost.isEmpty();
                                });
            } catch (org.awaitility.core.ConditionTimeoutException e) {
                // those are lost
            }
            int sent = callbacks.accepted.size();
            List<String> failures = new ArrayList<>();
            if (!lost.isEmpty()) {
                failures.add("lost");
            }
            Row row =
                    new Row(
                            "12 callbacks, broker restarted",
                            sent,
                            received.size(),
                            0,
                            lost.size(),
                            0,
                            0,
                            0,
                            0,
                            "answers " + callbacks.answers,
                            failures);
            long slowest = callbacks.slowestMillis.get();
            return timed(row, "slowest " + slowest + " ms", slowest <= 2_000);
        }
    }

    private static void awaitAccepted(Callbacks callbacks) {
        int accepted = callbacks.accepted.size();
        Awaitility.await("callbacks are accepted")
                .atMost(Duration.ofSeconds(30))
                .until(() -> callbacks.accepted.size() > accepted + 200);
    }

    /** Under load, in an outage, and while no request is answered. */
    Row terminated() throws Exception {
        try (Load load = endless(13)) {
            long slowest = 0;
            for (Behaviour behaviour :
                    List.of(
                            Behaviour.slow(50),
                            Behaviour.AWAY,
                            Behaviour.hanging(1),
                            Behaviour.answering(503, 0.5, Map.of()))) {
                world.awaitFlow(13, RATE);
                world.awaitAcknowledged(HELD);
                sink.behave(behaviour);
                Awaitility.await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
                slowest = Math.max(slowest, world.bridge.terminate());
                sink.behave(Behaviour.GOOD);
                world.bridge.start();
            }
            Row row = ofNoneGivenUp(world.row("13 SIGTERM", 13, load.stop(), 4 * HELD));
            return timed(row, "slowest stop " + slowest + " ms", slowest <= 10_000);
        }
    }

    /** Distinct datastreams leave nothing behind. */
    Row distinct() throws Exception {
        sink.behave(Behaviour.GOOD);
        try (World many = new World(folder.resolve("many"), sink, WINDOW, Map.of())) {
            many.bridge.start();
            many.bridge.awaitConnected();
            publish(many, 15, 1_000);
            Map<String, Integer> before = many.bridge.alive();
            Row row = publish(many, 16, sizes.datastreams());
            Map<String, Integer> after = many.bridge.alive();
            int more = 0;
            for (Map.Entry<String, Integer> type : after.entrySet()) {
                // threads come with requests, and go when they are idle
                int idle = type.getKey().equals("threads") ? MAX_DELIVERY_THREADS : 0;
                more =
                        Math.max(
                                more,
                                type.getValue() - before.getOrDefault(type.getKey(), 0) - idle);
            }
            int all = after.values().stream().mapToInt(Integer::intValue).sum();
            return with(
                    row,
                    String.format(
                            "alive: %d after 1,000, %d at the end, threads %d and %d",
                            before.values().stream().mapToInt(Integer::intValue).sum(),
                            all,
                            before.get("threads"),
                            after.get("threads")),
                    more <= 3);
        }
    }

    private static Row publish(World world, int feed, int datastreams) throws Exception {
        try (Load load = new Load(world.broker.url(), World.topics(feed, datastreams), 1, 0)) {
            return world.row("14 distinct datastreams", feed, load.join(), 0);
        }
    }

    /** Values that wait travel together; Pachube is slow, resets, and the bridge is killed. */
    Row batched() throws Exception {
        int streams = 10;
        sink.behave(Behaviour.slow(50));
        try (World together =
                new World(
                        folder.resolve("together"),
                        sink,
                        WINDOW,
                        Map.of("DELIVERY_BATCH", "feed"))) {
            together.bridge.start();
            together.bridge.awaitConnected();
            try (Load load =
                    new Load(
                            together.broker.url(),
                            World.topics(17, streams),
                            Integer.MAX_VALUE,
                            RATE)) {
                together.awaitFlow(17, RATE);
                for (int i = 0; i < sizes.kills(); i++) {
                    together.bridge.kill();
                    together.bridge.start();
                    sink.behave(Behaviour.resetting(0.1));
                    together.awaitFlow(17, RATE);
                    sink.behave(Behaviour.slow(50));
                    together.awaitFlow(17, RATE);
                }
                // duplicates: all that is under way may be stored already, and after a kill
                // mosquitto
                // lets even more be under way
                Row row = together.row("15 batches", 17, load.stop(), Integer.MAX_VALUE);
                int largest = sink.largest();
                return with(ofNoneGivenUp(row), "up to " + largest + " together", largest > 1);
            }
        }
    }

    Row dripping() throws Exception {
        return faulty("16 1 % of answers drip", 18, Behaviour.dripping(0.01));
    }

    Row large() throws Exception {
        return faulty("17 1 % of answers have 1 GB", 19, Behaviour.large(0.01));
    }

    /** Longer than a publish waits; one datastream fails, so that there are reports. */
    Row farBroker() throws Exception {
        sink.behave(Behaviour.GOOD);
        try (World far =
                        new World(
                                folder.resolve("far"),
                                sink,
                                WINDOW,
                                Map.of("RETRY_TIMEOUT", "2s"));
                Forwarder line = new Forwarder(far.broker.port(), Duration.ofSeconds(1));
                BridgeProcess bridge =
                        far.bridge(
                                "distant", Map.of("MQTT_URL", "tcp://127.0.0.1:" + line.port()))) {
            line.open();
            bridge.start();
            bridge.awaitConnected();
            // its subscription takes longer
            try (Load first =
                    new Load(far.broker.url(), World.topics(120, 1), Integer.MAX_VALUE, 5)) {
                far.awaitFlow(120, 1);
                first.stop();
            }
            List<String> topics = new ArrayList<>(World.topics(20, 20));
            topics.add("pb/key0/20/" + Sink.FAILING);
            try (Load load = new Load(far.broker.url(), topics, 5, 0)) {
                Row row = far.row("18 a broker 2 s away", 20, load.join(), 0);
                return with(row, "reports " + row.givenUp(), row.givenUp() == 5);
            }
        }
    }

    /** Even when it is shortened: it is dropped, and its message acknowledged. */
    Row reportRefused() throws Exception {
        sink.behave(Behaviour.GOOD);
        try (World narrow =
                new World(
                        folder.resolve("small"),
                        sink,
                        MOSQUITTOS_WINDOW,
                        Map.of("RETRY_TIMEOUT", "2s"),
                        "max_packet_size 150")) {
            narrow.bridge.start();
            narrow.bridge.awaitConnected();
            try (Load failing =
                            new Load(
                                    narrow.broker.url(),
                                    List.of("pb/key0/121/" + Sink.FAILING),
                                    3,
                                    0);
                    Load load = new Load(narrow.broker.url(), World.topics(21, 20), 50, RATE / 5)) {
                failing.join();
                Row row = narrow.row("19 reports that the broker refuses", 21, load.join(), HELD);
                narrow.bridge.awaitLog("A report is dropped.", 3);
                return ofNoneGivenUp(row);
            }
        }
    }

    /** Its values fit the window: nobody else waits for it. */
    Row throttled() throws Exception {
        int accounts = 50;
        sink.behave(Behaviour.GOOD);
        try (World accountable = new World(folder.resolve("accounts"), sink, WINDOW, Map.of())) {
            accountable.bridge.start();
            accountable.bridge.awaitConnected();
            List<String> topics = new ArrayList<>();
            for (int i = 1; i < accounts; i++) {
                topics.add("pb/account" + i + "/22/stream");
            }
            String slow = "pb/" + Sink.THROTTLED_KEY + "/122/stream";
            try (Load one = new Load(accountable.broker.url(), List.of(slow), 5, 0);
                    Load others =
                            new Load(
                                    accountable.broker.url(),
                                    topics,
                                    Integer.MAX_VALUE,
                                    RATE / 50)) {
                Row throttled = accountable.row("20 the throttled one", 122, one.join(), 0);
                Row row =
                        accountable.row("20 one throttled account among 50", 22, others.stop(), 0);
                row.failures().addAll(throttled.failures());
                return with(
                        ofNoneGivenUp(row),
                        "throttled: " + throttled.stored() + " of 5",
                        throttled.stored() == 5);
            }
        }
    }

    /** Two routes read the same topics; the target of the second one is away for a while. */
    Row oneTargetDown() throws Exception {
        Path second = Files.createDirectories(folder.resolve("second"));
        sink.behave(Behaviour.GOOD);
        try (World two = new World(folder.resolve("two"), sink, WINDOW, Map.of());
                SinkProcess other = new SinkProcess(second)) {
            other.behave(Behaviour.AWAY);
            two.bridge.addRoute("copy", copyRoute(other.url()));
            two.bridge.start();
            two.bridge.awaitConnected();
            two.bridge.awaitConnected("copy");
            try (Load load = new Load(two.broker.url(), World.topics(23, 20), 100, RATE)) {
                Row row = two.row("21 one of two targets down", 23, load.join(), 0);
                other.behave(Behaviour.GOOD);
                int all = load.total();
                Awaitility.await("the second target has all")
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> other.count(23) == all);
                boolean isExact =
                        other.figures(23).stream()
                                .allMatch(f -> f.inversions() == 0 && f.missing().isEmpty());
                return with(ofNoneGivenUp(row), "the second has " + other.count(23), isExact);
            }
        }
    }

    private static String copyRoute(String url) {
        return """
        - route:
            id: copy
            routeConfigurationId: pachubeDelivery
            from:
              uri: "paho:{{mqtt.topic-prefix}}/+/23/+"
              parameters: { qos: 1 }
              steps:
                - process: { ref: pachubeDatapointTopic }
                - to: delivery:copy
        - route:
            id: copyStore
            from:
              uri: delivery:copy
              steps:
                - removeHeaders: { pattern: "*" }
                - setHeader: { name: X-PachubeApiKey, simple: "${variable.key}" }
                - setHeader: { name: CamelHttpPath, simple: "${variable.path}.csv" }
                - to: { uri: "%s", parameters: { httpMethod: PUT } }
        """
                .formatted(url);
    }

    Row stackOverflow() throws Exception {
        sink.behave(Behaviour.GOOD);
        try (World deep = new World(folder.resolve("deep"), sink, WINDOW, Map.of())) {
            deep.bridge.editRoute(
                    "datapoint",
                    "        - removeHeaders: { pattern: \"*\" }",
                    "        - bean: { beanType: "
                            + FailingStep.class.getName()
                            + ", method: overflow }\n"
                            + "        - removeHeaders: { pattern: \"*\" }");
            deep.bridge.start();
            deep.bridge.awaitConnected();
            try (Load load =
                    new Load(
                            deep.broker.url(),
                            World.topics(24, STREAMS),
                            sizes.faulty() / STREAMS,
                            0)) {
                return ofNoneGivenUp(
                        deep.row("22 StackOverflowError in a step", 24, load.join(), 0));
            }
        }
    }

    private static Row ofNoneGivenUp(Row row) {
        if (row.givenUp() > 0) {
            row.failures().add("given up");
        }
        return row;
    }

    /** A figure that a busy machine may spoil: it counts in the full run only. */
    private Row timed(Row row, String note, boolean passes) {
        return with(row, note, passes || !sizes.timed());
    }

    private static Row with(Row row, String note, boolean passes) {
        if (!passes) {
            row.failures().add(note);
        }
        return new Row(
                row.scene(),
                row.sent(),
                row.stored(),
                row.givenUp(),
                row.lost(),
                row.duplicates(),
                row.repeats(),
                row.inversions(),
                row.gapMillis(),
                row.note().isEmpty() ? note : row.note() + "; " + note,
                row.failures());
    }

    @Override
    public void close() throws Exception {
        world.close();
        sink.close();
    }
}
