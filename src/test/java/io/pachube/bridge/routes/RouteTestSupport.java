package io.pachube.bridge.routes;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pachube.bridge.PachubeBridge;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.camel.test.junit5.CamelContextConfiguration;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.apache.camel.test.junit5.TestExecutionConfiguration;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * Runs route files with all steps of the bridge, and with mocks in the place of the broker and of
 * every HTTP service. A subclass is the pattern for the test of a route of your own: it names the
 * file, replaces the consumers, starts the context, sends, and looks at what reached the mocks.
 */
abstract class RouteTestSupport extends CamelTestSupport {

    static final String SECRET = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private final Properties settings = new Properties();

    /**
     * @param files in {@code routes/}
     */
    RouteTestSupport(String... files) {
        try {
            Path folder = Files.createTempDirectory(Path.of("target"), "routes");
            for (String file : files) {
                Path path = Path.of("routes", file);
                Files.copy(path, folder.resolve(path.getFileName()));
            }
            with("routes.directory", folder.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        with("routes.reload", "false");
        // nothing is connected to them
        with("mqtt.url", "tcp://127.0.0.1:1");
        with("pachube.url", "http://pachube.test/v2");
        with("callback.url", "http://bridge.test/callback");
        with("callback.secret", SECRET);
        with("retry.initial-delay", "1ms");
        with("retry.max-delay", "10ms");
    }

    final void with(String setting, String value) {
        settings.setProperty(setting, value);
    }

    @Override
    public void configureTest(TestExecutionConfiguration configuration) {
        super.configureTest(configuration);
        configuration.withUseAdviceWith(true);
    }

    @Override
    public void configureContext(CamelContextConfiguration configuration) {
        super.configureContext(configuration);
        configuration.withMockEndpointsAndSkip("(paho|https?):.*|direct:(pachubeReport|readings)");
    }

    @Override
    protected CamelContext createCamelContext() throws Exception {
        CamelContext context = super.createCamelContext();
        context.getPropertiesComponent().setOverrideProperties(settings);
        return context;
    }

    @Override
    protected RoutesBuilder createRouteBuilder() {
        return new PachubeBridge().inOwnContext();
    }

    /** Sends to the endpoint that replaces a consumer of MQTT messages. */
    void publish(String topic, String payload) {
        template.sendBodyAndHeader("direct:mqtt", payload.getBytes(UTF_8), "CamelMqttTopic", topic);
    }

    /** Returns the mock that takes the messages with an error report, each with its exception. */
    MockEndpoint reports() {
        return getMockEndpoint("mock:direct:pachubeReport");
    }

    /** Returns the cause in the only error report. */
    String report() throws InterruptedException {
        reports().expectedMessageCount(1);
        reports().assertIsSatisfied();
        Throwable cause =
                reports()
                        .getExchanges()
                        .get(0)
                        .getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage();
    }
}
