package io.pachube.bridge.report;

import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.paho.PahoConstants;

/**
 * Publishes the report of an exchange that was given up. Done when the broker has taken it: only
 * then may the message itself be acknowledged.
 */
public final class ReportRoute extends RouteBuilder {

    /** Its id. */
    public static final String ID = "pachubeReport";

    private final String from;
    private final Reporter reporter;

    /**
     * @param from the address that takes the exchanges
     */
    public ReportRoute(String from, Reporter reporter) {
        this.from = from;
        this.reporter = reporter;
    }

    @Override
    public void configure() {
        // a host's, which would go before the route configuration's
        getRouteCollection().setErrorHandlerFactory(null);
        from(from)
                .routeId(ID)
                .routeConfigurationId("pachubeDelivery")
                .process(exchange -> exchange.getIn().setBody(reporter.report(exchange, false)))
                .filter(exchange -> Reporter.topic(exchange) != null)
                .removeHeaders("*")
                .setHeader(PahoConstants.CAMEL_PAHO_OVERRIDE_TOPIC)
                .exchange(Reporter::topic)
                .to("pachube-paho:report?client=#pachubePublisher&qos=1");
    }
}
