package io.pachube.bridge.delivery;

import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.hc.core5.http.HttpHost;

import java.util.List;
import java.util.Objects;

/**
 * One message from its hand-over until it is delivered, rejected, abandoned or revoked. Guarded by
 * its {@link DeliveryTarget}, but for final fields.
 */
final class PendingMessage {

    final DeliveryTarget target;
    final Exchange exchange;
    final AsyncCallback callback;
    final RetryState retry;

    /** Whose rate limit its requests keep; empty: that of the whole target. */
    final String account;

    /** The attempt whose route handed it over; null outside deliveries. */
    final Attempt parent;

    /** Its part of a batch; null: it is sent alone, with {@link #body}. */
    byte[] row;

    final Object body;
    final String batchKey;

    BatchGroup group;
    OrderingKey key;

    /** No other message of its key may start. */
    boolean isHolding;

    /** Attempts with it, also those that failed by the fault of another message of its batch. */
    int attempts;

    /** The host of its latest request; null without any. */
    HttpHost host;

    /** After a batch was refused: the part of it that is tried next; null: any. */
    Object batchPart;

    /** Why its batch was rejected, where a message of it was rejected alone, too. */
    Throwable batchRejection;

    /** It goes on being retried, and the listener knows. */
    boolean isDelayed;

    long delayedSince;
    boolean isRevoked;

    PendingMessage(
            DeliveryTarget target,
            Exchange exchange,
            AsyncCallback callback,
            String orderingKey,
            String account,
            Attempt parent,
            Object body,
            byte[] row,
            String batchKey) {
        this.target = target;
        this.exchange = exchange;
        this.callback = callback;
        this.retry = new RetryState(orderingKey);
        this.account = account;
        this.parent = parent;
        this.body = body;
        this.row = row;
        this.batchKey = batchKey;
    }

    /**
     * Returns true if it may share a request with these: it has the batch key and the account of
     * the first one, and nothing else holds its ordering key.
     */
    boolean fits(List<PendingMessage> batch) {
        PendingMessage first = batch.get(0);
        return row != null
                && batchPart == first.batchPart
                && (key == first.key || batchKey != null)
                && Objects.equals(batchKey, first.batchKey)
                && account.equals(first.account)
                && (key.held == 0 || key.holder == batch);
    }

    /** Returns how long ago its exchange was created. */
    long ageMillis() {
        return exchange.getClock().elapsed();
    }

    /** Returns the name and the port of the host of its latest request; null without any. */
    String host() {
        return host == null ? null : host.toHostString();
    }
}
