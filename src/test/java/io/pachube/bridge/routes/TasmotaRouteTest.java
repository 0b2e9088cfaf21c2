package io.pachube.bridge.routes;

import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code routes/examples/tasmota.camel.yaml}. */
class TasmotaRouteTest extends RouteTestSupport {

    private MockEndpoint readings;

    TasmotaRouteTest() {
        super("examples/tasmota.camel.yaml");
        with("readings.to", "readings");
    }

    @BeforeEach
    void start() throws Exception {
        AdviceWith.adviceWith(context, "tasmota", route -> route.replaceFromWith("direct:mqtt"));
        context.start();
        readings = getMockEndpoint("mock:direct:readings");
    }

    @Test
    void eachNumberOfASensorIsAReadingOfTheDevice() throws Exception {
        readings.expectedBodiesReceived("120", "3.25");
        readings.expectedVariableReceived("device", "plug");
        readings.message(0).variable("reading").isEqualTo("ENERGY_Power");
        readings.message(1).variable("reading").isEqualTo("ENERGY_Total");
        publish(
                "tele/plug/SENSOR",
                "{\"Time\":\"2026-01-01T12:00:00\",\"ENERGY\":{\"Power\":120,\"Total\":3.25}}");
        readings.assertIsSatisfied();
    }
}
