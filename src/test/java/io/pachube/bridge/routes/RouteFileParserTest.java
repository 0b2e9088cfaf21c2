package io.pachube.bridge.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.delivery.DeliveryComponent;

import org.apache.camel.component.timer.TimerComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.ToDefinition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/** Which component an endpoint of a route file is of, however its URI is written. */
class RouteFileParserTest {

    private final DefaultCamelContext context = new DefaultCamelContext();

    @BeforeEach
    void start() {
        context.addComponent("delivery", new DeliveryComponent());
        context.addComponent("pachube-timer", new TimerComponent());
        context.getPropertiesComponent().addInitialProperty("target", "delivery:store");
        context.getPropertiesComponent().addInitialProperty("clock", "timer:clock");
        context.getPropertiesComponent().addInitialProperty("scheme", "https");
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    private RouteDefinition parse(String from, String step) throws RouteFileException {
        return new RouteFileParser(context, true)
                .parse(
                        "x.camel.yaml",
                        """
                        - route:
                            id: x
                            from:
                              uri: "%s"
                              steps:
                                - %s
                        """
                                .formatted(from, step))
                .getRouteCollection()
                .getRoutes()
                .get(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "delivery:store",
                "delivery://store?batchSize=2",
                "{{target}}",
                "{{target}}?batchSize=2"
            })
    void anAttemptHasNoErrorHandlerHoweverItsAddressIsWritten(String from) throws Exception {
        assertEquals("pachubeAttempt", parse(from, "log: x").getRouteConfigurationId());
        assertThrows(
                RouteFileException.class,
                () ->
                        new RouteFileParser(context, false)
                                .parse(
                                        "x.camel.yaml",
                                        """
                                        - route:
                                            id: x
                                            routeConfigurationId: pachubeDelivery
                                            from:
                                              uri: "%s"
                                              steps: [ log: x ]
                                        """
                                                .formatted(from)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"timer:delivery:store", "{{clock}}", "{{delivery:timer}}:x"})
    void anotherRouteIsNoAttempt(String from) throws Exception {
        RouteDefinition route = parse(from, "log: x");
        assertFalse(AttemptRoutes.isAttempt(context, route));
        assertTrue(
                route.getInput().getUri().startsWith("pachube-{{")
                        || route.getInput().getUri().startsWith("pachube-timer"));
    }

    @ParameterizedTest
    @CsvSource({
        "https://a.test?x=http:, pachube-http:https://a.test?x=http:",
        "{{scheme}}://a.test, pachube-http:{{scheme}}://a.test",
        "log:https:, log:https:",
        "{{nowhere}}:x, {{nowhere}}:x",
        "paho:a?x={{nowhere}}, pachube-paho:a?x={{nowhere}}"
    })
    void anAddressIsRewrittenByItsScheme(String uri, String isolated) throws Exception {
        RouteDefinition route = parse("direct:x", "to: \"" + uri + "\"");
        assertEquals(isolated, ((ToDefinition) route.getOutputs().get(0)).getUri());
    }

    @Test
    void aNameOfADeliveryHasNoQueryAndNoSlashes() throws Exception {
        DeliveryNames names = new DeliveryNames(context);
        names.add("a", parse("{{target}}?batchSize=2", "log: x"));
        names.add("b", parse("direct:x", "to: \"delivery://store?account=a\""));
        assertEquals(List.of(), names.problems());
    }

    @ParameterizedTest
    @ValueSource(strings = {"${body}", "language:simple:${body}", "http+language:simple:${body}"})
    void aComputedSchemeIsRefused(String uri) {
        assertThrows(RouteFileException.class, () -> parse("direct:x", "toD: \"" + uri + "\""));
    }
}
