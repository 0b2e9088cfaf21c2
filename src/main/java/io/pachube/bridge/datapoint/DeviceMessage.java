package io.pachube.bridge.datapoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.pachube.bridge.delivery.InvalidMessageException;
import io.pachube.bridge.json.StrictJson;
import io.pachube.bridge.mqtt.ReceivedMessage;
import io.pachube.bridge.report.OriginalMessage;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.component.paho.PahoConstants;
import org.apache.camel.support.DefaultMessage;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes apart a message of a device made for Cosm or Xively (contract, 7.1): the body becomes a
 * list of messages, each with one value, as if it had arrived on the topic of its datastream.
 *
 * <p>A feed's CSV is read as the HTTP API reads it, quotes and all (contract, 2.2). A message that
 * is wrong anywhere is refused as a whole, as Pachube did. Thread safe.
 */
public final class DeviceMessage implements Processor {

    private static final Pattern TOPIC =
            Pattern.compile(
                    "(?!public/)(?<key>[A-Za-z0-9_-]{1,128})/(?:v2/feeds/(?<feed>[0-9]+)"
                            + "(?:/datastreams/(?<id>[^/]+))?\\.(?<form>csv|json)"
                            + "|v1/feeds/(?<feed1>[0-9]+)/datastreams/(?<id1>[^/]+)\\.csv)");

    /** Set for the values of a feed: they create their datastreams (contract, 2.2). */
    static final String CREATES = "createsDatastream";

    /** Pachube refused a request with more datapoints (contract, 2.4). */
    static final int MAX_VALUES = 500;

    /** Bytes that a value costs until it is delivered: its exchange, and its place in the order. */
    private static final int VALUE_COST = 4096;

    private final String prefix;

    /**
     * @param prefix the first level, or levels, of the bridge's topics
     */
    public DeviceMessage(String prefix) {
        this.prefix = prefix;
    }

    @Override
    public void process(Exchange exchange) throws InvalidMessageException {
        Message message = exchange.getIn();
        byte[] payload = message.getBody(byte[].class);
        String topic = message.getHeader(PahoConstants.MQTT_TOPIC, "", String.class);
        new OriginalMessage("message", topic, topic.replaceFirst("/.*", ""), payload)
                .attachTo(exchange);
        Matcher to = TOPIC.matcher(topic);
        if (!to.matches()) {
            throw new InvalidMessageException(
                    "The topic is not <key>/v2/feeds/<feed>.csv, nor another that a device"
                            + " publishes to");
        }
        String feed = to.group("feed") == null ? to.group("feed1") : to.group("feed");
        if (payload.length > InboundTopicProcessor.PAYLOAD_LIMIT) {
            throw new InvalidMessageException(
                    "Feed "
                            + feed
                            + ": the payload has "
                            + payload.length
                            + " bytes; at most 65536 are passed on");
        }
        String id = to.group("id") == null ? to.group("id1") : to.group("id");
        String above = prefix + "/" + to.group("key") + "/" + feed + "/";
        List<Message> values = new ArrayList<>();
        if (payload.length > 0 && id != null) {
            values.add(value(exchange.getContext(), above + id, payload));
        } else if (payload.length > 0) {
            exchange.setVariable(CREATES, true);
            byte[] trimmed = InboundTopicProcessor.trimmed(payload);
            for (Value value : values(to.group("form"), feed, trimmed)) {
                values.add(
                        value(
                                exchange.getContext(),
                                above + DatastreamAddress.encode(value.id),
                                value.payload));
            }
        }
        message.setBody(values);
        ReceivedMessage received = ReceivedMessage.of(exchange);
        if (received != null) {
            received.addCost(values.size() * VALUE_COST);
        }
    }

    private static List<Value> values(String form, String feed, byte[] payload)
            throws InvalidMessageException {
        try {
            List<Value> values = form.equals("json") ? json(payload) : csv(payload);
            if (values.size() > MAX_VALUES) {
                throw new InvalidMessageException(
                        "the message has "
                                + values.size()
                                + " values; at most "
                                + MAX_VALUES
                                + " are taken");
            }
            return values;
        } catch (InvalidMessageException e) {
            throw new InvalidMessageException("Feed " + feed + ": " + e.getMessage());
        }
    }

    private static Message value(CamelContext context, String topic, byte[] payload) {
        Message value = new DefaultMessage(context);
        value.setHeader(PahoConstants.MQTT_TOPIC, topic);
        value.setBody(payload);
        return value;
    }

    /** What a feed's message holds for one of its datastreams. */
    private record Value(String id, byte[] payload) {}

    private static List<Value> csv(byte[] payload) throws InvalidMessageException {
        List<List<String>> rows = FeedCsvConverter.cells(payload);
        if (rows == null) {
            throw new InvalidMessageException("CSV is invalid. A cell is empty, or badly quoted");
        }
        List<Value> values = new ArrayList<>();
        for (List<String> row : rows) {
            if (row.size() < 2 || row.size() > 3) {
                throw new InvalidMessageException("CSV is invalid. Incorrect number of fields");
            }
            String cells = String.join(",", row.subList(1, row.size()));
            // else it would be taken for a document
            String value = cells.startsWith("{") ? '"' + cells + '"' : cells;
            values.add(
                    new Value(
                            FeedCsvConverter.unquoted(row.get(0)),
                            value.getBytes(StandardCharsets.UTF_8)));
        }
        return values;
    }

    private static List<Value> json(byte[] payload) throws InvalidMessageException {
        JsonNode datastreams;
        try {
            datastreams = StrictJson.read(payload, "feed").path("datastreams");
        } catch (InvalidMessageException e) {
            throw noFeed(); // Jackson's words may quote the payload
        }
        if (!datastreams.isArray()) {
            throw noFeed();
        }
        List<Value> values = new ArrayList<>();
        for (JsonNode datastream : datastreams) {
            JsonNode id = datastream.path("id");
            if (!id.isTextual() && !id.isNumber()) {
                throw noFeed();
            }
            ((ObjectNode) datastream).remove("id");
            values.add(
                    new Value(id.asText(), datastream.toString().getBytes(StandardCharsets.UTF_8)));
        }
        return values;
    }

    private static InvalidMessageException noFeed() {
        return new InvalidMessageException(
                "The feed is no JSON object with datastreams, each with an id");
    }
}
