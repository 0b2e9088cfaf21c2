package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.FaultyService.Answer;
import io.pachube.bridge.delivery.DeliveryHttpClient;

import org.apache.camel.Exchange;
import org.apache.camel.component.http.HttpEndpoint;
import org.apache.hc.core5.http.io.entity.AbstractHttpEntity;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/** Answers that never end, are too large, or break the HTTP client. */
@Tag("slow")
class DeliveryAnswerFaultsIT extends DeliveryFaultsTestSupport {

    private static final int STUCK = 20;

    /** Answers so those whose topic has these words, and others at once. */
    private static Answer forTopics(String words, Answer answer) {
        return (request, out) ->
                (request.target().contains(words) ? answer : FaultyService.OK).write(request, out);
    }

    /** Values to so many topics of that kind, and healthy ones among them. */
    private void publishAmongHealthy(String kind) throws Exception {
        for (int i = 1; i <= STUCK; i++) {
            peer.publish("house/" + kind + i + "/power", "1");
            peer.publish("house/healthy/power", String.valueOf(i));
        }
    }

    private void awaitHealthy(int last) {
        await("healthy values")
                .atMost(LIMIT)
                .until(
                        () ->
                                a.answered("healthy/power").stream()
                                        .distinct()
                                        .toList()
                                        .equals(numbers(1, last)));
    }

    /** The fault: the time-out was per read, so that all stood as long as it dripped. */
    @Test
    void responsesThatDripHoldNobodyLongerThanTheRequestTimeout() throws Exception {
        route("one", pair("one", "house/+/power", "maxConcurrentRequests: 4", "http://A"));
        bridge(200);
        start();
        a.answer(forTopics("drip", FaultyService.drip()));
        publishAmongHealthy("drip");
        awaitHealthy(STUCK);
        // each is retried and abandoned while others are answered
        await().atMost(LIMIT)
                .until(
                        () -> {
                            peer.publish("house/other/power", "1");
                            return failed().size() == STUCK;
                        });
        assertEquals("No answer", failed().get(0).path("error").asText());
        assertTrue(isReady());
    }

    /** The fault: such an answer ended in an OutOfMemoryError, and all stood. */
    @ParameterizedTest
    @CsvSource({"1 GB", "gzip bomb", "endless header", "256 MB header"})
    void anAnswerThatIsTooLargeIsAFailedAttemptAndHoldsNobody(String kind) throws Exception {
        route("one", pair("one", "house/+/power", "maxConcurrentRequests: 4", "http://A"));
        bridge(200);
        start();
        Answer large =
                switch (kind) {
                    case "1 GB" -> FaultyService.largeBody(1024);
                    case "gzip bomb" -> FaultyService.bomb(1024);
                    case "endless header" -> FaultyService.largeHeader(1_000_000);
                    default -> FaultyService.largeHeader(256);
                };
        a.answer(forTopics("large", large));
        publishAmongHealthy("large");
        awaitHealthy(STUCK);
        await().atMost(LIMIT)
                .until(
                        () -> {
                            peer.publish("house/other/power", "1");
                            return failed().size() == STUCK;
                        });
        assertEquals("Answer too large", failed().get(0).path("error").asText());
        assertTrue(failed().get(0).path("attempts").asInt() > 1);
        a.answer(FaultyService.OK);
        peer.publish("house/large1/power", "2");
        await().atMost(LIMIT).until(() -> a.answered("large1/power").contains("2"));
        assertTrue(isReady());
    }

    /** A step that gives the request a body whose writing fails in the HTTP client itself. */
    public static final class FailingStep {

        private FailingStep() {}

        /** Called by the route. */
        public static void fail(Exchange exchange) {
            String value = exchange.getIn().getBody(String.class);
            switch (value) {
                case "error in a step" -> throw new StackOverflowError("in a step");
                case "out of memory in the client" ->
                        exchange.getIn().setBody(new FailingEntity(new OutOfMemoryError("test")));
                case "linkage error in the client" ->
                        exchange.getIn()
                                .setBody(new FailingEntity(new NoClassDefFoundError("test")));
                default -> {}
            }
        }
    }

    private static final class FailingEntity extends AbstractHttpEntity {
        private final Error error;

        FailingEntity(Error error) {
            super("text/plain", null);
            this.error = error;
        }

        @Override
        public InputStream getContent() {
            return new ByteArrayInputStream(new byte[0]);
        }

        @Override
        public long getContentLength() {
            return 5;
        }

        @Override
        public boolean isRepeatable() {
            return true;
        }

        @Override
        public boolean isStreaming() {
            return false;
        }

        @Override
        public void writeTo(OutputStream out) {
            throw error;
        }

        @Override
        public void close() {}
    }

    /** The fault: after one Error every later value was refused and acknowledged. */
    @ParameterizedTest
    @CsvSource({
        "error in a step",
        "out of memory in the client",
        "linkage error in the client",
    })
    void anErrorFailsOneAttemptAndNoLaterValueIsRefused(String kind) throws Exception {
        route("one", pair("one", "house/+/power", "maxConcurrentRequests: 4", "http://A"));
        RouteFolder.edit(
                routes.resolve("one.camel.yaml"),
                "        # here",
                "        - bean: { beanType: \""
                        + FailingStep.class.getName()
                        + "\", method: fail }");
        bridge(200);
        start();
        peer.publish("house/bad/power", kind);
        publish("house/healthy/power", 1, 50);
        awaitHealthy(50);
        await("it is abandoned").atMost(LIMIT).until(() -> failed().size() == 1);
        assertEquals(kind, failed().get(0).path("payload").asText());
        assertTrue(failed().get(0).path("attempts").asInt() > 1, "it is retried");
        publish("house/healthy/power", 51, 60);
        awaitHealthy(60);
        assertEquals(0, statistics().rejected());
        assertTrue(isReady());
    }

    /** A datastream whose requests fail at once held its session: no evidence came meanwhile. */
    @ParameterizedTest
    @CsvSource({"503", "reset"})
    void oneTopicWhoseRequestsFailAtOnceIsAbandonedWhileOthersAreAnswered(String kind)
            throws Exception {
        route("one", pair("one", "house/+/power", "maxConcurrentRequests: 4", "http://A"));
        bridge(20);
        start();
        Answer bad =
                kind.equals("503")
                        ? FaultyService.status(503)
                        : (request, out) -> {
                            throw new IllegalStateException("closes the connection");
                        };
        a.answer(forTopics("bad", bad));
        peer.publish("house/bad/power", "1");
        await("it is abandoned")
                .atMost(LIMIT)
                .until(
                        () -> {
                            peer.publish("house/other/power", "1");
                            return failed().size() == 1;
                        });
        peer.publish("house/bad/power", "2"); // on probation
        await("the next one, too")
                .atMost(LIMIT)
                .until(
                        () -> {
                            peer.publish("house/other/power", "1");
                            return failed().size() == 2;
                        });
        assertTrue(failed().get(1).path("attempts").asInt() <= 2);
    }

    /** The fault: "Connection pool shut down" was taken for a fault of the value. */
    @Test
    void aClosedConnectionPoolIsReplacedAndNothingIsRefused() throws Exception {
        route("one", pair("one", "house/+/power", "maxConcurrentRequests: 4", "http://A"));
        bridge(20);
        start();
        publish("house/healthy/power", 1, 2);
        awaitHealthy(2);
        closePool();
        publish("house/healthy/power", 3, 40);
        awaitHealthy(40);
        assertEquals(0, statistics().rejected());
        assertEquals(List.of(), failed());
    }

    /** As HttpClient does on an Error in another thread's request. */
    private void closePool() throws Exception {
        var client = bridge.context().getEndpoint(a.url(), HttpEndpoint.class).getHttpClient();
        var field = DeliveryHttpClient.class.getDeclaredField("client");
        field.setAccessible(true);
        ((java.io.Closeable) field.get(client)).close();
    }
}
