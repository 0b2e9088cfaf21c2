package io.pachube.bridge.bench;

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
     * @param folder for what they write
     * @param inflight the broker's {@code max_inflight_messages}
     * @param delayMillis how long Pachube takes for a request
     */
    Stands(Path folder, int inflight, int delayMillis) {
        this.folder = folder;
        this.inflight = inflight;
        this.delayMillis = delayMillis;
    }

    /** One more, that is made warm. */
    void open(Setup setup, Conditions conditions, int seconds)
            throws IOException, InterruptedException {
        Stand stand = cold(setup);
        stand.start();
        stand.load(conditions);
        stand.warmUp(seconds);
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

    /** Measures those of them that are there, so often. */
    void measure(
            List<Setup> setups,
            Conditions conditions,
            int runs,
            int seconds,
            Table table,
            String name)
            throws IOException, InterruptedException {
        List<Setup> present = setups.stream().filter(stands::containsKey).toList();
        for (Setup setup : present) {
            get(setup).load(conditions);
        }
        for (int run = 0; run < runs; run++) {
            for (Setup setup : present) {
                table.add(new Table.Row(name, setup.toString()), get(setup).measure(seconds));
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
