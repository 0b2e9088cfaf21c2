package io.pachube.bridge.delivery;

import java.io.ByteArrayOutputStream;
import java.util.List;

/** Joins messages of one line of JSON each to a JSON array. */
public final class JsonArrayBatchFormat extends LinesBatchFormat {

    /** A single message becomes an array, too. */
    @Override
    public byte[] join(List<byte[]> rows) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.write('[');
        for (byte[] row : rows) {
            if (body.size() > 1) {
                body.write(',');
            }
            body.writeBytes(row);
        }
        body.write(']');
        return body.toByteArray();
    }
}
