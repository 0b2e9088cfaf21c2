package io.pachube.bridge.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.camel.Exchange;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayInputStream;

/** {@code routes/examples/webhook-source.camel.yaml}. */
class WebhookSourceRouteTest extends RouteTestSupport {

    private MockEndpoint published;

    WebhookSourceRouteTest() {
        super("examples/webhook-source.camel.yaml");
        with("webhook.token", "secret-42");
    }

    @BeforeEach
    void start() throws Exception {
        AdviceWith.adviceWith(context, "webhook", route -> route.replaceFromWith("direct:http"));
        context.start();
        published = getMockEndpoint("mock:paho:webhook");
    }

    private int post(String token, String path, int length) {
        Exchange answered =
                template.request(
                        "direct:http",
                        exchange -> {
                            exchange.getIn().setHeader("Authorization", "Bearer " + token);
                            exchange.getIn().setHeader(Exchange.HTTP_PATH, path);
                            exchange.getIn().setHeader("Content-Length", length);
                            exchange.getIn()
                                    .setBody(new ByteArrayInputStream("21.5".getBytes(UTF_8)));
                        });
        return answered.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, 0, Integer.class);
    }

    @Test
    void anAuthorizedPostIsPublished() throws Exception {
        published.expectedBodiesReceived("21.5");
        published.expectedHeaderReceived("CamelPahoOverrideTopic", "webhook/house/temperature");
        assertEquals(200, post("secret-42", "/house/temperature", 4));
        published.assertIsSatisfied();
    }

    @ParameterizedTest
    @CsvSource({
        "secret-41, /house/temperature, 4, 401",
        "secret-42, /house/#, 4, 404",
        "secret-42, /house/temperature, 65537, 413"
    })
    void anotherOneIsAnsweredWithItsFaultAndNotPublished(
            String token, String path, int length, int status) throws Exception {
        published.expectedMessageCount(0);
        assertEquals(status, post(token, path, length));
        published.assertIsSatisfied();
    }

    @Test
    void aFailedPublishIsAnswered503() {
        published.whenAnyExchangeReceived(
                exchange -> {
                    throw new java.io.IOException("broken");
                });
        assertEquals(503, post("secret-42", "/house/temperature", 4));
    }
}
