package io.pachube.bridge.report;

import io.pachube.bridge.mqtt.PublishRefusedException;

import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the report of an exchange that was given up. Done when the broker has taken it: only
 * then may the message itself be acknowledged. A report that the broker refuses is shortened, and
 * one that it refuses then, too, is dropped.
 */
public final class ErrorReportRoute extends RouteBuilder {

    /** Its id. */
    public static final String ID = "pachubeReport";

    /** Takes an exchange that failed; it is done when the broker has the report. */
    static final String ENDPOINT = "direct:" + ID;

    private static final Logger LOG = LoggerFactory.getLogger(ErrorReportRoute.class);

    /** The property that holds the JSON to be published, the same in each retry. */
    private static final String JSON = "pachubeReportJson";

    private final ErrorReporter reporter;
    private final MqttClient publisher;

    /**
     * @param publisher publishes the reports
     */
    public ErrorReportRoute(ErrorReporter reporter, MqttClient publisher) {
        this.reporter = reporter;
        this.publisher = publisher;
    }

    @Override
    public void configure() {
        // a host's, which would go before the route configuration's
        getRouteCollection().setErrorHandlerFactory(null);
        from(ENDPOINT)
                .routeId(ID)
                .routeConfigurationId(ID)
                .process(exchange -> exchange.getIn().setBody(reporter.failed(exchange)))
                .filter(exchange -> ErrorReporter.topic(exchange) != null)
                .process(this::publish);
    }

    private void publish(Exchange exchange) throws MqttException {
        ErrorReport report = exchange.getIn().getBody(ErrorReport.class);
        byte[] json = exchange.getProperty(JSON, byte[].class);
        if (json == null) {
            json = report.toJson();
            exchange.setProperty(JSON, json);
        }
        byte[] shorter = report.shortened().toJson();
        try {
            publish(exchange, json);
        } catch (PublishRefusedException e) {
            if (json.length <= shorter.length) {
                LOG.warn("A report is dropped. {}", e.getMessage());
            } else {
                exchange.setProperty(JSON, shorter);
                publish(exchange);
            }
        }
    }

    private void publish(Exchange exchange, byte[] json) throws MqttException {
        publisher.publish(ErrorReporter.topic(exchange), json, 1, false);
    }
}
