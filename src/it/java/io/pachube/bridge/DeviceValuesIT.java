package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pachube.bridge.FaultyService.Answer;
import io.pachube.bridge.report.ErrorReporter;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** The values of one message of a device, each on its way by itself. */
@Tag("slow")
class DeviceValuesIT extends DeliveryFaultsTestSupport {

    private static final String FEED = "Kdevice1/v2/feeds/1.csv";
    private static final String TOPIC = "pb/Kdevice1/1/";

    @BeforeEach
    void devices() throws Exception {
        RouteFolder.copy(routes);
        RouteFolder.add("devices.camel.yaml", routes);
        bridge(200).with("retry.timeout", "60s");
        start();
    }

    private static Answer forDatastream(String id, Answer answer) {
        return (request, out) ->
                (request.target().endsWith("/datastreams/" + id + ".csv")
                                ? answer
                                : FaultyService.OK)
                        .write(request, out);
    }

    private void isStored(String id, String... values) {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertEquals(List.of(values), a.answered("/" + id + ".csv")));
    }

    /** The fault: the second message was handed over before the rest of the first. */
    @Test
    void aDelayedValueHoldsNoOtherDatastreamAndNoOrderIsLost() throws Exception {
        a.answer(forDatastream("held", FaultyService.status(500)));
        peer.publish(FEED, "held,1\nfree,1");
        peer.publish(FEED, "held,2\nfree,2");
        isStored("free", "1", "2");
        await().atMost(LIMIT).until(() -> statistics().delayedNow() == 1);
        bridge.stop(); // the messages are not acknowledged: they come again
        a.answer(FaultyService.OK);
        bridge.start();
        await().atMost(LIMIT).until(() -> a.answered("/free.csv").size() == 4);
        isStored("free", "1", "2", "1", "2");
        await().atMost(LIMIT)
                .until(
                        () -> {
                            List<String> held = a.answered("/held.csv");
                            return held.subList(Math.max(0, held.size() - 2), held.size())
                                    .equals(List.of("1", "2"));
                        });
        assertEquals(List.of(), failed());
    }

    @Test
    void eachDatastreamKeepsItsOrder() throws Exception {
        List<Integer> order = new ArrayList<>(List.of(0, 1, 2, 3, 4));
        a.answer(forDatastream("d2", FaultyService.after(20, FaultyService.OK)));
        int messages = 60;
        for (int i = 0; i < messages; i++) {
            Collections.rotate(order, i);
            StringBuilder rows = new StringBuilder();
            for (int half = 0; half < 2; half++) {
                for (int datastream : order) {
                    rows.append("d%d,%d\n".formatted(datastream, 2 * i + half));
                }
            }
            peer.publish(FEED, rows.toString());
        }
        String[] all =
                IntStream.range(0, 2 * messages).mapToObj(String::valueOf).toArray(String[]::new);
        for (int datastream : order) {
            isStored("d" + datastream, all);
        }
    }

    @Test
    void aRejectedValueIsReportedOnItsTopicAndHoldsNoOther() throws Exception {
        a.answer(forDatastream("bad", FaultyService.answer(422, "no")));
        peer.publish(FEED, "before,1\nbad,2\na b,3\nafter,4");
        isStored("before", "1");
        isStored("after", "4");
        await().atMost(LIMIT).until(() -> failed().size() == 2);
        assertEquals("2", reports(TOPIC + "bad").get(0).path("payload").asText());
        assertEquals("3", reports(TOPIC + "a%20b").get(0).path("payload").asText());
        peer.publish(FEED, "before,5");
        isStored("before", "1", "5");
    }

    /**
     * The fault: a feed's message created its datastreams only with
     * pachube.create-missing-datastreams.
     */
    @Test
    void aFeedsMessageCreatesItsDatastreams() throws Exception {
        a.answer(
                (request, out) ->
                        (request.target().contains("/datastreams/")
                                        ? FaultyService.status(404)
                                        : FaultyService.OK)
                                .write(request, out));
        peer.publish(FEED, "new,1");
        peer.publish(
                "Kdevice1/v2/feeds/1.json", "{\"datastreams\":[{\"id\":\"j\",\"tags\":\"x\"}]}");
        isStored("feeds/1", "new,1");
        await().atMost(LIMIT).until(() -> a.answered("/feeds/1.json").size() == 1);
        peer.publish("Kdevice1/v2/feeds/1/datastreams/one.csv", "1");
        peer.publish(TOPIC + "two", "1");
        await().atMost(LIMIT).until(() -> failed().size() == 2);
        assertEquals(404, reports(TOPIC + "one").get(0).path("status").asInt());
        assertEquals(404, reports(TOPIC + "two").get(0).path("status").asInt());
        isStored("feeds/1", "new,1");
    }

    /** Camel's own executor would hand each value over deeper in the stack. */
    @Test
    void asManyValuesAsAMessageMayHaveAreDelivered() throws Exception {
        peer.publish(FEED, rows(500));
        await().atMost(LIMIT).until(() -> statistics().delivered() == 500);
        try (LogLines log = new LogLines(ErrorReporter.class)) {
            peer.publish(FEED, rows(501));
            await().atMost(LIMIT).until(() -> log.count("501 values; at most 500") == 1);
        }
        assertEquals(500, statistics().delivered());
    }

    /** The fault: one such message stopped all devices. */
    @Test
    void aMegabyteOfRowsHoldsNobody() throws Exception {
        peer.publish(FEED, "temperature,21.5\n".repeat((1 << 20) / 17));
        peer.publish(FEED, "behind,1");
        isStored("behind", "1");
        assertEquals(1, statistics().delivered());
    }

    private static String rows(int count) {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < count; i++) {
            rows.append("d%d,%d\n".formatted(i, i));
        }
        return rows.toString();
    }
}
