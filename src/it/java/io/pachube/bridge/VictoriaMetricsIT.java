package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.util.Comparator;
import java.util.List;

/** {@code routes/examples/victoriametrics.camel.yaml} with a real VictoriaMetrics. */
@Tag("slow")
class VictoriaMetricsIT extends DeliveryFaultsTestSupport {

    private VictoriaMetrics victoria;

    @BeforeEach
    void install() throws Exception {
        victoria = new VictoriaMetrics(Files.createDirectories(folder.resolve("victoria"))).start();
        RouteFolder.add("victoriametrics.camel.yaml", routes);
        bridge(200).with("victoriametrics.url", victoria.url());
        start();
    }

    @AfterEach
    void stopVictoria() throws Exception {
        victoria.close();
    }

    /**
     * Not before it is delivered: that a series is unknown is cached for some time. Values of one
     * millisecond have no order.
     */
    private void awaitStored(String series, List<String> values) {
        await().atMost(LIMIT)
                .untilAsserted(
                        () ->
                                assertEquals(
                                        values,
                                        victoria.values(series).stream()
                                                .distinct()
                                                .sorted(Comparator.comparing(Double::valueOf))
                                                .toList()));
    }

    @Test
    void aValueIsStoredAndReadBackAndATextIsRefused() throws Exception {
        peer.publish("victoriametrics/kitchen/temperature", "21.5");
        peer.publish("victoriametrics/kitchen/temperature", "\"hot\"");
        peer.publish("victoriametrics/living room, a=b/occupied", "true");
        peer.publish("victoriametrics/kitchen/temperature", "22");
        await().atMost(LIMIT).until(() -> statistics().delivered() == 3);
        awaitStored("readings_temperature{device=\"kitchen\"}", List.of("21.5", "22"));
        awaitStored("readings_occupied{device=\"living room, a=b\"}", List.of("1"));
        await().atMost(LIMIT).until(() -> failed().size() == 1);
        assertEquals("\"hot\"", failed().get(0).path("payload").asText());
        assertEquals(
                "VictoriaMetrics stores numbers only: hot",
                failed().get(0).path("message").asText());
    }

    @Test
    void anOutageAndARestartLoseNothing() throws Exception {
        publish("victoriametrics/kitchen/n", 1, 20);
        await().atMost(LIMIT).until(() -> statistics().delivered() == 20);
        victoria.stop();
        publish("victoriametrics/kitchen/n", 21, 60);
        await().atMost(LIMIT).until(() -> statistics().delayedNow() > 0);
        bridge.stop();
        publish("victoriametrics/kitchen/n", 61, 80);
        bridge.start();
        victoria.start();
        await().atMost(LIMIT).until(() -> statistics().delivered() == 60);
        awaitStored("readings_n", numbers(1, 80));
        assertEquals(0, failed().size());
    }
}
