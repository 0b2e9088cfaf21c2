package io.pachube.bridge.routes;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code routes/examples/adafruit.camel.yaml}. */
class AdafruitRouteTest extends RouteTestSupport {

    private MockEndpoint service;

    AdafruitRouteTest() {
        super("examples/adafruit.camel.yaml");
        with("adafruit.url", "http://adafruit.test");
        with("adafruit.user", "anna");
        with("adafruit.key.anna", "secret");
        with("adafruit.interval", "0");
    }

    @BeforeEach
    void start() throws Exception {
        AdviceWith.adviceWith(context, "adafruit", route -> route.replaceFromWith("direct:mqtt"));
        context.start();
        service = getMockEndpoint("mock:http:adafruit.test");
    }

    @Test
    void aReadingIsADataPointOfItsFeed() throws Exception {
        service.expectedMessageCount(1);
        service.expectedHeaderReceived(
                "CamelHttpPath", "/api/v2/anna/feeds/kitchen.temperature/data");
        service.expectedHeaderReceived("X-AIO-Key", "secret");
        service.message(0).body(String.class).startsWith("{\"value\":21.5,\"created_at\":\"20");
        publish("adafruit/kitchen/temperature", "21.5");
        service.assertIsSatisfied();
    }

    @Test
    void aNameThatIsNoFeedsIsReportedAndNotSent() throws Exception {
        service.expectedMessageCount(0);
        publish("adafruit/Kitchen/temperature", "21.5");
        assertTrue(report().startsWith("The feed key is 'Kitchen.temperature'"), report());
        service.assertIsSatisfied();
    }
}
