package io.pachube.bridge.bench;

import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.paho.PahoConstants;
import org.apache.camel.impl.DefaultCamelContext;

/**
 * What one would write with Camel's own components instead of the bridge: one PUT a value. It
 * acknowledges before it is stored, keeps no order and retries nothing.
 */
public final class CamelPeer extends RouteBuilder {

    private final String mqttPort;
    private final String pachubePort;
    private final int pool;

    private CamelPeer(String[] args) {
        mqttPort = args[0];
        pachubePort = args[1];
        pool = Integer.parseInt(args[2]);
    }

    /**
     * @param args the broker's port, Pachube's port, how many threads make requests
     */
    public static void main(String[] args) throws Exception {
        DefaultCamelContext context = new DefaultCamelContext();
        context.disableJMX();
        context.addRoutes(new CamelPeer(args));
        context.start();
        Thread.currentThread().join();
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());
        from("paho:pb/+/+/+?clientId=camel&qos=1&cleanSession=false&brokerUrl=tcp://127.0.0.1:"
                        + mqttPort)
                .streamCache("false")
                .threads(pool, pool)
                .maxQueueSize(2 * Benchmark.WINDOW)
                .process(CamelPeer::address)
                .to(
                        "http://127.0.0.1:"
                                + pachubePort
                                + "/v2?httpMethod=PUT&connectionsPerRoute="
                                + pool
                                + "&skipResponseHeaders=true&copyHeaders=false");
    }

    private static void address(Exchange exchange) {
        Message message = exchange.getIn();
        String[] topic = message.getHeader(PahoConstants.MQTT_TOPIC, String.class).split("/");
        message.removeHeaders("*");
        message.setHeader("X-PachubeApiKey", topic[1]);
        message.setHeader(Exchange.CONTENT_TYPE, "text/csv");
        message.setHeader(
                Exchange.HTTP_PATH, "feeds/" + topic[2] + "/datastreams/" + topic[3] + ".csv");
    }
}
