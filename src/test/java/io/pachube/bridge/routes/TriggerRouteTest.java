package io.pachube.bridge.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;

/** {@code routes/trigger.camel.yaml}. */
class TriggerRouteTest extends RouteTestSupport {

    private static final String COMMAND =
            "{\"topic\":\"hot\",\"trigger_type\":\"gt\",\"threshold_value\":\"30\"}";

    private MockEndpoint triggers;
    private MockEndpoint statuses;

    TriggerRouteTest() {
        super("trigger.camel.yaml");
    }

    @BeforeEach
    void start() throws Exception {
        AdviceWith.adviceWith(
                context,
                "pachubeTrigger",
                route -> {
                    route.replaceFromWith("direct:mqtt");
                    route.weaveByToUri("delivery:triggers*").replace().to("mock:triggers");
                });
        context.start();
        triggers = getMockEndpoint("mock:triggers");
        triggers.whenAnyExchangeReceived(
                exchange -> exchange.getMessage().setBody(List.of("created", "deleted")));
        statuses = getMockEndpoint("mock:paho:status");
    }

    @Test
    void commandsAreHandedOverWithWhatTheyAreFor() throws Exception {
        triggers.expectedMessageCount(1);
        triggers.expectedVariableReceived("key", "key");
        triggers.expectedVariableReceived("environment", "1");
        triggers.expectedVariableReceived("datastream", "temperature");
        publish("pb/key/1/temperature/trigger", COMMAND);
        triggers.assertIsSatisfied();
    }

    @Test
    void eachStatusIsPublished() throws Exception {
        statuses.expectedBodiesReceived("created", "deleted");
        statuses.expectedHeaderReceived(
                "CamelPahoOverrideTopic", "pb/key/1/temperature/trigger/status");
        publish("pb/key/1/temperature/trigger", COMMAND);
        statuses.assertIsSatisfied();
    }

    @Test
    void aCommandThatIsNoneIsReported() throws Exception {
        triggers.expectedMessageCount(0);
        publish("pb/key/1/temperature/trigger", "{\"trigger_type\":\"hot\"}");
        assertEquals(
                "'topic' is missing: the last level of the topic that notifications go to",
                report());
        triggers.assertIsSatisfied();
    }
}
