package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** {@code routes/examples/influxdb.camel.yaml} with a real InfluxDB 1.x. */
@Tag("slow")
class InfluxDbIT extends DeliveryFaultsTestSupport {

    private InfluxDb influx;

    @BeforeEach
    void install() throws Exception {
        influx = new InfluxDb(Files.createDirectories(folder.resolve("influxdb"))).start("home");
        RouteFolder.add("influxdb.camel.yaml", routes);
        bridge(200).with("influxdb.url", influx.url());
        start();
    }

    @AfterEach
    void stopInflux() throws Exception {
        influx.close();
    }

    private List<String> stored(String device, String reading) throws Exception {
        return influx
                .rows(
                        "home",
                        "SELECT \"%s\" FROM readings WHERE device='%s'".formatted(reading, device))
                .stream()
                .map(row -> row.get(1))
                .toList();
    }

    private void awaitStored(String device, String reading, String... values) {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertEquals(List.of(values), stored(device, reading)));
    }

    @Test
    void aValueIsStoredAndReadBack() throws Exception {
        peer.publish("influxdb/kitchen/temperature", "21.5");
        awaitStored("kitchen", "temperature", "21.5");
        peer.publish("influxdb/kitchen/occupied", "true");
        awaitStored("kitchen", "occupied", "true");
        peer.publish("influxdb/kitchen/mode", "\"he said \\\"a\\\\b\\\", = x\"");
        awaitStored("kitchen", "mode", "he said \"a\\b\", = x");
        assertEquals(0, failed().size());
    }

    @Test
    void namesAreEscaped() throws Exception {
        peer.publish("influxdb/living room, a=b é/air, q=1", "1");
        awaitStored("living room, a=b é", "air, q=1", "1");
        peer.publish("influxdb/a\\/b\\", "2");
        awaitStored("a_", "b_", "2");
    }

    @Test
    void aRefusedValueIsReportedInInfluxDbsOwnWordsAndAlone() throws Exception {
        peer.publish("influxdb/kitchen/temperature", "21.5");
        awaitStored("kitchen", "temperature", "21.5");
        influx.kill(); // so that the next ones travel together
        peer.publish("influxdb/hall/temperature", "20");
        peer.publish("influxdb/kitchen/temperature", "\"hot\"");
        publish("influxdb/kitchen/temperature", 22, 40);
        await().atMost(LIMIT).until(() -> statistics().delayedNow() > 0);
        influx.start("home");
        await().atMost(LIMIT).until(() -> failed().size() == 1);
        assertEquals("\"hot\"", failed().get(0).path("payload").asText());
        assertEquals(400, failed().get(0).path("status").asInt());
        String message = failed().get(0).path("message").asText();
        assertTrue(message.contains("field type conflict"), message);
        List<String> expected = new ArrayList<>(List.of("21.5"));
        expected.addAll(numbers(22, 40));
        awaitStored("kitchen", "temperature", expected.toArray(String[]::new));
        awaitStored("hall", "temperature", "20");
        assertEquals(1, failed().size());
    }

    @Test
    void whatIsNoValueIsReportedBeforeAnyRequest() throws Exception {
        peer.publish("influxdb/kitchen/temperature", "warm");
        peer.publish("influxdb/kitchen/temperature", "{\"a\":1}");
        peer.publish("influxdb/kitchen/temperature", "");
        peer.publish("influxdb//temperature", "1");
        await().atMost(LIMIT).until(() -> failed().size() == 3);
        assertTrue(failed().get(0).path("message").asText().startsWith("The value is not JSON"));
        assertTrue(
                failed().get(1)
                        .path("message")
                        .asText()
                        .contains("expected a number, true, false or a text in quotes"));
        assertTrue(failed().get(2).path("message").asText().contains("names no device"));
        assertEquals(0, failed().get(0).path("attempts").asInt());
    }

    @Test
    void anOutageAndARestartLoseNothing() throws Exception {
        publish("influxdb/kitchen/n", 1, 20);
        influx.kill();
        publish("influxdb/kitchen/n", 21, 60);
        await().atMost(LIMIT).until(() -> statistics().delayedNow() > 0);
        bridge.stop();
        publish("influxdb/kitchen/n", 61, 80);
        bridge.start();
        influx.start("home");
        await().atMost(LIMIT)
                .untilAsserted(
                        () ->
                                assertEquals(
                                        numbers(1, 80),
                                        stored("kitchen", "n").stream().distinct().toList()));
        assertEquals(0, failed().size());
    }

    @Test
    void aDatabaseThatIsMissingIsNotTheValuesFault() throws Exception {
        Http.send("POST", influx.url() + "/query?q=DROP+DATABASE+home", null, "");
        peer.publish("influxdb/kitchen/temperature", "21.5");
        await().atMost(LIMIT).until(() -> !reports("influxdb/kitchen/temperature").isEmpty());
        String message = reports("influxdb/kitchen/temperature").get(0).path("message").asText();
        assertTrue(message.contains("database not found"), message);
        Http.send("POST", influx.url() + "/query?q=CREATE+DATABASE+home", null, "");
        awaitStored("kitchen", "temperature", "21.5");
    }
}
