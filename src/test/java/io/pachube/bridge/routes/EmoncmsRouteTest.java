package io.pachube.bridge.routes;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code routes/examples/emoncms.camel.yaml}. */
class EmoncmsRouteTest extends RouteTestSupport {

    private MockEndpoint service;

    EmoncmsRouteTest() {
        super("examples/emoncms.camel.yaml");
        with("emoncms.url", "http://emoncms.test");
        with("emoncms.key", "secret");
    }

    @BeforeEach
    void start() throws Exception {
        AdviceWith.adviceWith(context, "emoncms", route -> route.replaceFromWith("direct:mqtt"));
        context.start();
        service = getMockEndpoint("mock:http:emoncms.test");
    }

    @Test
    void aReadingIsAnInputOfItsNode() throws Exception {
        service.expectedMessageCount(1);
        service.expectedHeaderReceived("CamelHttpPath", "/input/post");
        service.expectedHeaderReceived("Authorization", "Bearer secret");
        service.message(0)
                .body(String.class)
                .regex("node=kitchen&time=\\d{10}&fulljson=%7B%22temperature%22%3A21.5%7D");
        publish("emoncms/kitchen/temperature", "21.5");
        service.assertIsSatisfied();
    }

    @Test
    void anErrorInAnAnswerOfStatus200IsReported() throws Exception {
        service.whenAnyExchangeReceived(
                exchange -> exchange.getMessage().setBody("{\"success\": false}"));
        publish("emoncms/kitchen/temperature", "21.5");
        assertTrue(report().contains("emoncms answered"), report());
    }
}
