package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The inputs of routes/examples, with a target that is a stub: one request a reading. */
@Tag("slow")
class ReadingsIT extends DeliveryFaultsTestSupport {

    /**
     * A target without batches: the topic of a request is device and reading, its body the value.
     */
    private static final String TARGET =
            """
            - route:
                id: stub
                routeConfigurationId: pachubeDelivery
                from:
                  uri: direct:stub
                  steps:
                    - process: { ref: pachubeReading }
                    - setVariable: { name: path, simple: "/${variable.device}/${variable.reading}" }
                    - to: delivery:stub
            - route:
                id: stubStore
                from:
                  uri: delivery:stub
                  steps:
                    - removeHeaders: { pattern: "*" }
                    - setBody: { simple: "${bodyAs(String)}" }
                    - setHeader: { name: CamelHttpPath, simple: "${variable.path}" }
                    - to: { uri: "http://A", parameters: { httpMethod: PUT } }
            """;

    private void startWith(String input, int window) throws Exception {
        RouteFolder.add(input + ".camel.yaml", routes);
        route("stub", TARGET);
        bridge(window).with("readings.to", "stub");
        start();
    }

    private List<String> puts() {
        return a.received().stream()
                .filter(request -> request.method().equals("PUT"))
                .map(request -> request.target() + "=" + request.body())
                .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "json | json/hall | {\"temperature\":21.5,\"door\":{\"open\":true},\"name\":\"x\"}"
                        + " | /hall/temperature=21.5 /hall/door_open=1",
                "json | json/hall | [1,[2,{\"a\":false}]] | /hall/0=1 /hall/1_0=2 /hall/1_1_a=0",
                "zigbee2mqtt | zigbee2mqtt/kitchen | {\"battery\":97,\"humidity\":40.2,\"state\":\"ON\","
                        + "\"effect\":null,\"color\":{\"x\":0.3},\"update\":{\"state\":\"idle\"}}"
                        + " | /kitchen/battery=97 /kitchen/humidity=40.2 /kitchen/state=1"
                        + " /kitchen/color_x=0.3",
                "tasmota | tele/plug/SENSOR | {\"Time\":\"2026-01-01T12:00:00\",\"ENERGY\":{\"Power\":120,"
                        + "\"Total\":3.25},\"Switch1\":\"OFF\",\"TempUnit\":\"C\"}"
                        + " | /plug/ENERGY_Power=120 /plug/ENERGY_Total=3.25 /plug/Switch1=0",
                "shelly | shellyplus1-a8/status/switch:0 | {\"id\":0,\"source\":\"init\",\"output\":true,"
                        + "\"apower\":8.9,\"temperature\":{\"tC\":42.1}}"
                        + " | /shellyplus1-a8/switch_0_id=0 /shellyplus1-a8/switch_0_output=1"
                        + " /shellyplus1-a8/switch_0_apower=8.9"
                        + " /shellyplus1-a8/switch_0_temperature_tC=42.1",
                "statestream | homeassistant/sensor/t/state | 21.5 | /sensor.t/state=21.5",
                "statestream | homeassistant/light/t/state | on | /light.t/state=1",
                "statestream | homeassistant/light/t/state | off | /light.t/state=0"
            })
    void eachReadingIsDelivered(String input, String topic, String payload, String expected)
            throws Exception {
        startWith(input, 20);
        peer.publish(topic, payload);
        List<String> readings = Arrays.stream(expected.split(" ")).sorted().toList();
        await().atMost(LIMIT)
                .untilAsserted(() -> assertEquals(readings, puts().stream().sorted().toList()));
        assertEquals(0, failed().size());
        // an outage, a restart, and none of the two
        a.stop();
        peer.publish(topic, payload);
        await().atMost(LIMIT).until(() -> statistics().delayedNow() > 0);
        bridge.stop();
        bridge.start();
        peer.publish(topic, input.equals("statestream") ? "unavailable" : "no JSON");
        a.start();
        await().atMost(LIMIT).until(() -> statistics().delivered() == readings.size());
        if (!input.equals("statestream")) {
            await().atMost(LIMIT).until(() -> failed().size() == 1);
            String message = failed().get(0).path("message").asText();
            assertTrue(message.contains("cannot read 'no JSON' as JSON"), message);
        }
    }

    /** The fault: a split one by one hands over m1-a, m2-b, m1-b, which inverts b. */
    @Test
    void theReadingsOfTwoMessagesStayInOrderWhileTheFirstOfTheFirstIsDelayed() throws Exception {
        a.answer(
                (request, out) ->
                        (request.target().equals("/d/a") && request.body().equals("1")
                                        ? FaultyService.after(700, FaultyService.OK)
                                        : FaultyService.OK)
                                .write(request, out));
        startWith("json", 20);
        peer.publish("json/d", "{\"a\":1,\"b\":1}");
        peer.publish("json/d", "{\"a\":2,\"b\":2}");
        await().atMost(LIMIT).until(() -> statistics().delivered() == 4);
        List<String> b = puts().stream().filter(put -> put.startsWith("/d/b")).toList();
        assertEquals(List.of("/d/b=1", "/d/b=2"), b);
        assertEquals(4, puts().size());
    }

    /** A message is acknowledged when all are delivered: the others are not lost with one. */
    @Test
    void oneReadingThatIsRefusedIsReportedAndTheOthersAreDelivered() throws Exception {
        a.answer(
                (request, out) ->
                        (request.target().equals("/d/b")
                                        ? FaultyService.answer(400, "b is not known")
                                        : FaultyService.OK)
                                .write(request, out));
        startWith("json", 20);
        peer.publish("json/d", "{\"a\":1,\"b\":2,\"c\":3}");
        await().atMost(LIMIT).until(() -> failed().size() == 1);
        await().atMost(LIMIT).until(() -> statistics().delivered() == 2);
        assertTrue(failed().get(0).path("message").asText().contains("b is not known"));
        bridge.stop();
        bridge.start();
        peer.publish("json/d", "{\"a\":4}");
        await().atMost(LIMIT).until(() -> puts().contains("/d/a=4"));
        assertEquals(4, puts().size(), "nothing came again");
    }

    @Test
    void aMessageMayHaveManyReadings() throws Exception {
        startWith("json", 20);
        int count = 6_000;
        peer.publish(
                "json/d",
                IntStream.range(0, count)
                        .mapToObj(String::valueOf)
                        .collect(Collectors.joining(",", "[", "]")));
        peer.publish("json/d", "{\"behind\":1}");
        await().atMost(LIMIT).until(() -> statistics().delivered() == count + 1);
        assertEquals(count + 1, puts().size());
    }

    /** The target's file is replaced while values of an input are under way in it. */
    @Test
    void anEditOfTheTargetLosesNothing() throws Exception {
        startWith("json", 50);
        a.answer(FaultyService.after(20, FaultyService.OK));
        List<String> expected = new ArrayList<>();
        for (int i = 1; i <= 200; i++) {
            peer.publish("json/d", "{\"a\":" + i + ",\"b\":" + i + "}");
            expected.add("/d/a=" + i);
            if (i == 60 || i == 120) {
                route("stub", TARGET + "# edit " + i + "\n");
            }
        }
        await().atMost(LIMIT)
                .until(() -> puts().contains("/d/b=200") && puts().contains("/d/a=200"));
        pause(java.time.Duration.ofMillis(200));
        assertEquals(
                expected,
                puts().stream().filter(put -> put.startsWith("/d/a")).distinct().toList());
        assertEquals(0, failed().size(), () -> peer.received().toString());
    }
}
