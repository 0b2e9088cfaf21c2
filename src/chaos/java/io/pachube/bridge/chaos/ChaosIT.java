package io.pachube.bridge.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * The chaos run: bridge, broker and a verifying Pachube as processes that are killed and cut off.
 * Short here, in full with {@code mvn -Pchaos verify}; all scenes with batches with {@code
 * -Ddelivery.batch=feed}. The table goes to {@code target/chaos.txt}.
 */
class ChaosIT {

    private static final Path TABLE = Path.of("target", "chaos.txt");

    private static Scenes scenes;

    @BeforeAll
    static void begin() throws Exception {
        Path folder =
                Files.createTempDirectory(
                        Files.createDirectories(TABLE.getParent()).toAbsolutePath(), "chaos");
        scenes = new Scenes(folder, Sizes.fromSystemProperties());
        Files.writeString(TABLE, Row.HEAD + System.lineSeparator());
        System.out.println(Row.HEAD);
    }

    @AfterAll
    static void end() throws Exception {
        if (scenes != null) {
            scenes.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> nothingIsLostAndOrderIsKept() {
        Map<String, Callable<Row>> all = new LinkedHashMap<>();
        all.put("1 bridge killed", scenes::bridgeKilled);
        all.put("2 bridge away", scenes::bridgeAway);
        all.put("3 broker restarted", scenes::brokerRestarted);
        all.put("4 broker down at start", scenes::brokerDownAtStart);
        all.put("5 Pachube away", scenes::pachubeAway);
        all.put("6 requests refused", scenes::unavailable);
        all.put("7 requests never answered", scenes::hanging);
        all.put("8 connections reset", scenes::reset);
        all.put("9 too many requests", scenes::tooMany);
        all.put("10 a key and a datastream that always fail", scenes::alwaysFailing);
        all.put("11 two bridges share", scenes::shared);
        all.put("12 callbacks", scenes::callbacks);
        all.put("13 terminated", scenes::terminated);
        all.put("14 distinct datastreams", scenes::distinct);
        all.put("15 batches", scenes::batched);
        all.put("16 answers that drip", scenes::dripping);
        all.put("17 answers of 1 GB", scenes::large);
        all.put("18 a broker 2 s away", scenes::farBroker);
        all.put("19 reports that the broker refuses", scenes::reportRefused);
        all.put("20 one throttled account among 50", scenes::throttled);
        all.put("21 one of two targets down", scenes::oneTargetDown);
        all.put("22 StackOverflowError in a step", scenes::stackOverflow);
        all.put("23 a payload larger than the heap", () -> scenes.abuse().poisonPayload());
        all.put("24 a heap of 96 MB", () -> scenes.abuse().smallHeap(24, 31, "96m"));
        all.put("25 a heap of 128 MB", () -> scenes.abuse().smallHeap(25, 32, "128m"));
        all.put("26 silent callback senders", () -> scenes.abuse().silentSenders());
        String only = System.getProperty("chaos.only", "");
        return all.entrySet().stream()
                .filter(
                        s ->
                                only.isEmpty()
                                        || List.of(only.split(","))
                                                .contains(s.getKey().split(" ")[0]))
                .map(scene -> dynamicTest(scene.getKey(), () -> play(scene.getValue())));
    }

    private static void play(Callable<Row> scene) throws Exception {
        Row row = scene.call();
        System.out.println(row);
        tabulate(row);
        assertEquals(List.of(), row.failures());
    }

    private static void tabulate(Row row) throws IOException {
        Files.writeString(TABLE, row + System.lineSeparator(), StandardOpenOption.APPEND);
    }
}
