package io.pachube.bridge.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pachube.bridge.callback.CallbackTarget;
import io.pachube.bridge.callback.CallbackTokenCodec;
import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.StateCipher;

import org.apache.camel.Exchange;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;

/** {@code routes/notification.camel.yaml}. */
class NotificationRouteTest extends RouteTestSupport {

    private static final String NOTIFICATION =
            "{\"environment\":{\"id\":1},\"triggering_datastream\":"
                    + "{\"id\":\"temperature\",\"value\":{\"value\":\"31\"}}}";

    private MockEndpoint published;
    private MockEndpoint histories;

    NotificationRouteTest() {
        super("notification.camel.yaml");
    }

    @BeforeEach
    void start() throws Exception {
        AdviceWith.adviceWith(
                context,
                "pachubeNotification",
                route -> {
                    route.replaceFromWith("direct:callback");
                    route.weaveByToUri("delivery:history*").replace().to("mock:history");
                });
        context.start();
        published = getMockEndpoint("mock:paho:notification");
        histories = getMockEndpoint("mock:history");
    }

    private static String token(NotificationOptions options) {
        return new CallbackTokenCodec(new StateCipher(SECRET))
                .encode(new CallbackTarget("key", "hot", options));
    }

    /** Posts to a callback address, and returns the status of the answer. */
    private int post(String path, String body) {
        Exchange answered =
                template.request(
                        "direct:callback",
                        exchange -> {
                            exchange.getIn().setHeader(Exchange.HTTP_METHOD, "POST");
                            exchange.getIn().setHeader(Exchange.HTTP_PATH, path);
                            exchange.getIn()
                                    .setBody(new ByteArrayInputStream(body.getBytes(UTF_8)));
                        });
        return answered.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, 0, Integer.class);
    }

    @Test
    void theValueIsPublishedOnTheTopicOfTheTrigger() throws Exception {
        published.expectedBodiesReceived("31");
        published.expectedHeaderReceived("CamelPahoOverrideTopic", "pb/key/hot");
        published.expectedHeaderReceived("CamelPahoQos", 1);
        published.expectedHeaderReceived("CamelPahoRetained", false);
        assertEquals(200, post("/" + token(NotificationOptions.DEFAULT), NOTIFICATION));
        published.assertIsSatisfied();
    }

    @Test
    void aPublicRetainedOneAtQos2KeepsItsOptions() throws Exception {
        published.expectedHeaderReceived("CamelPahoOverrideTopic", "pb/public/hot");
        published.expectedHeaderReceived("CamelPahoQos", 2);
        published.expectedHeaderReceived("CamelPahoRetained", true);
        published.expectedMessageCount(1);
        NotificationOptions options = new NotificationOptions(true, false, true, false, 2);
        assertEquals(200, post("/" + token(options), NOTIFICATION));
        published.assertIsSatisfied();
    }

    @Test
    void oneWithAHistoryIsHandedOver() throws Exception {
        published.expectedMessageCount(0);
        histories.expectedMessageCount(1);
        histories.expectedVariableReceived("key", "key");
        NotificationOptions options = new NotificationOptions(false, false, false, true, 1);
        assertEquals(200, post("/" + token(options), NOTIFICATION));
        MockEndpoint.assertIsSatisfied(published, histories);
    }

    @Test
    void aForgedAddressIsAnswered404AndNothingIsPublished() throws Exception {
        published.expectedMessageCount(0);
        assertEquals(404, post("/forged", NOTIFICATION));
        published.assertIsSatisfied();
    }

    @Test
    void aFailedPublishIsAnswered503() {
        published.whenAnyExchangeReceived(
                exchange -> {
                    throw new java.io.IOException("broken");
                });
        assertEquals(503, post("/" + token(NotificationOptions.DEFAULT), NOTIFICATION));
    }
}
