package io.pachube.bridge.datapoint;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.pachube.bridge.delivery.InvalidMessageException;
import io.pachube.bridge.json.StrictJson;

import org.apache.camel.Exchange;
import org.apache.camel.http.base.HttpOperationFailedException;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/**
 * Makes the update of its feed of a datapoint that got a 404: that creates the datastream
 * (contract, 2.1 and 2.2). Not before, as a key may be good for its datastream alone.
 *
 * <p>A body that a datastream itself would not take is not sent so, as it might mean something else
 * to a feed: then the 404 stands. Thread safe.
 */
public final class MissingDatastream {

    private static final int NOT_FOUND = 404;

    private final boolean creates;

    /**
     * @param creates false: a 404 stands, but for a value of a device's feed
     */
    public MissingDatastream(boolean creates) {
        this.creates = creates;
    }

    /**
     * Returns true if the request of the exchange got a 404 that an update of the feed may mend.
     */
    public boolean matches(Exchange exchange) {
        return (creates || exchange.getVariable(DeviceMessage.CREATES, false, Boolean.class))
                && exchange.getException() instanceof HttpOperationFailedException answer
                && answer.getStatusCode() == NOT_FOUND;
    }

    /** The body becomes the update of the feed. */
    public void process(Exchange exchange) throws Exception {
        byte[] update = forFeed(exchange);
        if (update == null) {
            throw exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        }
        exchange.getIn().setBody(update);
        exchange.getIn()
                .setHeader(
                        Exchange.HTTP_PATH,
                        "/feeds/" + variable(exchange, "environment") + "." + format(exchange));
    }

    /** The body; null where the request is not a datapoint's. */
    private static byte[] forFeed(Exchange exchange) {
        String format = format(exchange);
        if (format == null) {
            return null;
        }
        byte[] body = exchange.getIn().getBody(byte[].class);
        String datastream = variable(exchange, "datastream");
        return format.equals("json")
                ? document(datastream, body)
                : FeedCsvConverter.of(datastream, body);
    }

    private static String format(Exchange exchange) {
        String request = exchange.getIn().getHeader(Exchange.HTTP_PATH, String.class);
        String path = variable(exchange, "path");
        return Stream.of("csv", "json")
                .filter(format -> path != null && (path + "." + format).equals(request))
                .findFirst()
                .orElse(null);
    }

    private static String variable(Exchange exchange, String name) {
        return exchange.getVariable(name, String.class);
    }

    private static byte[] document(String datastream, byte[] body) {
        try {
            ObjectNode inner = (ObjectNode) StrictJson.read(body, "document");
            inner.remove("version");
            inner.put("id", datastream);
            ObjectNode feed = StrictJson.MAPPER.createObjectNode().put("version", "1.0.0");
            feed.putArray("datastreams").add(inner);
            return feed.toString().getBytes(StandardCharsets.UTF_8);
        } catch (InvalidMessageException | ClassCastException e) {
            return null; // nothing has checked it
        }
    }
}
