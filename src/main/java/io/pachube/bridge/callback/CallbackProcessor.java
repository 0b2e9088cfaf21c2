package io.pachube.bridge.callback;

import io.pachube.bridge.delivery.InvalidMessageException;

import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.support.SynchronizationAdapter;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;

/**
 * The bean {@code pachubeCallbacks}: parses a callback, and answers one that was published.
 *
 * <p>200 means that the broker has taken the message. Thread safe.
 */
public final class CallbackProcessor {

    private final String prefix;
    private final CallbackTokenCodec tokens;
    private final Semaphore permits;
    private final Duration readTimeout;
    private final BooleanSupplier isLeader;
    private final CallbackResponses responses;

    CallbackProcessor(
            String prefix,
            CallbackTokenCodec tokens,
            int maxConcurrent,
            Duration readTimeout,
            BooleanSupplier isLeader,
            CallbackResponses responses) {
        this.prefix = prefix;
        this.tokens = tokens;
        this.permits = new Semaphore(maxConcurrent);
        this.readTimeout = readTimeout;
        this.isLeader = isLeader;
        this.responses = responses;
    }

    /**
     * Decrypts the token in the path, and parses the notification. The body becomes the payload to
     * be published; the variables {@code topic}, {@code qos} and {@code retain} say where and how.
     * With {@code history}, the body becomes the task for {@code delivery:history}; the variables
     * {@code orderingKey} and {@code key} are for its hand-over.
     *
     * <p>The path comes first: a sender without a valid token gets the same answer at once, and
     * nothing else that it sent is read.
     */
    public void parse(Exchange exchange) throws CallbackRejectedException, IOException {
        Message request = exchange.getIn();
        if (!"POST".equals(request.getHeader(Exchange.HTTP_METHOD))) {
            throw new CallbackRejectedException(405, "Method Not Allowed", "A callback is a POST");
        }
        CallbackTarget target = target(request.getHeader(Exchange.HTTP_PATH, String.class));
        byte[] body = CallbackBody.read(request, readTimeout);
        acquirePermit(exchange); // not before: senders that fall silent would keep the others out
        Notification notification =
                Notification.parse(request.getHeader(Exchange.CONTENT_TYPE, String.class), body);
        NotificationOptions options = target.options();
        exchange.setVariable("topic", topic(target, notification));
        exchange.setVariable("qos", options.qos());
        exchange.setVariable("retain", options.retain());
        exchange.setVariable("history", options.history());
        request.setBody(
                options.history()
                        ? task(exchange, target, notification)
                        : notification.payload(options));
    }

    private CallbackTarget target(String path) throws CallbackRejectedException {
        return tokens.decode(path == null || path.isEmpty() ? "" : path.substring(1))
                .orElseThrow(
                        () ->
                                new CallbackRejectedException(
                                        404, "Not found", "No trigger has this callback address"))
                .target();
    }

    private void acquirePermit(Exchange exchange) throws CallbackRejectedException {
        if (!permits.tryAcquire()) {
            throw new CallbackRejectedException(
                    503, "Service Unavailable", "Too many callbacks at once");
        }
        exchange.getExchangeExtension()
                .addOnCompletion(
                        new SynchronizationAdapter() {
                            @Override
                            public void onDone(Exchange done) {
                                permits.release();
                            }
                        });
    }

    private String topic(CallbackTarget target, Notification notification)
            throws CallbackRejectedException {
        try {
            return NotificationTopic.resolve(
                    prefix,
                    target.key(),
                    target.options(),
                    notification.environment(),
                    notification.datastream(),
                    target.topic());
        } catch (InvalidMessageException e) {
            throw new CallbackRejectedException(
                    400,
                    "Bad Request",
                    "This is no notification of a trigger: it names no environment and datastream");
        }
    }

    /** Two bridges that publish one history would repeat and mix its datapoints. */
    private ReceivedNotification task(
            Exchange exchange, CallbackTarget target, Notification notification)
            throws CallbackRejectedException {
        if (!isLeader.getAsBoolean()) {
            throw new CallbackRejectedException(
                    503, "Service Unavailable", "This bridge is a standby; the leader polls");
        }
        ReceivedNotification task = new ReceivedNotification(target, notification);
        exchange.setVariable("key", target.key());
        exchange.setVariable("orderingKey", task.orderingKey());
        return task;
    }

    /** Answers with 200: the broker has the message. */
    public void respondOk(Exchange exchange) {
        responses.ok(exchange);
    }
}
