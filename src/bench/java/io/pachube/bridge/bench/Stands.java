package io.pachube.bridge.bench;

import io.pachube.bridge.bench.Table.Row;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Contenders under the same conditions, all of them warm, each in its turn: so what befalls the
 * machine befalls all.
 */
final class Stands implements AutoCloseable {

    private final Map<Setup, Stand> stands = new LinkedHashMap<>();
    private final Path folder;
    private final int inflight;
    private final int delayMillis;

    /**
     * @param folder for their files
     * @param inflight the broker's {@code max_inflight_messages}
     * @param delayMillis how long Pachube takes for a request
     */
    Stands(Path folder, int inflight, int delayMillis) {
        this.folder = folder;
        this.inflight = inflight;
        this.delayMillis = delayMillis;
    }

    /** More of them, that are made warm. */
    void open(List<Setup> setups, Conditions conditions, int seconds)
            throws IOException, InterruptedException {
        for (Setup setup : setups) {
            Stand stand = cold(setup);
            stand.start();
            stand.load(conditions);
            stand.warmUp(seconds);
        }
    }

    /** One more, that is not started. */
    Stand cold(Setup setup) throws IOException {
        Stand stand =
                new Stand(Files.createTempDirectory(folder, "stand"), setup, inflight, delayMillis);
        stands.put(setup, stand);
        return stand;
    }

    Stand get(Setup setup) {
        return stands.get(setup);
    }

    /**
     * Measures some of them under each of the conditions, so often.
     *
     * @param parts each with its name in the table
     */
    void measure(
            List<Setup> setups, Map<String, Conditions> parts, int runs, int seconds, Table table)
            throws IOException, InterruptedException {
        for (int run = 0; run < runs; run++) {
            for (Map.Entry<String, Conditions> part : parts.entrySet()) {
                for (Setup setup : setups) {
                    Stand stand = stands.get(setup);
                    stand.load(part.getValue());
                    table.add(new Row(part.getKey(), setup.toString()), stand.measure(seconds));
                }
            }
        }
    }

    @Override
    public void close() throws InterruptedException {
        for (Stand stand : stands.values()) {
            stand.close();
        }
    }
}
