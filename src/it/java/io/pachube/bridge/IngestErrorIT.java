package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;

import io.pachube.bridge.report.ErrorReporter;

import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The fault: an Error in a step before the hand-over was thrown on to the client, and the broker
 * sent the message again each second, for ever; behind an asynchronous step it never ended.
 */
@Tag("slow")
class IngestErrorIT extends DeliveryFaultsTestSupport {

    private static final AtomicInteger MEMORY_ERRORS = new AtomicInteger();

    /** A step that fails as its message says. */
    public static final class FailingStep implements Processor {
        @Override
        public void process(Exchange exchange) {
            switch (exchange.getIn().getBody(String.class)) {
                case "stack" -> throw new StackOverflowError();
                case "class" -> throw new NoClassDefFoundError("some/Missing");
                case "memory" -> {
                    if (MEMORY_ERRORS.incrementAndGet() <= 2) {
                        throw new OutOfMemoryError("test");
                    }
                }
                default -> {}
            }
        }
    }

    private void start(String step) throws Exception {
        String steps = step + "\n- to: delivery:one";
        route(
                "one",
                "- beans: [ { name: failing, type: %s } ]\n".formatted(FailingStep.class.getName())
                        + pair("one", "house/+/power", "batchSize: 1", "http://A")
                                .replace("- to: delivery:one", steps.indent(8).strip()));
        bridge(20);
        start();
    }

    private static final String STEP = "- process: { ref: failing }";
    private static final String DELAYED = "- delay: { constant: 20, asyncDelayed: true }\n" + STEP;
    private static final String NESTED =
            "- filter: { simple: \"${body} != ''\", steps: [ process: { ref: failing } ] }";

    static Stream<Arguments> errors() {
        return Stream.of(
                arguments(STEP, "stack", "StackOverflowError"),
                arguments(STEP, "class", "some/Missing"),
                arguments(DELAYED, "stack", "StackOverflowError"),
                arguments(NESTED, "class", "some/Missing"));
    }

    @ParameterizedTest
    @MethodSource("errors")
    void anErrorBeforeTheHandOverIsReportedAndTheMessageAcknowledged(
            String steps, String payload, String message) throws Exception {
        start(steps);
        try (LogLines log = new LogLines(ErrorReporter.class)) {
            peer.publish("house/hall/power", "1");
            peer.publish("house/hall/power", payload);
            peer.publish("house/hall/power", "2");
            // those of an asynchronous delay may pass one another
            await().atMost(LIMIT).until(() -> sorted(a.answered()).equals(List.of("1", "2")));
            await().atMost(LIMIT).until(() -> failed().size() == 1);
            JsonNode report = reports("house/hall/power").get(0);
            assertEquals(payload, report.path("payload").asText());
            assertEquals("Internal error", report.path("error").asText());
            assertTrue(report.path("message").asText().contains(message), report.toString());
            assertEquals(1, log.count("given up on house/hall/power"));
            // it does not come again
            bridge.stop();
            bridge.start();
            peer.publish("house/hall/power", "3");
            await().atMost(LIMIT).until(() -> sorted(a.answered()).equals(List.of("1", "2", "3")));
            assertEquals(1, failed().size());
            await().atMost(LIMIT).until(this::isReady);
        }
    }

    private static List<String> sorted(List<String> values) {
        return values.stream().sorted().toList();
    }

    /** It is no fault of the message. */
    @Test
    void aMessageThatFindsNoMemoryIsRedelivered() throws Exception {
        MEMORY_ERRORS.set(0);
        start(DELAYED);
        peer.publish("house/hall/power", "memory");
        await().atMost(LIMIT).until(() -> a.answered().equals(List.of("memory")));
        assertEquals(3, MEMORY_ERRORS.get());
        assertEquals(List.of(), failed());
    }
}
