package io.pachube.bridge.routes;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.Map;

/** {@code routes/examples/http-sink.camel.yaml}. */
class HttpSinkRouteTest extends RouteTestSupport {

    private MockEndpoint service;

    HttpSinkRouteTest() {
        super("examples/http-sink.camel.yaml");
        with("http-sink.url", "http://service.test");
    }

    @BeforeEach
    void start() throws Exception {
        AdviceWith.adviceWith(context, "house", route -> route.replaceFromWith("direct:mqtt"));
        context.start();
        service = getMockEndpoint("mock:http:service.test");
    }

    @Test
    void aMessageIsPostedToThePathOfItsTopic() throws Exception {
        service.expectedBodiesReceived("120");
        service.expectedHeaderReceived("CamelHttpPath", "/house/hall/power");
        service.expectedHeaderReceived("Content-Type", "application/json");
        publish("house/hall/power", "120");
        service.assertIsSatisfied();
    }

    @Test
    void aRefusedMessageIsReported() throws Exception {
        service.whenAnyExchangeReceived(
                exchange -> {
                    throw new HttpOperationFailedException(
                            "http://service.test", 400, "Bad Request", null, Map.of(), "");
                });
        publish("house/hall/power", "120");
        assertTrue(report().contains("400"), report());
    }
}
