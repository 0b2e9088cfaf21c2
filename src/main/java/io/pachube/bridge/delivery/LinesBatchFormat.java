package io.pachube.bridge.delivery;

import org.apache.camel.Exchange;

import java.io.ByteArrayOutputStream;
import java.util.List;

/** Joins messages of one line each with newlines, as line protocols and NDJSON want them. */
public class LinesBatchFormat implements BatchFormat {

    /** A body with a line break of its own goes alone. */
    @Override
    public byte[] toRow(Exchange exchange, byte[] body) {
        if (body.length == 0) {
            return null;
        }
        for (byte b : body) {
            if (b == '\n' || b == '\r') {
                return null;
            }
        }
        return body;
    }

    @Override
    public byte[] join(List<byte[]> rows) {
        if (rows.size() == 1) {
            return rows.get(0);
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (byte[] row : rows) {
            if (body.size() > 0) {
                body.write('\n');
            }
            body.writeBytes(row);
        }
        return body.toByteArray();
    }
}
