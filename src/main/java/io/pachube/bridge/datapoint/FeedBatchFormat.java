package io.pachube.bridge.datapoint;

import io.pachube.bridge.delivery.LinesBatchFormat;

import org.apache.camel.Exchange;

import java.nio.charset.StandardCharsets;

/**
 * Joins plain values of several datastreams into one update of their feed: rows {@code
 * id,timestamp,value} (contract, 2.2). The variable {@code datastream} names the id.
 *
 * <p>Any other payload is sent alone, see {@link CsvTimestamper}. Thread safe.
 */
public final class FeedBatchFormat extends LinesBatchFormat {

    /** How many rows one request may hold (contract, 2.4). */
    public static final int MAX_ROWS = 500;

    private final CsvTimestamper stamped = new CsvTimestamper();

    @Override
    public byte[] toRow(Exchange exchange, byte[] body) {
        String datastream = exchange.getVariable("datastream", String.class);
        byte[] row = datastream == null ? null : stamped.of(body);
        if (row == null) {
            return null;
        }
        byte[] id = datastream.getBytes(StandardCharsets.UTF_8);
        byte[] joined = new byte[id.length + 1 + row.length];
        System.arraycopy(id, 0, joined, 0, id.length);
        joined[id.length] = ',';
        System.arraycopy(row, 0, joined, id.length + 1, row.length);
        return joined;
    }
}
