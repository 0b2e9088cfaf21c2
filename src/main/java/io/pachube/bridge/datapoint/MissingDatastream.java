package io.pachube.bridge.datapoint;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.pachube.bridge.delivery.Detour;
import io.pachube.bridge.delivery.InvalidMessageException;
import io.pachube.bridge.json.StrictJson;

import org.apache.camel.Exchange;
import org.apache.camel.Processor;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/**
 * A datapoint that gets a 404 is sent once more as an update of its feed, which creates the
 * datastream (contract, 2.1 and 2.2). Not before: a key may be good for its datastream alone.
 *
 * <p>Only what a datastream itself would take is sent so: to a feed it might mean something else.
 * Thread safe.
 */
public final class MissingDatastream implements Detour {

    private static final int NOT_FOUND = 404;

    @Override
    public Processor of(Exchange exchange, int status) {
        return status == NOT_FOUND && forFeed(exchange) != null ? this::send : null;
    }

    private void send(Exchange exchange) {
        byte[] update = forFeed(exchange);
        if (update != null) { // not at a step behind, that fails too
            exchange.getIn().setBody(update);
            exchange.getIn()
                    .setHeader(
                            Exchange.HTTP_PATH,
                            "/feeds/" + variable(exchange, "environment") + "." + format(exchange));
        }
    }

    /** The body; null where the request is not a datapoint's. */
    private static byte[] forFeed(Exchange exchange) {
        String format = format(exchange);
        if (format == null) {
            return null;
        }
        byte[] body = exchange.getIn().getBody(byte[].class);
        String datastream = variable(exchange, "datastream");
        return format.equals("json") ? document(datastream, body) : FeedRows.of(datastream, body);
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
