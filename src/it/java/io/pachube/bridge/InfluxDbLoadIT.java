package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Values through the InfluxDB example while the server is killed twice; 20,000 with -Pchaos. */
class InfluxDbLoadIT extends DeliveryFaultsTestSupport {

    private static final int SERIES = 20;
    private static final int VALUES = Integer.getInteger("chaos.influxdb", 2_000) / SERIES;

    @Test
    void noneIsLostAndOrderIsKeptWhileTheServerIsKilledTwice() throws Exception {
        try (InfluxDb influx =
                new InfluxDb(Files.createDirectories(folder.resolve("influxdb"))).start("home")) {
            RouteFolder.add("influxdb.camel.yaml", routes);
            bridge(1_000).with("influxdb.url", influx.url()).with("retry.timeout", "1m");
            start();
            long began = System.nanoTime();
            for (int value = 1; value <= VALUES; value++) {
                for (int series = 0; series < SERIES; series++) {
                    peer.publish("influxdb/d" + series + "/n", String.valueOf(value));
                }
                if (value == VALUES / 3 || value == 2 * VALUES / 3) {
                    influx.kill();
                    influx.start("home");
                }
            }
            await().atMost(Duration.ofMinutes(3))
                    .until(() -> statistics().delivered() >= SERIES * VALUES);
            System.out.println(
                    SERIES * VALUES
                            + " values in "
                            + (System.nanoTime() - began) / 1_000_000
                            + " ms");
            assertEquals(0, failed().size());
            int duplicates = 0;
            for (int series = 0; series < SERIES; series++) {
                List<String> stored = stored(influx, "d" + series);
                List<String> first = new ArrayList<>(stored.stream().distinct().toList());
                assertEquals(numbers(1, VALUES), first, "d" + series);
                duplicates += stored.size() - first.size();
            }
            // a batch that was stored and not answered is written again with the same times
            assertEquals(0, duplicates);
        }
    }

    private static List<String> stored(InfluxDb influx, String device) throws Exception {
        List<List<String>> rows =
                influx.rows("home", "SELECT n FROM readings WHERE device='" + device + "'");
        assertTrue(!rows.isEmpty(), device);
        return rows.stream().map(row -> row.get(1)).toList();
    }
}
