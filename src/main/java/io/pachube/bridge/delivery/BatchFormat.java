package io.pachube.bridge.delivery;

import org.apache.camel.Exchange;

import java.util.List;

/** Makes one request body of several messages. Thread safe. */
public interface BatchFormat {

    /**
     * Returns the message's part of a batch; null if the message must be sent alone. Called once,
     * when the message is handed over.
     *
     * @param exchange that is handed over
     * @param body of the exchange
     */
    byte[] toRow(Exchange exchange, byte[] body);

    /** Returns the body of a request for these rows, at least one. */
    byte[] join(List<byte[]> rows);
}
