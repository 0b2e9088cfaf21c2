package io.pachube.bridge.routes;

import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code routes/examples/zigbee2mqtt.camel.yaml}. */
class Zigbee2mqttRouteTest extends RouteTestSupport {

    private MockEndpoint readings;

    Zigbee2mqttRouteTest() {
        super("examples/zigbee2mqtt.camel.yaml");
        with("readings.to", "readings");
    }

    @BeforeEach
    void start() throws Exception {
        AdviceWith.adviceWith(
                context, "zigbee2mqtt", route -> route.replaceFromWith("direct:mqtt"));
        context.start();
        readings = getMockEndpoint("mock:direct:readings");
    }

    @Test
    void numbersAndStatesAreReadings() throws Exception {
        readings.expectedBodiesReceived("21.5", "1", "0");
        readings.expectedVariableReceived("device", "kitchen");
        readings.message(0).variable("reading").isEqualTo("temperature");
        readings.message(1).variable("reading").isEqualTo("state");
        readings.message(2).variable("reading").isEqualTo("color_x");
        publish(
                "zigbee2mqtt/kitchen",
                "{\"temperature\":21.5,\"state\":\"ON\",\"mode\":\"auto\",\"color\":{\"x\":0}}");
        readings.assertIsSatisfied();
    }
}
