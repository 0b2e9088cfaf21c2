package io.pachube.bridge.datapoint;

import io.pachube.bridge.delivery.InvalidMessageException;
import io.pachube.bridge.report.OriginalMessage;

import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.paho.PahoConstants;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Predicate;

/**
 * The first step of a message that a client published to a datastream's topic: checks topic and
 * size, and sets the variables {@code key}, {@code environment}, {@code datastream} and {@code
 * path} (percent-encoded, below the API's base address).
 *
 * <p>An empty payload is ignored, and so is a message that {@code ignore} accepts: the exchange
 * stops here, acknowledged. Thread safe.
 */
public final class InboundTopicProcessor implements Processor {

    /** The largest payload, in bytes. */
    public static final int PAYLOAD_LIMIT = 64 * 1024;

    /**
     * The longest topic that there can be a report or a status on, in bytes (MQTT 3.1.1, 1.5.3).
     */
    private static final int TOPIC_LIMIT = 65_535 - "/status".length();

    /** U+FEFF in UTF-8. */
    private static final byte[] BOM = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    private static final Logger LOG = LoggerFactory.getLogger(InboundTopicProcessor.class);

    private final String prefix;
    private final String operation;
    private final Predicate<Exchange> ignore;

    /**
     * @param prefix the topics' first level, or levels
     * @param operation what a report calls this
     * @param ignore accepts the messages to be ignored
     */
    public InboundTopicProcessor(String prefix, String operation, Predicate<Exchange> ignore) {
        this.prefix = prefix;
        this.operation = operation;
        this.ignore = ignore;
    }

    @Override
    public void process(Exchange exchange) throws InvalidMessageException {
        byte[] payload = exchange.getIn().getBody(byte[].class);
        if (payload == null || payload.length == 0 || ignore.test(exchange)) {
            exchange.setRouteStop(true);
            return;
        }
        String topic = exchange.getIn().getHeader(PahoConstants.MQTT_TOPIC, String.class);
        String key = DatastreamAddress.key(prefix, topic);
        if (DatastreamAddress.PUBLIC.equals(key)) {
            // all clients share these topics: a report there would tell others
            LOG.warn("A {} under the key 'public', which is no key, is ignored", operation);
            exchange.setRouteStop(true);
            return;
        }
        if (topic.length() > TOPIC_LIMIT / 3
                && topic.getBytes(StandardCharsets.UTF_8).length > TOPIC_LIMIT) {
            LOG.warn("A {} on a topic too long for a report is ignored", operation);
            exchange.setRouteStop(true);
            return;
        }
        new OriginalMessage(operation, topic, key, payload).attachTo(exchange);
        DatastreamAddress address = DatastreamAddress.parse(prefix, topic);
        if (payload.length > PAYLOAD_LIMIT) {
            throw new InvalidMessageException(
                    "The payload has more than " + PAYLOAD_LIMIT + " bytes, which is the limit");
        }
        byte[] plain = trimmed(payload);
        if (plain.length == 0) {
            throw new InvalidMessageException("The payload holds NULs or byte order marks alone");
        }
        if (plain != payload) {
            exchange.getIn().setBody(plain);
        }
        exchange.setVariable("key", address.key());
        exchange.setVariable("environment", address.environment());
        exchange.setVariable("datastream", address.datastream());
        exchange.setVariable("path", address.path());
        exchange.setVariable("topic", topic);
        exchange.setVariable("orderingKey", address.orderingKey());
    }

    /**
     * Returns a payload without the NULs and byte order marks around it, and the white space among
     * them, as devices written in C send them; the same array if there are none.
     */
    static byte[] trimmed(byte[] payload) {
        int from = 0;
        int to = payload.length;
        boolean found = false;
        while (from < to && isAround(payload, from)) {
            found |= !CsvTimestamper.isSpace(payload[from]);
            from += payload[from] == BOM[0] ? BOM.length : 1;
        }
        while (to > from && isAround(payload, to - (endsInBom(payload, from, to) ? 3 : 1))) {
            found |= !CsvTimestamper.isSpace(payload[to - 1]);
            to -= endsInBom(payload, from, to) ? 3 : 1;
        }
        return found ? Arrays.copyOfRange(payload, from, to) : payload;
    }

    private static boolean isAround(byte[] payload, int at) {
        return payload[at] == 0 || CsvTimestamper.isSpace(payload[at]) || isBom(payload, at);
    }

    private static boolean endsInBom(byte[] payload, int from, int to) {
        return to - from >= BOM.length && isBom(payload, to - BOM.length);
    }

    private static boolean isBom(byte[] payload, int at) {
        return payload.length - at >= BOM.length
                && Arrays.equals(payload, at, at + BOM.length, BOM, 0, BOM.length);
    }
}
