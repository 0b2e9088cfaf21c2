package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Twenty accounts at Adafruit IO, of which one is throttled. */
@Tag("slow")
class AdafruitAccountsIT extends DeliveryFaultsTestSupport {

    private static final int ACCOUNTS = 20;
    private static final int VALUES = 5;

    private final AtomicBoolean throttles = new AtomicBoolean(true);

    private void startWith(int window) throws Exception {
        RouteFolder.add("adafruit.camel.yaml", routes);
        bridge(window).with("adafruit.url", a.url()).with("adafruit.interval", "1ms");
        bridge.with("retry.timeout", "2m");
        for (int i = 0; i < ACCOUNTS; i++) {
            bridge.with("adafruit.user.g" + i, "user" + i)
                    .with("adafruit.key.user" + i, "aio_" + i);
        }
        FaultyService.Answer tooMany = FaultyService.status(429, "Retry-After: 1");
        a.answer(
                (request, out) ->
                        (throttles.get() && request.target().contains("/user7/")
                                        ? tooMany
                                        : FaultyService.OK)
                                .write(request, out));
        start();
    }

    private List<String> stored(int account) {
        return a.received().stream()
                .filter(
                        r ->
                                r.target()
                                        .equals(
                                                "/api/v2/user"
                                                        + account
                                                        + "/feeds/g"
                                                        + account
                                                        + ".t/data"))
                .map(r -> r.body().replaceAll("\\{\"value\":(\\d+),.*", "$1"))
                .distinct()
                .toList();
    }

    @Test
    void oneThatIsThrottledKeepsItsOwnValuesWaitingInOrderAndNobodyElses() throws Exception {
        startWith(200);
        publish("adafruit/g7/t", 1, VALUES);
        await().atMost(LIMIT).until(() -> !stored(7).isEmpty());
        for (int i = 0; i < ACCOUNTS; i++) {
            if (i != 7) {
                publish("adafruit/g" + i + "/t", 1, VALUES);
            }
        }
        await().atMost(LIMIT).until(() -> statistics().delivered() == (ACCOUNTS - 1) * VALUES);
        for (int i = 0; i < ACCOUNTS; i++) {
            assertEquals(i == 7 ? List.of("1") : numbers(1, VALUES), stored(i));
        }
        throttles.set(false);
        await().atMost(LIMIT).until(() -> statistics().delivered() == ACCOUNTS * VALUES);
        assertEquals(numbers(1, VALUES), stored(7));
        assertEquals(0, failed().size());
    }

    @Test
    void beyondTheBrokersWindowOneWarningSaysWhoHoldsTheOthers() throws Exception {
        startWith(10);
        try (LogLines log = new LogLines("io.pachube.bridge.mqtt")) {
            publish("adafruit/g7/t", 1, 1);
            publish("adafruit/g1/t", 1, 15);
            await().atMost(LIMIT).until(() -> log.count("max_inflight_messages") == 1);
            String line = String.join("\n", log.lines());
            assertTrue(line.contains("adafruit/g7/t"), line);
            throttles.set(false);
            await().atMost(LIMIT).until(() -> statistics().delivered() == 16);
        }
        assertEquals(numbers(1, 15), stored(1));
    }
}
