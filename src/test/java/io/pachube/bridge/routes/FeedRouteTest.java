package io.pachube.bridge.routes;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code routes/examples/feed.camel.yaml}, with the route that stores a datapoint. */
class FeedRouteTest extends RouteTestSupport {

    private MockEndpoint pachube;

    FeedRouteTest() {
        super("examples/feed.camel.yaml", "datapoint.camel.yaml");
        with("feed.key", "key");
        with("feed.id", "7");
    }

    @BeforeEach
    void start() {
        context.start();
        pachube = getMockEndpoint("mock:http:pachube.test/v2");
    }

    /** Hands a reading over, as an input such as zigbee2mqtt.camel.yaml does. */
    private void handOver(String device, String reading, String value) {
        template.send(
                "direct:feed",
                exchange -> {
                    exchange.getIn().setBody(value.getBytes(UTF_8));
                    exchange.setVariable("device", device);
                    exchange.setVariable("reading", reading);
                });
    }

    @Test
    void aReadingIsADatastreamOfTheFeed() throws Exception {
        pachube.expectedBodiesReceived("21.5");
        pachube.expectedHeaderReceived(
                "CamelHttpPath", "/feeds/7/datastreams/kitchen-temperature.csv");
        pachube.expectedHeaderReceived("X-PachubeApiKey", "key");
        handOver("kitchen", "temperature", "21.5");
        pachube.assertIsSatisfied();
    }

    @Test
    void aNameThatIsNoDatastreamsIsReported() throws Exception {
        pachube.expectedMessageCount(0);
        reports().expectedMessageCount(1);
        handOver("kitchen", "temper/ature", "21.5");
        MockEndpoint.assertIsSatisfied(pachube, reports());
    }
}
