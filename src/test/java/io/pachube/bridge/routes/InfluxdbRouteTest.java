package io.pachube.bridge.routes;

import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code routes/examples/influxdb.camel.yaml}. */
class InfluxdbRouteTest extends RouteTestSupport {

    private MockEndpoint service;

    InfluxdbRouteTest() {
        super("examples/influxdb.camel.yaml");
        with("influxdb.url", "http://influxdb.test");
        with("influxdb.db", "house");
    }

    @BeforeEach
    void start() throws Exception {
        AdviceWith.adviceWith(context, "influxdb", route -> route.replaceFromWith("direct:mqtt"));
        context.start();
        service = getMockEndpoint("mock:http:influxdb.test");
    }

    @Test
    void aReadingIsALineOfItsDevice() throws Exception {
        service.expectedMessageCount(1);
        service.expectedHeaderReceived("CamelHttpPath", "/write");
        service.expectedHeaderReceived("CamelHttpQuery", "db=house");
        service.message(0)
                .body(String.class)
                .regex("readings,device=living\\\\ room temperature=21.5 \\d{19}");
        publish("influxdb/living room/temperature", "21.5");
        service.assertIsSatisfied();
    }

    @Test
    void withoutAPasswordThereIsNoAuthorization() throws Exception {
        service.expectedMessageCount(1);
        service.message(0).header("Authorization").isNull();
        publish("influxdb/kitchen/temperature", "21.5");
        service.assertIsSatisfied();
    }

    @Test
    void aValueThatIsNoJsonIsReported() throws Exception {
        service.expectedMessageCount(0);
        reports().expectedMessageCount(1);
        publish("influxdb/kitchen/temperature", "warm");
        MockEndpoint.assertIsSatisfied(service, reports());
    }
}
