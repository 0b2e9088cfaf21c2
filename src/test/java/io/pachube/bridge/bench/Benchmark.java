package io.pachube.bridge.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pachube.bridge.bench.Table.Row;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What the bridge can do, beside others, in one table: {@code mvn -Pbench verify}. The table goes
 * to {@code target/bench.txt}. {@code -Dbench.only=1,4} measures some of its parts alone.
 */
class Benchmark {

    private static final Path RESULT = Path.of("target", "bench.txt");

    private static final int RUNS = Integer.getInteger("bench.runs", 3);
    private static final int SECONDS = Integer.getInteger("bench.seconds", 3);
    private static final int WARM_UP_SECONDS = Integer.getInteger("bench.warm-up-seconds", 25);
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
            quick();
            if (isWanted(3)) {
                backlog(Setup.SINGLE);
                backlog(Setup.BATCHED);
            }
            if (isWanted(4)) {
                slow();
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

    private void quick() throws Exception {
        Conditions plain = Conditions.PLAIN;
        List<Setup> all = new ArrayList<>(BRIDGES);
        all.add(0, Setup.PEER);
        try (Stands stands = new Stands(folder, WINDOW, 0)) {
            if (isWanted(1)) {
                all.addAll(0, List.of(Setup.RAW_PUTS, Setup.ACK_ONLY));
                for (Setup setup : all) {
                    stands.open(setup, plain, WARM_UP_SECONDS);
                }
                stands.measure(all, plain, RUNS, SECONDS, table, Parts.STEADY);
            } else {
                for (Setup setup : BRIDGES) {
                    stands.open(setup, plain, WARM_UP_SECONDS);
                }
            }
            if (isWanted(2)) {
                stands.measure(BRIDGES, plain.withQos(0), RUNS, SECONDS, table, Parts.QOS_0);
            }
            if (isWanted(3)) {
                Conditions more = plain.withDatastreams(1_000);
                stands.measure(BRIDGES, more, RUNS, SECONDS, table, Parts.THOUSAND);
                more = more.withConnections(200);
                stands.measure(BRIDGES, more, RUNS, SECONDS, table, Parts.CLIENTS);
                more = plain.withDatastreams(10_000);
                stands.measure(BRIDGES, more, RUNS, SECONDS, table, Parts.TEN_THOUSAND);
            }
            if (isWanted(5)) {
                // longer, to have some values
                Conditions paced = plain.withRate(100);
                stands.measure(all, paced, RUNS, 3 * SECONDS, table, Parts.PACED);
            }
            if (isWanted(6)) {
                Stand stand = stands.get(Setup.SINGLE);
                stand.callbacks(plain.withRate(2_000));
                stand.warmUp(WARM_UP_SECONDS);
                for (int run = 0; run < RUNS; run++) {
                    table.add(Parts.CALLBACKS, stand.measure(2 * SECONDS));
                }
            }
        }
    }

    private void backlog(Setup setup) throws Exception {
        try (Stands stands = new Stands(folder, WINDOW, 0)) {
            Row row = new Row(Parts.BACKLOG, setup.toString());
            Conditions conditions = Conditions.PLAIN.withOutstanding(Integer.MAX_VALUE);
            Figures figures = stands.cold(setup).backlog(conditions, BACKLOG);
            table.add(row, figures);
            table.note(row, String.format("from %.0f MB", figures.megabytesBefore()));
        }
    }

    private void slow() throws Exception {
        slow(
                Parts.SLOW,
                List.of(
                        Setup.PEER,
                        Setup.PEER.withPool(WINDOW),
                        Setup.SINGLE.withPool(WINDOW),
                        Setup.BATCHED.withPool(WINDOW)));
    }

    private void slow(String name, List<Setup> setups) throws Exception {
        Conditions conditions = Conditions.PLAIN.withDatastreams(1_000).withOutstanding(4 * WINDOW);
        try (Stands stands = new Stands(folder, WINDOW, SLOW_MILLIS)) {
            for (Setup setup : setups) {
                stands.open(setup, conditions, WARM_UP_SECONDS);
            }
            stands.measure(setups, conditions, RUNS, SECONDS, table, name);
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
            for (Setup setup : setups) {
                stands.open(setup, Conditions.PLAIN, WARM_UP_SECONDS);
            }
            stands.measure(setups, Conditions.PLAIN, RUNS, SECONDS, table, Parts.NEWER);
        }
        slow(
                Parts.NEWER_SLOW,
                List.of(
                        Setup.SINGLE.withPool(WINDOW).with(jdk),
                        Setup.BATCHED.withPool(WINDOW).with(jdk)));
    }
}
