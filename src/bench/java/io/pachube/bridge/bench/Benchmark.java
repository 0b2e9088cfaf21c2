package io.pachube.bridge.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pachube.bridge.bench.Table.Row;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the bridge can do, beside others, in one table: {@code mvn -Pbench verify}. The table goes
 * to {@code target/bench.txt}. {@code -Dbench.only=1,4} measures some of its parts alone, and
 * {@code -Dbench.only=quick} the ratios of part 1 to the peer, in less than three minutes.
 */
class Benchmark {

    private static final Path RESULT = Path.of("target", "bench.txt");

    private static final int RUNS = Integer.getInteger("bench.runs", 3);
    private static final int SECONDS = Integer.getInteger("bench.seconds", 3);
    private static final int WARM_UP_SECONDS = Integer.getInteger("bench.warm-up-seconds", 16);
    private static final int BACKLOG = Integer.getInteger("bench.backlog", 500_000);

    static final int WINDOW = 1_000;
    static final int SLOW_MILLIS = 100;

    private static final List<Setup> BRIDGES = List.of(Setup.SINGLE, Setup.BATCHED);

    private final List<String> only =
            Arrays.asList(System.getProperty("bench.only", "1,2,3,4,5,6,7,8").split(","));
    private final Table table = new Table();
    private Path folder;

    @Test
    void table() throws Exception {
        Path target = Files.createDirectories(RESULT.getParent()).toAbsolutePath();
        folder = Files.createTempDirectory(target, "bench");
        try {
            if (only.contains("quick")) {
                ratios();
            }
            if (only.stream().anyMatch("12356"::contains)) {
                quick();
            }
            if (isWanted(3)) {
                backlog(Setup.SINGLE);
                backlog(Setup.BATCHED);
            }
            if (isWanted(4)) {
                slow(
                        Parts.SLOW,
                        List.of(
                                Setup.PEER,
                                Setup.PEER.withPool(WINDOW),
                                Setup.SINGLE.withPool(WINDOW),
                                Setup.BATCHED.withPool(WINDOW)));
            }
            if (isWanted(7)) {
                start();
            }
            Optional<Jdk> newer = Jdk.newer();
            if (isWanted(8) && newer.isPresent()) {
                on(newer.get());
            }
        } finally {
            String result = table + "\n" + Targets.of(table);
            Files.writeString(RESULT, result);
            System.out.println(result);
        }
        assertEquals(List.of(), table.broken());
    }

    private boolean isWanted(int part) {
        return only.contains(String.valueOf(part));
    }

    private void ratios() throws Exception {
        List<Setup> all = List.of(Setup.PEER, Setup.SINGLE, Setup.BATCHED);
        try (Stands stands = new Stands(folder, WINDOW, 0)) {
            stands.open(all, Conditions.PLAIN, WARM_UP_SECONDS);
            Map<String, Conditions> parts = Map.of(Parts.STEADY, Conditions.PLAIN);
            stands.measure(all, parts, RUNS, SECONDS, table);
        }
    }

    private void quick() throws Exception {
        Conditions plain = Conditions.PLAIN;
        List<Setup> all =
                isWanted(1)
                        ? List.of(
                                Setup.RAW_PUTS,
                                Setup.CAMEL_HTTP,
                                Setup.ACK_ONLY,
                                Setup.PEER,
                                Setup.CAMEL_PEER,
                                Setup.SINGLE,
                                Setup.BATCHED)
                        : BRIDGES;
        try (Stands stands = new Stands(folder, WINDOW, 0)) {
            stands.open(all, plain, WARM_UP_SECONDS);
            if (isWanted(1)) {
                stands.measure(all, Map.of(Parts.STEADY, plain), RUNS, SECONDS, table);
            }
            if (isWanted(2)) {
                Map<String, Conditions> parts = Map.of(Parts.QOS_0, plain.withQos(0));
                stands.measure(BRIDGES, parts, RUNS, SECONDS, table);
            }
            if (isWanted(3)) {
                Conditions thousand = plain.withDatastreams(1_000, 100);
                Map<String, Conditions> parts = new LinkedHashMap<>();
                parts.put(Parts.HUNDRED, plain);
                parts.put(Parts.THOUSAND, thousand);
                parts.put(Parts.CLIENTS, thousand.withConnections(200));
                parts.put(Parts.TEN_THOUSAND, plain.withDatastreams(10_000, 100));
                stands.measure(BRIDGES, parts, RUNS, SECONDS, table);
            }
            if (isWanted(5)) {
                // longer, to have some values
                Map<String, Conditions> parts = Map.of(Parts.PACED, plain.withRate(100));
                stands.measure(BRIDGES, parts, RUNS, 3 * SECONDS, table);
            }
            if (isWanted(6)) {
                Stand stand = stands.get(Setup.SINGLE);
                stand.callbacks(plain.withRate(2_000));
                stand.warmUp(WARM_UP_SECONDS);
                for (int run = 0; run < RUNS; run++) {
                    table.add(Parts.CALLBACKS, stand.measure(SECONDS));
                }
            }
        }
    }

    private void backlog(Setup setup) throws Exception {
        try (Stands stands = new Stands(folder, WINDOW, 0)) {
            Stand stand = stands.cold(setup);
            Row drained = Parts.drained(setup);
            Figures figures = stand.backlog(BACKLOG);
            table.add(drained, figures);
            table.note(drained, String.format("from %.0f MB", figures.megabytesBefore()));
            stand.load(Conditions.PLAIN);
            for (int run = 0; run < RUNS; run++) {
                table.add(Parts.thereafter(setup), stand.measure(SECONDS));
            }
        }
    }

    private void slow(String part, List<Setup> setups) throws Exception {
        Conditions conditions =
                Conditions.PLAIN.withDatastreams(1_000, 100).withOutstanding(4 * WINDOW);
        try (Stands stands = new Stands(folder, WINDOW, SLOW_MILLIS)) {
            stands.open(setups, conditions, WARM_UP_SECONDS);
            stands.measure(setups, Map.of(part, conditions), RUNS, SECONDS, table);
        }
    }

    private void start() throws Exception {
        for (int run = 0; run < RUNS + 2; run++) {
            try (Stands stands = new Stands(folder, WINDOW, 0)) {
                table.add(Parts.START, stands.cold(Setup.SINGLE).started());
            }
        }
    }

    private void on(Jdk jdk) throws Exception {
        List<Setup> setups =
                List.of(Setup.PEER.with(jdk), Setup.SINGLE.with(jdk), Setup.BATCHED.with(jdk));
        try (Stands stands = new Stands(folder, WINDOW, 0)) {
            stands.open(setups, Conditions.PLAIN, WARM_UP_SECONDS);
            Map<String, Conditions> parts = Map.of(Parts.NEWER, Conditions.PLAIN);
            stands.measure(setups, parts, RUNS, SECONDS, table);
        }
        slow(
                Parts.NEWER_SLOW,
                List.of(
                        Setup.SINGLE.withPool(WINDOW).with(jdk),
                        Setup.BATCHED.withPool(WINDOW).with(jdk)));
    }
}
