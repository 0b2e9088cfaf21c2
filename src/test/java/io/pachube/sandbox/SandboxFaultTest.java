package io.pachube.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.util.concurrent.TimeUnit.SECONDS;

import org.junit.jupiter.api.Test;

import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

class SandboxFaultTest extends SandboxTestSupport {
    private static final String PATH = TEMPERATURE + ".csv";

    @Test
    void aStatusIsAnsweredWithItsHeadersAndNothingIsStored() {
        pachube.setFault(
                (method, path, key) ->
                        method.equals("PUT")
                                ? FaultInjector.Action.status(503).withHeader("Retry-After", "7")
                                : FaultInjector.Action.none());
        HttpResponse<String> answer = put(PATH, "1");
        assertEquals(503, answer.statusCode());
        assertEquals("7", answer.headers().firstValue("Retry-After").orElseThrow());
        assertTrue(answer.body().contains("<errors><title>Service Unavailable</title>"));
        assertFalse(json(TEMPERATURE).has("current_value"));
        pachube.setFault((method, path, key) -> FaultInjector.Action.status(500));
        assertRefused(500, "Server Error", "Injected fault", put(PATH, "1"));
        pachube.setFault((method, path, key) -> FaultInjector.Action.rateLimit());
        assertRefused(403, "Forbidden", "You have exceeded your rate limit", put(PATH, "1"));
        pachube.setFault(FaultInjector.NONE);
        assertAccepted(put(PATH, "1"));
    }

    @Test
    void aFaultSeesTheRequest() {
        List<String> seen = new ArrayList<>();
        pachube.setFault(
                (method, path, key) -> {
                    seen.add(method + " " + path + " " + key);
                    return FaultInjector.Action.none();
                });
        put("/feeds/1/datastreams/a%2Bb.csv?x=y", "1");
        assertEquals(List.of("PUT /v2/feeds/1/datastreams/a%2Bb.csv demo-key"), seen);
    }

    @Test
    void aFractionIsSpreadEvenly() {
        pachube.setFault(FaultInjector.fraction(0.25, FaultInjector.Action.status(503)));
        List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            statuses.add(put(PATH, "1").statusCode());
        }
        assertEquals(List.of(200, 200, 200, 503, 200, 200, 200, 503), statuses);
    }

    @Test
    void aDroppedRequestIsNotCarriedOutAndALostAnswersIs() {
        pachube.setFault((method, path, key) -> FaultInjector.Action.drop());
        assertThrows(UncheckedIOException.class, () -> post("/feeds", "{\"title\":\"x\"}"));
        pachube.setFault((method, path, key) -> FaultInjector.Action.loseResponse());
        assertThrows(UncheckedIOException.class, () -> post("/feeds", "{\"title\":\"y\"}"));
        pachube.setFault(FaultInjector.NONE);
        assertEquals("y", json("/feeds/2").get("title").asText());
        assertEquals(2, json("/feeds").get("totalResults").asInt());
    }

    @Test
    void aDelayedRequestIsServedLater() {
        pachube.setFault((method, path, key) -> FaultInjector.Action.delay(Duration.ofMillis(200)));
        long start = System.nanoTime();
        assertAccepted(put(PATH, "1"));
        assertTrue(System.nanoTime() - start >= Duration.ofMillis(200).toNanos());
    }

    @Test
    void manyHangingRequestsHoldUpNoOthersAndAStopEndsThem() throws Exception {
        pachube.setFault(
                (method, path, key) ->
                        path.endsWith("humidity.csv")
                                ? FaultInjector.Action.hang()
                                : FaultInjector.Action.none());
        List<CompletableFuture<HttpResponse<String>>> hanging = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            hanging.add(
                    CLIENT.sendAsync(
                            HttpRequest.newBuilder(
                                            URI.create(
                                                    pachube.url()
                                                            + "/feeds/1/datastreams/humidity.csv"))
                                    .header("X-ApiKey", "demo-key")
                                    .PUT(BodyPublishers.ofString("1"))
                                    .build(),
                            BodyHandlers.ofString()));
        }
        assertAccepted(put(PATH, "1"));
        assertThrows(
                TimeoutException.class,
                () -> hanging.get(0).get(300, java.util.concurrent.TimeUnit.MILLISECONDS));
        long start = System.nanoTime();
        pachube.stop();
        assertTrue(System.nanoTime() - start < Duration.ofSeconds(3).toNanos());
        for (CompletableFuture<HttpResponse<String>> request : hanging) {
            assertThrows(ExecutionException.class, () -> request.get(3, SECONDS));
        }
    }

    @Test
    void requestsAreKeptOnlyOnDemandAndOnlyTheLatest() {
        put(PATH, "0");
        assertEquals(List.of(), pachube.received());
        pachube.record(2);
        put(PATH, "1");
        pachube.setFault((method, path, key) -> FaultInjector.Action.status(500));
        put(PATH, "2");
        put(PATH + "?key=k", "3");
        assertEquals(
                List.of(
                        new RecordedRequest("PUT", "/v2" + PATH, "demo-key", "2"),
                        new RecordedRequest("PUT", "/v2" + PATH + "?key=k", "k", "3")),
                pachube.received());
        assertEquals("PUT /v2" + PATH, pachube.received().get(1).toString());
        pachube.record(0);
        put(PATH, "4");
        assertEquals(List.of(), pachube.received());
    }

    @Test
    void itStartsAgainOnItsPortWithWhatItHad() {
        put(PATH, "1");
        String url = pachube.url();
        pachube.start();
        pachube.stop();
        pachube.stop();
        assertThrows(UncheckedIOException.class, () -> put(PATH, "2"));
        pachube.start();
        assertEquals(url, pachube.url());
        assertEquals("1", json(TEMPERATURE).get("current_value").asText());
    }

    @Test
    void aTakenPortIsSaid() {
        int port = URI.create(pachube.url()).getPort();
        try (SandboxPachube second = new TestPachube("127.0.0.1", port)) {
            String message = assertThrows(IllegalStateException.class, second::start).getMessage();
            assertEquals(
                    "Port "
                            + port
                            + " of 127.0.0.1 is taken: set sandbox.pachube.port to a free one",
                    message);
        }
    }
}
