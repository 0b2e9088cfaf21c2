package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import org.apache.camel.processor.errorhandler.DefaultErrorHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Route files of a user's own: whatever their steps, the promises hold. */
class DeliveryFaultsIT extends DeliveryFaultsTestSupport {

    private static final String TOPIC = "house/hall/power";

    private Path file(String name) {
        return routes.resolve(name + ".camel.yaml");
    }

    /** The fault: a follower of one route's batch ended with the other route's leader. */
    @Test
    void twoRoutesOnOneTopicWithBatchesDeliverEachValueOnceToEachTarget() throws Exception {
        route("one", pair("one", "house/+/power", "batchSize: 500", "http://A"));
        route("two", pair("two", "house/+/power", "batchSize: 500", "http://B"));
        bridge(200);
        start();
        a.answer(FaultyService.after(50, FaultyService.OK));
        publish(TOPIC, 1, 20);
        await().atMost(LIMIT).until(() -> statistics().delivered() == 40);
        assertEquals(numbers(1, 20), a.answered().stream().flatMap(String::lines).toList());
        assertEquals(numbers(1, 20), b.answered().stream().flatMap(String::lines).toList());
        assertTrue(a.answered().size() < 20, "batches");
        assertEquals(List.of(), reports(TOPIC));
    }

    /** The fault: with batch size 1, b received none of five. */
    @Test
    void aTargetThatRefusesConnectionsTakesNothingFromAnotherRouteOnTheTopic() throws Exception {
        route("one", pair("one", "house/+/power", "batchSize: 1", "http://A"));
        route("two", pair("two", "house/+/power", "batchSize: 1", "http://B"));
        bridge(20);
        start();
        a.stop();
        publish(TOPIC, 1, 5);
        await().atMost(LIMIT).until(() -> b.answered().equals(numbers(1, 5)));
        a.start();
        await().atMost(LIMIT).until(() -> a.answered().equals(numbers(1, 5)));
        await().atMost(LIMIT).until(() -> statistics().delivered() == 10);
        assertEquals(numbers(1, 5), b.answered());
        assertEquals(List.of(), failed());
    }

    /** The fault: success was read from a header at the end of the route. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "removeHeaders: { pattern: \"*\" }",
                "removeProperties: { pattern: \"*\" }",
                "removeVariable: { name: \"*\" }"
            })
    void aStepThatRemovesEverythingBehindTheRequestChangesNoState(String step) throws Exception {
        route("one", pair("one", "house/+/power", "batchSize: 1", "http://A"));
        RouteFolder.edit(file("one"), "        # behind", "        - " + step);
        RouteFolder.edit(
                file("one"), "- to: delivery:one", "- to: delivery:one\n        - " + step);
        bridge(20).with("retry.timeout", "1s");
        start();
        publish(TOPIC, 1, 2);
        await().atMost(LIMIT).until(() -> statistics().delivered() == 2);
        a.stop();
        publish(TOPIC, 3, 4);
        await("an outage is seen").atMost(LIMIT).until(() -> !isReady());
        pause(Duration.ofMillis(1500)); // more than give-up-after
        a.start();
        await().atMost(LIMIT).until(() -> statistics().delivered() == 4);
        await("the outage has ended").atMost(LIMIT).until(this::isReady);
        // the outage has left nothing to the next failure
        a.answer(FaultyService.status(500));
        publish(TOPIC, 5, 5);
        await().atMost(LIMIT).until(() -> failed().size() == 1);
        assertTrue(failed().get(0).path("attempts").asInt() > 1, "it had its own time");
        a.answer(FaultyService.OK);
        publish(TOPIC, 6, 6);
        await().atMost(LIMIT).until(() -> statistics().delivered() == 5);
        assertEquals(numbers(1, 6), a.answered().stream().distinct().toList());
    }

    /** The fault: a value of a refused batch was sent again without the step, and given up. */
    @Test
    void aValueWhoseBatchIsRefusedIsSentAgainWithEachStepOfTheRoute() throws Exception {
        route("one", pair("one", "house/+/power", "batchSize: 500", "http://A"));
        RouteFolder.edit(
                file("one"),
                "        # here",
                "        - setBody: { simple: \"row:${bodyAs(String)}\" }");
        bridge(200);
        start();
        FaultyService.Answer refusesText =
                (request, out) ->
                        FaultyService.status(request.body().contains("abc") ? 400 : 200)
                                .write(request, out);
        a.answer(FaultyService.after(300, refusesText));
        peer.publish(TOPIC, "0"); // the others gather behind it
        for (String value : List.of("1", "2", "3", "abc", "5", "6")) {
            peer.publish(TOPIC, value);
        }
        await().atMost(LIMIT).until(() -> statistics().delivered() == 6);
        await().atMost(LIMIT).until(() -> failed().size() == 1);
        assertEquals("abc", failed().get(0).path("payload").asText());
        assertEquals(400, failed().get(0).path("status").asInt());
        assertTrue(a.answered().stream().allMatch(body -> body.startsWith("row:")));
        assertTrue(
                a.answered().stream().anyMatch(body -> body.contains("abc") && body.contains("\n")),
                "a batch was refused");
        assertEquals(
                List.of("0", "1", "2", "3", "5", "6"),
                a.answered().stream()
                        .filter(body -> !body.contains("abc"))
                        .flatMap(body -> body.substring(4).lines())
                        .toList());
    }

    /** The fault: such a route had no order, no concurrency, no report and no count. */
    @Test
    void aRouteOfTenLinesOnATopicLayoutOfItsOwnHasAllPromises() throws Exception {
        try (LogLines log = new LogLines(DefaultErrorHandler.class)) {
            deliverWithoutLanes();
            assertEquals(List.of(), log.lines(), "no stack trace for each attempt");
        }
    }

    private void deliverWithoutLanes() throws Exception {
        route("one", pair("one", "house/+/power", "batchSize: 1", "http://A"));
        bridge(20);
        start();
        AtomicInteger count = new AtomicInteger();
        a.answer(
                (request, out) -> {
                    if (request.body().equals("bad")) {
                        FaultyService.answer(422, "{\"message\":\"no number\"}")
                                .write(request, out);
                    } else if (count.incrementAndGet() % 3 == 1) {
                        FaultyService.status(500).write(request, out);
                    } else {
                        FaultyService.OK.write(request, out);
                    }
                });
        for (int i = 1; i <= 20; i++) {
            peer.publish(TOPIC, String.valueOf(i));
            peer.publish("house/attic/power", String.valueOf(i));
        }
        peer.publish(TOPIC, "bad");
        await().atMost(LIMIT).until(() -> statistics().delivered() == 40);
        await().atMost(LIMIT).until(() -> failed().size() == 1);
        for (String place : List.of("hall", "attic")) {
            assertEquals(
                    numbers(1, 20),
                    a.answered(place + "/power").stream()
                            .filter(body -> !body.equals("bad"))
                            .distinct()
                            .toList());
        }
        JsonNode report = reports(TOPIC).get(reports(TOPIC).size() - 1);
        assertEquals("bad", report.path("payload").asText());
        assertEquals(422, report.path("status").asInt());
        assertEquals(1, statistics().rejected());
        assertEquals(0, statistics().abandoned());
    }

    /** The fault: one request at a time. */
    @Test
    void differentTopicsOfARouteOfTenLinesGoInParallel() throws Exception {
        route("one", pair("one", "house/+/power", "batchSize: 1", "http://A"));
        bridge(20).with("pachube.response-timeout", "30s");
        start();
        a.answer(
                (request, out) -> {
                    if (request.target().contains("slow")) {
                        FaultyService.hang().write(request, out);
                    }
                    FaultyService.OK.write(request, out);
                });
        peer.publish("house/slow/power", "1");
        await().atMost(LIMIT).until(() -> a.received().size() == 1);
        publish(TOPIC, 1, 3);
        await().atMost(LIMIT).until(() -> a.answered().equals(numbers(1, 3)));
    }

    /** The fault: only Pachube's own errors were quoted. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Daily quota exceeded, see http://help.example.org/limits",
                "{\"message\":\"Daily quota exceeded\",\"code\":17}",
                "{\"error\":{\"reason\":\"Daily quota exceeded\"}}"
            })
    void aReportQuotesTheExplanationOfAnyService(String explanation) throws Exception {
        route("one", pair("one", "house/+/power", "batchSize: 1", "http://A"));
        bridge(20);
        start();
        a.answer(FaultyService.answer(402, explanation));
        peer.publish(TOPIC, "1");
        await().atMost(LIMIT).until(() -> failed().size() == 1);
        String message = failed().get(0).path("message").asText();
        assertTrue(message.contains(explanation), message);
        assertTrue(message.contains("127.0.0.1:" + a.port()), message);
        assertFalse(message.contains("Pachube"), message);
    }
}
