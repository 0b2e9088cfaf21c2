package io.pachube.bridge.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.builder.AdviceWith;
import org.apache.camel.builder.NotifyBuilder;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code routes/datapoint.camel.yaml}. */
class DatapointRouteTest extends RouteTestSupport {

    private MockEndpoint pachube;

    DatapointRouteTest() {
        super("datapoint.camel.yaml");
        with("pachube.create-missing-datastreams", "true");
    }

    @BeforeEach
    void start() throws Exception {
        AdviceWith.adviceWith(
                context, "pachubeDatapoint", route -> route.replaceFromWith("direct:mqtt"));
        context.start();
        pachube = getMockEndpoint("mock:http:pachube.test/v2");
    }

    /** Makes Pachube answer the first request with an error. */
    private void answerFirst(int status) {
        pachube.whenExchangeReceived(
                1,
                exchange -> {
                    throw new HttpOperationFailedException(
                            "http://pachube.test/v2", status, "Status", null, Map.of(), "");
                });
    }

    @Test
    void aValueIsPutIntoItsDatastream() throws Exception {
        pachube.expectedBodiesReceived("21.5");
        pachube.expectedHeaderReceived("X-PachubeApiKey", "key");
        pachube.expectedHeaderReceived("CamelHttpPath", "/feeds/1/datastreams/temperature.csv");
        pachube.expectedHeaderReceived("Content-Type", "text/csv");
        publish("pb/key/1/temperature", "21.5");
        pachube.assertIsSatisfied();
    }

    @Test
    void aDocumentIsPutAsJson() throws Exception {
        pachube.expectedMessageCount(1);
        pachube.expectedHeaderReceived("CamelHttpPath", "/feeds/1/datastreams/temperature.json");
        pachube.expectedHeaderReceived("Content-Type", "application/json");
        pachube.message(0).body(String.class).contains("\"current_value\":\"21.5\"");
        publish("pb/key/1/temperature", "{\"current_value\":\"21.5\"}");
        pachube.assertIsSatisfied();
    }

    @Test
    void nothingOfTheMessageIsAHeaderOfTheRequest() throws Exception {
        pachube.expectedMessageCount(1);
        pachube.message(0).header("CamelMqttTopic").isNull();
        publish("pb/key/1/temperature", "21.5");
        pachube.assertIsSatisfied();
    }

    @Test
    void aRequestThatFailsIsRetried() throws Exception {
        answerFirst(503);
        pachube.expectedBodiesReceived("21.5", "21.5");
        reports().expectedMessageCount(0);
        NotifyBuilder completed =
                new NotifyBuilder(context).fromRoute("pachubeDatapoint").whenCompleted(1).create();
        publish("pb/key/1/temperature", "21.5");
        assertTrue(completed.matches(30, TimeUnit.SECONDS));
        MockEndpoint.assertIsSatisfied(pachube, reports());
    }

    @Test
    void aMissingDatastreamIsCreatedByAnUpdateOfItsFeed() throws Exception {
        answerFirst(404);
        pachube.expectedMessageCount(2);
        pachube.message(1).header("CamelHttpPath").isEqualTo("/feeds/1.csv");
        pachube.message(1).body(String.class).startsWith("temperature,21.5");
        publish("pb/key/1/temperature", "21.5");
        pachube.assertIsSatisfied();
    }

    @Test
    void aRejectedValueIsReported() throws Exception {
        answerFirst(422);
        publish("pb/key/1/temperature", "warm");
        assertTrue(report().contains("422"), report());
    }

    @Test
    void aTopicWithoutAFeedsIdIsReportedAndNothingIsRequested() throws Exception {
        pachube.expectedMessageCount(0);
        publish("pb/key/x y/temperature", "21.5");
        assertEquals(
                "The environment 'x y' is not a feed's id, a whole number from 1 on", report());
        pachube.assertIsSatisfied();
    }
}
