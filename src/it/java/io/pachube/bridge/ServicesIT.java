package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The services of routes/examples that no package has, each as a strict stub. */
@Tag("slow")
class ServicesIT extends DeliveryFaultsTestSupport {

    private static final Pattern VALUE = Pattern.compile("(?<![\\d.<])2[1-6](\\.5)?(?!\\d)");

    static Stream<Service> services() {
        return Service.all().stream();
    }

    private Service.Stub startWith(Service service) throws Exception {
        RouteFolder.add(service.name() + ".camel.yaml", routes);
        bridge(50)
                .with(service.name() + ".url", a.url())
                .with("retry.timeout", "20s")
                .with("pachube.response-timeout", "5s");
        service.settings().forEach(bridge::with);
        Service.Stub stub = service.stub();
        a.answer(stub);
        start();
        return stub;
    }

    private void awaitStored(Service.Stub stub, Service service, String value) throws Exception {
        await().atMost(LIMIT).until(() -> !stub.stored().isEmpty() || !failed().isEmpty());
        assertEquals(List.of(service.body(value)), stub.stored(), failed().toString());
        assertEquals(List.of(), stub.faults());
    }

    @ParameterizedTest
    @MethodSource("services")
    void aValueIsStoredRefusedThrottledAndHeldAsTheServiceSays(Service service) throws Exception {
        Service.Stub stub = startWith(service);
        peer.publish(service.topic(), "21.5");
        awaitStored(stub, service, "21.5");

        stub.refuse(true);
        peer.publish(service.topic(), "-1");
        await().atMost(LIMIT).until(() -> failed().size() == 1);
        JsonNode report = failed().get(0);
        assertEquals("-1", report.path("payload").asText());
        assertEquals(1, report.path("attempts").asInt(), report.toString());
        assertTrue(report.path("message").asText().contains(service.words()), report.toString());
        stub.refuse(false);

        stub.throttle(1);
        peer.publish(service.topic(), "22");
        peer.publish(service.topic(), "23");
        await().atMost(LIMIT).until(() -> statistics().delivered() == 3);

        a.stop();
        peer.publish(service.topic(), "24");
        peer.publish(service.topic(), "25");
        await().atMost(LIMIT).until(() -> statistics().delayedNow() > 0);
        bridge.stop();
        peer.publish(service.topic(), "26");
        bridge.start();
        a.start();
        await().atMost(LIMIT).until(() -> String.join("", stub.stored()).contains("26"));
        List<String> stored = values(stub);
        assertEquals(
                List.of("21.5", "22", "23", "24", "25", "26"), stored.stream().distinct().toList());
        assertEquals(List.of(), stub.faults());
        assertEquals(1, failed().size());
        String seen = peer.received().toString();
        service.secrets().forEach(secret -> assertFalse(seen.contains(secret), seen));
    }

    /** In the path, in a header, in the body: the log masks them at every level. */
    static Stream<Service> secretive() {
        return services()
                .filter(s -> Set.of("thingsboard", "adafruit", "thingspeak").contains(s.name()));
    }

    @ParameterizedTest
    @MethodSource("secretive")
    void noSecretOfARouteIsInTheLog(Service service) throws Exception {
        TraceLog log = new TraceLog(folder, "trace", "%masked{%m%n%xEx}");
        try (log) {
            Service.Stub stub = startWith(service);
            peer.publish(service.topic(), "21.5");
            awaitStored(stub, service, "21.5");
            stub.refuse(true);
            peer.publish(service.topic(), "-1");
            await().atMost(LIMIT).until(() -> failed().size() == 1);
        }
        String text = log.text();
        assertTrue(
                text.contains(service.path().replaceAll("/[^/]*TOKEN.*", "")),
                "requests are logged");
        for (String secret : service.secrets()) {
            assertEquals(List.of(), text.lines().filter(l -> l.contains(secret)).toList());
        }
    }

    /** The values in the order in which they were stored. */
    private static List<String> values(Service.Stub stub) {
        return stub.stored().stream()
                .flatMap(
                        body ->
                                VALUE.matcher(body.replaceAll("%22", ""))
                                        .results()
                                        .map(MatchResult::group))
                .toList();
    }
}
