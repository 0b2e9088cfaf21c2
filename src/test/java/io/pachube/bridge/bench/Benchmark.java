package io.pachube.bridge.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code mvn -Pbench verify}: what the bridge can do, beside others, in one table. */
class Benchmark {

    private static final int RUNS = Integer.getInteger("bench.runs", 3);
    private static final int WARM_UP = Integer.getInteger("bench.warm-up-seconds", 30);
    private static final int SECONDS = Integer.getInteger("bench.seconds", 3);

    @Test
    void table() throws Exception {
        Path folder =
                Files.createTempDirectory(
                        Files.createDirectories(Path.of("target")).toAbsolutePath(), "bench");
        List<Setup> setups =
                new ArrayList<>(
                        List.of(
                                Setup.RAW_PUTS,
                                Setup.ACK_ONLY,
                                Setup.PEER,
                                Setup.SINGLE,
                                Setup.BATCHED));
        String only = System.getProperty("bench.contenders", "");
        setups.removeIf(setup -> !setup.toString().matches(".*(" + only + ").*"));
        Map<Setup, Trial> trials = new LinkedHashMap<>();
        try {
            for (Setup setup : setups) {
                Path own = Files.createTempDirectory(folder, "trial");
                trials.put(setup, new Trial(own, setup, Conditions.PLAIN));
                trials.get(setup).warmUp(WARM_UP);
            }
            for (int run = 0; run < RUNS; run++) {
                for (Map.Entry<Setup, Trial> trial : trials.entrySet()) {
                    Figures figures = trial.getValue().measure(SECONDS);
                    System.out.println(figures.line(trial.getKey().toString()));
                    assertEquals(0, figures.lost() + figures.inversions());
                }
            }
        } finally {
            for (Trial trial : trials.values()) {
                trial.close();
            }
        }
    }
}
