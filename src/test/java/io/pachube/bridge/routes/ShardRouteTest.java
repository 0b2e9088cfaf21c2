package io.pachube.bridge.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code routes/examples/shard.camel.yaml}. */
class ShardRouteTest extends RouteTestSupport {

    private MockEndpoint service;

    ShardRouteTest() {
        super("examples/shard.camel.yaml");
        with("shard.count", "2");
    }

    @BeforeEach
    void start() throws Exception {
        AdviceWith.adviceWith(
                context, "shardValues", route -> route.replaceFromWith("direct:mqtt"));
        context.start();
        service = getMockEndpoint("mock:paho:shard");
    }

    @Test
    void theMessagesOfATopicGoToOneShard() throws Exception {
        service.expectedBodiesReceived("1", "2");
        publish("pb/key/1/temperature", "1");
        publish("pb/key/1/temperature", "2");
        service.assertIsSatisfied();
        String first = topic(0);
        assertTrue(first.matches("shard/[01]/pb/key/1/temperature"), first);
        assertEquals(first, topic(1));
    }

    private String topic(int message) {
        return service.getExchanges()
                .get(message)
                .getIn()
                .getHeader("CamelPahoOverrideTopic", String.class);
    }
}
