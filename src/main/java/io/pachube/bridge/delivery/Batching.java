package io.pachube.bridge.delivery;

import java.io.ByteArrayOutputStream;
import java.util.function.UnaryOperator;

/**
 * How the values of one lane become the body of one request: a row each, as it was made when the
 * value came, so that it stays the same in every attempt and in every company. Thread safe.
 */
public final class Batching {

    private final int size;
    private final UnaryOperator<byte[]> row;

    /**
     * @param size how many values at most; 1: each alone, and as it is
     * @param row what makes a body one row among others; gives null for one that goes alone
     */
    public Batching(int size, UnaryOperator<byte[]> row) {
        this.size = size;
        this.row = row;
    }

    /** The value has come: it gets its row, which is its body as long as it is alone. */
    void stamp(Value value) {
        if (size > 1) {
            byte[] body = value.exchange.getIn().getBody(byte[].class);
            if (body != null) {
                value.row = row.apply(body);
                // also where it has none: to read it may have used it up
                value.exchange.getIn().setBody(value.row == null ? body : value.row);
            }
        }
    }

    /** The value is about to go: those that wait right behind it, and can, go with it. */
    void gather(Value leader, Lines<Value> lines) {
        if (!leader.joins()) {
            return;
        }
        leader.followers = lines.take(leader.lane, size - 1, Value::joins);
        if (leader.followers.isEmpty()) {
            return;
        }
        ByteArrayOutputStream rows =
                new ByteArrayOutputStream((leader.followers.size() + 1) * (leader.row.length + 2));
        rows.writeBytes(leader.row);
        for (Value follower : leader.followers) {
            follower.leader = leader;
            rows.write('\n');
            rows.writeBytes(follower.row);
        }
        leader.exchange.getIn().setBody(rows.toByteArray());
    }
}
