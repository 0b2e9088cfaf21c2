package io.pachube.bridge.routes;

import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code routes/examples/statestream.camel.yaml}. */
class StatestreamRouteTest extends RouteTestSupport {

    private MockEndpoint readings;

    StatestreamRouteTest() {
        super("examples/statestream.camel.yaml");
        with("readings.to", "readings");
    }

    @BeforeEach
    void start() throws Exception {
        AdviceWith.adviceWith(
                context, "statestream", route -> route.replaceFromWith("direct:mqtt"));
        context.start();
        readings = getMockEndpoint("mock:direct:readings");
    }

    @Test
    void aNumberAndASwitchAreReadings() throws Exception {
        readings.expectedBodiesReceived("21.5", "1");
        readings.message(0).variable("device").isEqualTo("sensor.hall");
        readings.message(1).variable("device").isEqualTo("switch.lamp");
        publish("homeassistant/sensor/hall/state", "21.5");
        publish("homeassistant/switch/lamp/state", "on");
        readings.assertIsSatisfied();
    }

    @Test
    void anotherStateIsPassedOver() throws Exception {
        readings.expectedMessageCount(0);
        reports().expectedMessageCount(0);
        publish("homeassistant/sensor/hall/state", "unavailable");
        MockEndpoint.assertIsSatisfied(readings, reports());
    }
}
