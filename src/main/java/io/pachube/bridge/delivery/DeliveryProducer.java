package io.pachube.bridge.delivery;

import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeTimedOutException;
import org.apache.camel.Expression;
import org.apache.camel.StreamCache;
import org.apache.camel.support.DefaultAsyncProducer;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Hands a message over, and completes when it is delivered. The order counts from the hand-over.
 */
final class DeliveryProducer extends DefaultAsyncProducer {

    /** Names the ordering key of a message, where the option does not. */
    private static final String ORDERING_KEY = "orderingKey";

    /** A stream is read to its end: larger ones are refused. */
    private static final int MAX_STREAM_BYTES = 16 << 20;

    private Expression orderingKey;
    private Expression account;
    private Expression batchKey;
    private String batchKeyText;
    private DeliveryTarget target;

    DeliveryProducer(DeliveryEndpoint endpoint) {
        super(endpoint);
    }

    @Override
    public DeliveryEndpoint getEndpoint() {
        return (DeliveryEndpoint) super.getEndpoint();
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        DeliveryConfiguration options = getEndpoint().getConfiguration();
        orderingKey = expression(options.getOrderingKey());
        account = expression(options.getAccount());
        target = getEndpoint().getComponent().acquire(getEndpoint().getName());
    }

    @Override
    protected void doStop() throws Exception {
        if (target != null) {
            getEndpoint().getComponent().release(target);
            target = null;
        }
        super.doStop();
    }

    private Expression expression(String text) {
        if (text == null) {
            return null;
        }
        Expression expression =
                getEndpoint().getCamelContext().resolveLanguage("simple").createExpression(text);
        expression.init(getEndpoint().getCamelContext());
        return expression;
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        PendingMessage message;
        try {
            Expiry expiry = timeout() == 0 ? null : new Expiry(exchange, callback);
            message = message(exchange, expiry == null ? callback : expiry);
            if (message.parent != null) {
                message.parent.onNested(message);
            }
            if (expiry != null) {
                expiry.start(message);
            }
        } catch (Exception e) {
            exchange.setException(e);
            callback.done(true);
            return true;
        }
        target.handOver(message);
        return false;
    }

    private PendingMessage message(Exchange exchange, AsyncCallback callback) throws Exception {
        Attempt parent = AttemptExchange.attempt(exchange);
        if (parent != null && parent.isNestedIn(target)) {
            throw new IllegalStateException(
                    "A route from delivery:"
                            + target.name()
                            + " hands a message over to its own name, which would wait for itself");
        }
        Object body = detach(exchange);
        DeliveryConfiguration consumer = target.settings();
        byte[] row = null;
        String batch = null;
        if (consumer.getBatchSize() > 1) {
            if (!exchange.getPattern().isOutCapable()) {
                byte[] bytes = exchange.getIn().getBody(byte[].class);
                row = bytes == null ? null : target.scheduler().toRow(exchange, bytes);
            }
            batch = batchKey(exchange, consumer);
        }
        return new PendingMessage(
                target,
                exchange,
                callback,
                orderingKey(exchange),
                account(exchange),
                parent,
                body,
                row,
                batch);
    }

    /** Streams are read: they could not be read again by the next attempt. */
    private Object detach(Exchange exchange) throws IOException {
        Object body = exchange.getIn().getBody();
        if (!(body instanceof InputStream
                || body instanceof StreamCache
                || body instanceof Reader
                || body instanceof File)) {
            return body;
        }
        byte[] bytes;
        try (InputStream in = exchange.getIn().getBody(InputStream.class)) {
            bytes = in.readNBytes(MAX_STREAM_BYTES + 1);
        }
        if (bytes.length > MAX_STREAM_BYTES) {
            throw new IOException(
                    "The body is a stream of more than " + MAX_STREAM_BYTES + " bytes");
        }
        exchange.getIn().setBody(bytes);
        return bytes;
    }

    private String orderingKey(Exchange exchange) {
        String key =
                orderingKey == null
                        ? exchange.getVariable(ORDERING_KEY, String.class)
                        : orderingKey.evaluate(exchange, String.class);
        if (key == null || key.isEmpty()) {
            key = getEndpoint().getComponent().defaultOrderingKey().apply(exchange);
        }
        return key == null || key.isEmpty() ? "\0" + exchange.getFromRouteId() : key;
    }

    private String account(Exchange exchange) {
        String name = account == null ? null : account.evaluate(exchange, String.class);
        return name == null ? "" : name;
    }

    private String batchKey(Exchange exchange, DeliveryConfiguration consumer) {
        String text = consumer.getBatchKey();
        if (text == null) {
            return null;
        }
        synchronized (this) {
            if (!text.equals(batchKeyText)) { // the consumer route was replaced
                batchKeyText = text;
                batchKey = expression(text);
            }
        }
        String key = batchKey.evaluate(exchange, String.class);
        return key == null ? "" : key;
    }

    /** Revokes a message after the time-out, and fails its exchange. */
    private final class Expiry implements Runnable, AsyncCallback {
        private final Exchange exchange;
        private final AsyncCallback callback;
        private PendingMessage message;
        private Future<?> timer;
        private volatile boolean isExpired;

        Expiry(Exchange exchange, AsyncCallback callback) {
            this.exchange = exchange;
            this.callback = callback;
        }

        void start(PendingMessage message) {
            this.message = message;
            timer =
                    getEndpoint()
                            .getComponent()
                            .scheduler()
                            .schedule(this, timeout(), TimeUnit.MILLISECONDS);
        }

        @Override
        public void run() {
            isExpired = true;
            message.target.revocation().revoke(message);
        }

        @Override
        public void done(boolean doneSync) {
            timer.cancel(false);
            if (isExpired && exchange.getException() instanceof MessageRevokedException) {
                exchange.setException(new ExchangeTimedOutException(exchange, timeout()));
            }
            callback.done(doneSync);
        }
    }

    private long timeout() {
        return getEndpoint().getConfiguration().getTimeout();
    }
}
