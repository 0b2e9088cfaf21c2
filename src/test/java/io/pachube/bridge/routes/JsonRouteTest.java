package io.pachube.bridge.routes;

import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code routes/examples/json.camel.yaml}. */
class JsonRouteTest extends RouteTestSupport {

    private MockEndpoint readings;

    JsonRouteTest() {
        super("examples/json.camel.yaml");
        with("readings.to", "readings");
    }

    @BeforeEach
    void start() throws Exception {
        AdviceWith.adviceWith(context, "json", route -> route.replaceFromWith("direct:mqtt"));
        context.start();
        readings = getMockEndpoint("mock:direct:readings");
    }

    @Test
    void eachNumberOfAnObjectIsAReading() throws Exception {
        readings.expectedBodiesReceived("21.5", "1");
        readings.expectedVariableReceived("device", "hall");
        readings.message(0).variable("reading").isEqualTo("temperature");
        readings.message(1).variable("reading").isEqualTo("door_open");
        publish("json/hall", "{\"temperature\":21.5,\"door\":{\"open\":true},\"name\":\"a\"}");
        readings.assertIsSatisfied();
    }

    @Test
    void theReadingsOfAMessageHaveOneTime() throws Exception {
        readings.expectedMessageCount(2);
        publish("json/hall", "{\"a\":1,\"b\":2}");
        readings.assertIsSatisfied();
        readings.message(1)
                .variable("time")
                .isEqualTo(readings.getExchanges().get(0).getVariable("time"));
        readings.assertIsSatisfied();
    }

    @Test
    void aMessageThatIsNoJsonIsReported() throws Exception {
        readings.expectedMessageCount(0);
        reports().expectedMessageCount(1);
        publish("json/hall", "{degrees");
        MockEndpoint.assertIsSatisfied(readings, reports());
    }
}
