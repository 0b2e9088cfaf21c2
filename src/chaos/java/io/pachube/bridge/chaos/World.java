package io.pachube.bridge.chaos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.Mosquitto;
import io.pachube.bridge.Ports;

import org.awaitility.Awaitility;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/** A broker, a bridge and somebody who keeps the reports; the sink is shared. */
final class World implements AutoCloseable {

    static final String SECRET = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    final Mosquitto broker;
    final BridgeProcess bridge;
    final int callbackPort = Ports.free();

    private final Path folder;
    private final SinkProcess sink;
    private final Map<String, String> settings;
    private final Subscriber store;
    private final Subscriber reports;
    private final Map<String, Set<String>> givenUp = new ConcurrentHashMap<>();

    /** How many messages the broker keeps: retained ones, and those of sessions. */
    private volatile int kept;

    /**
     * @param window the broker's {@code max_inflight_messages}
     * @param settings of the bridge, beside the usual ones
     * @param configuration of the broker, beside the usual one
     */
    World(
            Path folder,
            SinkProcess sink,
            int window,
            Map<String, String> settings,
            String... configuration)
            throws Exception {
        this.folder = Files.createDirectories(folder);
        this.sink = sink;
        broker =
                new Mosquitto(
                                folder,
                                "max_queued_messages 0",
                                "max_inflight_messages " + window,
                                "autosave_interval 1",
                                "sys_interval 1",
                                "set_tcp_nodelay true",
                                String.join("\n", configuration))
                        .start();
        this.settings = new HashMap<>();
        this.settings.put("MQTT_URL", broker.url());
        this.settings.put("PACHUBE_URL", sink.url());
        this.settings.put("PACHUBE_RESPONSE_TIMEOUT", "2s");
        this.settings.put("MANAGEMENT_ENABLED", "false");
        this.settings.put("CALLBACK_HOST", "127.0.0.1");
        this.settings.put("CALLBACK_PORT", String.valueOf(callbackPort));
        this.settings.put("CALLBACK_SECRET", SECRET);
        this.settings.put("RETRY_INITIAL_DELAY", "100ms");
        this.settings.put("RETRY_MAX_DELAY", "2s");
        this.settings.put("DELIVERY_BATCH", System.getProperty("delivery.batch", "none"));
        this.settings.putAll(settings);
        bridge = bridge("bridge", Map.of());
        store =
                new Subscriber(
                        broker.url(),
                        "$SYS/broker/store/messages/count",
                        (topic, count) -> kept = Integer.parseInt(count));
        reports = new Subscriber(broker.url(), "pb/+/+/+/error", this::reported);
    }

    /** One more, with settings of its own. */
    BridgeProcess bridge(String name, Map<String, String> own) throws Exception {
        Map<String, String> all = new HashMap<>(settings);
        all.putAll(own);
        return new BridgeProcess(folder.resolve(name), all);
    }

    /** One more, with a heap of its own, in the place of {@link #bridge}. */
    BridgeProcess bridge(String name, Map<String, String> own, String heap) throws Exception {
        Map<String, String> all = new HashMap<>(settings);
        all.putAll(own);
        return new BridgeProcess(folder.resolve(name), all, heap);
    }

    private void reported(String topic, String report) {
        try {
            JsonNode json = JSON.readTree(report);
            if (!json.get("retrying").booleanValue()) {
                givenUp.computeIfAbsent(
                                topic.substring(0, topic.lastIndexOf('/')),
                                t -> ConcurrentHashMap.newKeySet())
                        .add(json.get("payload").textValue());
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** How many values of a topic were given up. */
    int givenUp(String topic) {
        return givenUp.getOrDefault(topic, Set.of()).size();
    }

    /** So many topics of a feed, over two keys. */
    static List<String> topics(int feed, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "pb/key" + i % 2 + "/" + feed + "/stream" + i)
                .toList();
    }

    /** Awaits that the feed gets so many values more. */
    void awaitFlow(int feed, int more) throws Exception {
        int wanted = sink.count(feed) + more;
        Awaitility.await(wanted + " values of feed " + feed)
                .atMost(PATIENCE)
                .until(() -> sink.count(feed) >= wanted);
    }

    /**
     * Awaits that the broker keeps fewer messages than so many. mosquitto sends a session that is
     * resumed all that it has queued, whatever its window, and reads the acknowledgements of it
     * some seconds later; until then all of it may come again. Scene 15 ends bridges before.
     */
    void awaitAcknowledged(int fewer) {
        Awaitility.await("acknowledgements").atMost(PATIENCE).until(() -> kept < fewer);
    }

    /**
     * Awaits that all that was sent is stored or given up, as long as there is any progress.
     *
     * @param allowedDuplicates the window, for each time that something was ended
     */
    Row row(String scene, int feed, Load load, int allowedDuplicates) throws Exception {
        int total = load.total();
        int before = -1;
        long since = System.nanoTime();
        Row row = null;
        while (System.nanoTime() - since < PATIENCE.toNanos()) {
            int now =
                    sink.count(feed) + load.sent().keySet().stream().mapToInt(this::givenUp).sum();
            if (now >= total) {
                row = tally(scene, feed, load, allowedDuplicates);
                if (row.lost() == 0) {
                    return row;
                }
            }
            if (now > before) {
                before = now;
                since = System.nanoTime();
            }
            Thread.sleep(100); // between two polls: progress is awaited here
        }
        return row == null ? tally(scene, feed, load, allowedDuplicates) : row;
    }

    private Row tally(String scene, int feed, Load load, int allowedDuplicates) throws Exception {
        Map<String, StoredStream.Figures> figures = new HashMap<>();
        sink.figures(feed)
                .forEach(f -> figures.put("pb/" + f.key() + "/" + feed + "/" + f.datastream(), f));
        int stored = 0;
        int gaveUp = 0;
        int lost = 0;
        int duplicates = 0;
        int repeats = 0;
        int inversions = 0;
        long gap = 0;
        for (Map.Entry<String, Integer> sent : load.sent().entrySet()) {
            String topic = sent.getKey();
            StoredStream.Figures f = figures.get(topic);
            Set<String> reported = givenUp.getOrDefault(topic, Set.of());
            int highest = f == null ? 0 : f.stored() + f.missing().size();
            Set<Integer> missing = f == null ? Set.of() : Set.copyOf(f.missing());
            lost +=
                    (int)
                            IntStream.rangeClosed(1, sent.getValue())
                                    .filter(n -> n > highest || missing.contains(n))
                                    .filter(n -> !reported.contains(String.valueOf(n)))
                                    .count();
            gaveUp += reported.size();
            if (f != null) {
                stored += f.stored();
                duplicates +=
                        (int) f.duplicates().stream().filter(n -> !load.isResent(topic, n)).count();
                repeats += f.repeats();
                inversions += f.inversions();
                gap = Math.max(gap, f.gapMillis());
            }
        }
        List<String> failures = new ArrayList<>();
        if (lost > 0) {
            failures.add("lost");
        }
        if (inversions > 0) {
            failures.add("inversions");
        }
        if (duplicates > allowedDuplicates) {
            failures.add("more than " + allowedDuplicates + " duplicates");
        }
        return new Row(
                scene,
                load.total(),
                stored,
                gaveUp,
                lost,
                duplicates,
                repeats,
                inversions,
                gap,
                "",
                failures);
    }

    @Override
    public void close() throws Exception {
        reports.close();
        store.close();
        bridge.close();
        broker.close();
    }
}
