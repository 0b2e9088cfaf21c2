package io.pachube.bridge.report;

import io.pachube.bridge.log.SecretMasker;
import io.pachube.bridge.mqtt.OversizedReceiver;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.component.paho.PahoConstants;
import org.apache.camel.component.paho.PahoMessage;
import org.apache.camel.support.DefaultExchange;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.function.Consumer;

/**
 * Reports messages whose payload is too large for a route. Only those below the bridge's topic
 * prefix have a topic for a report; the others are logged.
 */
public final class OversizedReports implements OversizedReceiver, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(OversizedReports.class);
    private static final String TRIGGER = "/trigger";

    private final CamelContext context;
    private final String prefix;
    private final Processor datapoint;
    private final Processor trigger;
    private final ProducerTemplate producer;

    /**
     * @param prefix the topics' first level, or levels
     * @param datapoint checks a value, sets the subject of its report
     * @param trigger does the same for trigger commands
     */
    public OversizedReports(
            CamelContext context, String prefix, Processor datapoint, Processor trigger) {
        this.context = context;
        this.prefix = prefix;
        this.datapoint = datapoint;
        this.trigger = trigger;
        this.producer = context.createProducerTemplate();
    }

    @Override
    public void oversized(String topic, MqttMessage message, Consumer<Boolean> ended) {
        Exchange exchange = new DefaultExchange(context);
        if (!topic.startsWith(prefix + "/")) {
            LOG.warn(
                    "A message on {} is dropped: its payload is too large",
                    SecretMasker.mask(topic));
            ended.accept(true);
            return;
        }
        if (!isRejected(exchange, topic, message)) {
            ended.accept(true);
            return;
        }
        producer.asyncSend(ErrorReportRoute.ENDPOINT, exchange)
                .whenComplete(
                        (sent, thrown) -> ended.accept(thrown == null && !exchange.isFailed()));
    }

    /** Returns false if the steps ignore it, whatever its payload is. */
    private boolean isRejected(Exchange exchange, String topic, MqttMessage message) {
        exchange.setIn(new PahoMessage(context, message));
        exchange.getIn().setHeader(PahoConstants.MQTT_TOPIC, topic);
        exchange.getIn().setBody(message.getPayload());
        try {
            (topic.endsWith(TRIGGER) ? trigger : datapoint).process(exchange);
            return false;
        } catch (Exception e) {
            exchange.setProperty(Exchange.EXCEPTION_CAUGHT, e);
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        producer.close();
    }
}
