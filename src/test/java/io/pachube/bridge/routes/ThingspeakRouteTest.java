package io.pachube.bridge.routes;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code routes/examples/thingspeak.camel.yaml}. */
class ThingspeakRouteTest extends RouteTestSupport {

    private MockEndpoint service;

    ThingspeakRouteTest() {
        super("examples/thingspeak.camel.yaml");
        with("thingspeak.url", "http://thingspeak.test");
        with("thingspeak.key.kitchen", "secret");
        with("thingspeak.field.kitchen.temperature", "2");
        with("thingspeak.interval", "0");
    }

    @BeforeEach
    void start() throws Exception {
        AdviceWith.adviceWith(context, "thingspeak", route -> route.replaceFromWith("direct:mqtt"));
        context.start();
        service = getMockEndpoint("mock:http:thingspeak.test");
    }

    @Test
    void aReadingIsAnUpdateOfItsField() throws Exception {
        service.whenAnyExchangeReceived(exchange -> exchange.getMessage().setBody("12"));
        service.expectedMessageCount(1);
        service.expectedHeaderReceived("CamelHttpPath", "/update");
        service.message(0)
                .body(String.class)
                .startsWith("api_key=secret&field2=21.5&created_at=20");
        publish("thingspeak/kitchen/temperature", "21.5");
        service.assertIsSatisfied();
    }

    @Test
    void theAnswer0IsReported() throws Exception {
        service.whenAnyExchangeReceived(exchange -> exchange.getMessage().setBody("0"));
        publish("thingspeak/kitchen/temperature", "21.5");
        assertTrue(report().contains("it refused the update of field 2"), report());
    }
}
