package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Services that say "refused" or "try again" with a status of 200, as docs/delivery.md has them.
 */
@Tag("slow")
class ServiceAnswersIT extends DeliveryFaultsTestSupport {

    /** The steps behind the request, from the page. */
    private static String steps(String service) throws Exception {
        Matcher block =
                Pattern.compile("```yaml\n# " + service + "[^\n]*\n(.*?)```", Pattern.DOTALL)
                        .matcher(Files.readString(Path.of("docs", "delivery.md")));
        assertTrue(block.find(), "docs/delivery.md has an example of " + service);
        return block.group(1);
    }

    private void startWith(String service) throws Exception {
        route("one", pair("one", "house/+/power", "batchSize: 1", "http://A"));
        RouteFolder.edit(
                routes.resolve("one.camel.yaml"), "        # behind\n", steps(service).indent(8));
        bridge(20);
        start();
    }

    /** The fault: such an answer counted as stored. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ThingSpeak | 0                                        | 17",
                "OneNET     | {\"errno\":3,\"error\":\"device not found\"} | {\"errno\":0,\"error\":\"succ\"}",
                "emoncms    | {\"success\":false,\"message\":\"Invalid API key\"} | ok"
            })
    void anErrorInAnAnswerWithStatus200RejectsTheValue(String service, String error, String ok)
            throws Exception {
        startWith(service);
        a.answer(
                (request, out) ->
                        FaultyService.answer(200, request.body().equals("bad") ? error : ok)
                                .write(request, out));
        peer.publish("house/hall/power", "1");
        peer.publish("house/hall/power", "bad");
        peer.publish("house/hall/power", "2");
        await().atMost(LIMIT).until(() -> statistics().delivered() == 2);
        await().atMost(LIMIT).until(() -> failed().size() == 1);
        assertEquals("bad", failed().get(0).path("payload").asText());
        assertEquals(1, failed().get(0).path("attempts").asInt());
        String message = failed().get(0).path("message").asText();
        assertTrue(message.contains(service) && message.contains(error), message);
        assertEquals(1, statistics().rejected());
        assertTrue(isReady());
    }

    /** The fault: there was no way to say "try again". */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"OneNET | {\"errno\":10} | {\"errno\":0}"})
    void anAnswerThatSaysTryAgainIsRetried(String service, String busy, String ok)
            throws Exception {
        startWith(service);
        a.answer(FaultyService.answer(200, busy));
        publish("house/hall/power", 1, 2);
        await().atMost(LIMIT).until(() -> statistics().delayedNow() == 1);
        a.answer(FaultyService.answer(200, ok));
        await().atMost(LIMIT).until(() -> statistics().delivered() == 2);
        assertEquals(numbers(1, 2), a.answered().stream().distinct().toList());
        assertEquals(0, failed().size());
        // and abandoned at last
        a.answer(FaultyService.answer(200, busy));
        peer.publish("house/hall/power", "3");
        await().atMost(LIMIT).until(() -> failed().size() == 1);
        assertTrue(failed().get(0).path("attempts").asInt() > 1);
        assertEquals(1, statistics().abandoned());
    }
}
