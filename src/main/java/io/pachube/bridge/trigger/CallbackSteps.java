package io.pachube.bridge.trigger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.delivery.InvalidMessageException;

import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.http.common.HttpMessage;
import org.apache.camel.support.SynchronizationAdapter;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;

/**
 * Reads a callback, and answers one that failed: the route configuration that {@code
 * routeConfigurationId: pachubeCallback} names.
 *
 * <p>200 means that the broker has taken the message. Where it cannot, 503: what Pachube then does
 * is Pachube's. Thread safe.
 */
public final class CallbackSteps extends RouteConfigurationBuilder {

    private static final Logger LOG = LoggerFactory.getLogger(CallbackSteps.class);
    private static final JsonMapper JSON = new JsonMapper();

    /** A notification whose trigger has a history subscription. */
    public record Received(CallbackToken.Content content, Notification notification) {

        /** Returns the ordering key of the subscription; it holds the API key. */
        String orderingKey() {
            return orderingKey(
                    content.key(),
                    notification.environment(),
                    notification.datastream(),
                    content.topic());
        }

        /** Returns the ordering key of all that is published for a history subscription. */
        public static String orderingKey(
                String key, String environment, String datastream, String topic) {
            return key + "/" + environment + "/" + datastream + "/" + topic;
        }

        /** Names no key. */
        @Override
        public String toString() {
            return "notification of environment "
                    + notification.environment()
                    + ", datastream "
                    + notification.datastream();
        }
    }

    private final String prefix;
    private final CallbackToken tokens;
    private final Semaphore atOnce;
    private final Duration timeout;
    private final BooleanSupplier isLeader;
    private final Map<Integer, LongAdder> answers = new ConcurrentHashMap<>();

    /**
     * @param prefix the topics' first level, or levels
     * @param mostAtOnce how many callbacks are published at once; more get a 503
     * @param timeout how long a callback's body may take to arrive
     * @param isLeader false: a callback of a history is refused. Two bridges that publish one
     *     history would repeat and mix its datapoints; the leader's next poll finds them
     */
    public CallbackSteps(
            String prefix,
            CallbackToken tokens,
            int mostAtOnce,
            Duration timeout,
            BooleanSupplier isLeader) {
        this.prefix = prefix;
        this.tokens = tokens;
        this.atOnce = new Semaphore(mostAtOnce);
        this.timeout = timeout;
        this.isLeader = isLeader;
        answers.put(200, new LongAdder());
    }

    /**
     * The body becomes what is to be published; the variables {@code topic}, {@code qos} and {@code
     * retain} say where and how. With {@code history}, the body becomes the task for {@code
     * delivery:history}, in the order that the variable {@code orderingKey} says, with the API key
     * {@code key}.
     *
     * <p>The address is looked at first: whoever has none that opens gets the same answer at once,
     * and nothing of what else was sent is read.
     */
    public void parse(Exchange exchange) throws NotificationException, IOException {
        Message request = exchange.getIn();
        if (!"POST".equals(request.getHeader(Exchange.HTTP_METHOD))) {
            throw new NotificationException(405, "Method Not Allowed", "A callback is a POST");
        }
        CallbackToken.Content content = open(request.getHeader(Exchange.HTTP_PATH, String.class));
        byte[] body = body(request);
        admit(exchange); // not before: senders that fall silent would keep the others out
        Notification notification =
                Notification.parse(request.getHeader(Exchange.CONTENT_TYPE, String.class), body);
        Options options = content.options();
        exchange.setVariable("topic", topic(content, notification));
        exchange.setVariable("qos", options.qos());
        exchange.setVariable("retain", options.retain());
        exchange.setVariable("history", options.history());
        if (options.history()) {
            if (!isLeader.getAsBoolean()) {
                throw new NotificationException(
                        503, "Service Unavailable", "This bridge is a standby; the leader polls");
            }
            Received received = new Received(content, notification);
            exchange.setVariable("key", content.key());
            exchange.setVariable("orderingKey", received.orderingKey());
            request.setBody(received);
        } else {
            request.setBody(notification.payload(options));
        }
    }

    private String topic(CallbackToken.Content content, Notification notification)
            throws NotificationException {
        try {
            return PublishedTopic.of(
                    prefix,
                    content.key(),
                    content.options(),
                    notification.environment(),
                    notification.datastream(),
                    content.topic());
        } catch (InvalidMessageException e) {
            throw new NotificationException(
                    400,
                    "Bad Request",
                    "This is no notification of a trigger: it names no environment and datastream");
        }
    }

    private CallbackToken.Content open(String path) throws NotificationException {
        return tokens.open(path == null || path.isEmpty() ? "" : path.substring(1))
                .orElseThrow(
                        () ->
                                new NotificationException(
                                        404, "Not found", "No trigger has this callback address"))
                .content();
    }

    private void admit(Exchange exchange) throws NotificationException {
        if (!atOnce.tryAcquire()) {
            throw new NotificationException(
                    503, "Service Unavailable", "Too many callbacks at once");
        }
        exchange.getExchangeExtension()
                .addOnCompletion(
                        new SynchronizationAdapter() {
                            @Override
                            public void onDone(Exchange done) {
                                atOnce.release();
                            }
                        });
    }

    /** Not more than allowed, and not for longer, whether it comes slowly or not at all. */
    private byte[] body(Message request) throws NotificationException, IOException {
        long end = System.nanoTime() + timeout.toNanos();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] part = new byte[8192];
        try (InputStream in = request.getBody(InputStream.class)) {
            for (int n = 0; in != null && n >= 0; ) {
                body.write(part, 0, n);
                if (body.size() > Notification.BODY_LIMIT) {
                    throw new NotificationException(
                            413, "Content Too Large", "A notification has at most 65536 bytes");
                }
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    throw late();
                }
                setIdleTimeout(request, left + 1); // never before the end
                n = in.read(part);
            }
        } catch (IOException e) {
            if (System.nanoTime() - end < 0) {
                throw e;
            }
            throw late();
        } finally {
            setIdleTimeout(request, 0);
        }
        return body.toByteArray();
    }

    private static NotificationException late() {
        return new NotificationException(
                408, "Request Timeout", "The notification took too long to arrive");
    }

    /**
     * @param millis how long the next part may take; 0: what the listener's connections may
     */
    private static void setIdleTimeout(Message request, long millis) {
        if (request instanceof HttpMessage http) {
            ConnectionMetaData from =
                    ServletContextRequest.getServletContextRequest(http.getRequest())
                            .getConnectionMetaData();
            from.getConnection()
                    .getEndPoint()
                    .setIdleTimeout(millis == 0 ? from.getConnector().getIdleTimeout() : millis);
        }
    }

    /** The broker has the message: the answer is a 200 without a body. */
    public void respondOk(Exchange exchange) {
        count(200);
        Message answer = exchange.getMessage();
        answer.removeHeaders("*");
        answer.setHeader(Exchange.HTTP_RESPONSE_CODE, 200);
        answer.setBody("");
    }

    private void count(int status) {
        answers.computeIfAbsent(status, s -> new LongAdder()).increment();
    }

    /** Returns how many callbacks were answered with each HTTP status; 200: published. */
    public Map<String, Long> answers() {
        Map<String, Long> all = new TreeMap<>();
        answers.forEach((status, count) -> all.put(String.valueOf(status), count.sum()));
        return all;
    }

    @Override
    public void configuration() {
        var callback = routeConfiguration("pachubeCallback");
        // in a host, its own might try again, while Pachube waits
        callback.errorHandler(defaultErrorHandler());
        callback.onException(NotificationException.class)
                .handled(true)
                .logExhausted(false)
                .process(this::refuse);
        callback.onException(Exception.class)
                .handled(true)
                .logExhausted(false)
                .process(this::unavailable);
    }

    private void refuse(Exchange exchange) throws JsonProcessingException {
        NotificationException refusal =
                exchange.getProperty(Exchange.EXCEPTION_CAUGHT, NotificationException.class);
        answer(exchange, refusal);
        if (refusal.status() == 405) {
            exchange.getMessage().setHeader("Allow", "POST");
        }
    }

    private void unavailable(Exchange exchange) throws JsonProcessingException {
        Exception thrown = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        LOG.warn("A notification was not published, and answered with 503: {}", thrown.toString());
        answer(
                exchange,
                new NotificationException(
                        503, "Service Unavailable", "The broker did not take all of it yet"));
    }

    private void answer(Exchange exchange, NotificationException problem)
            throws JsonProcessingException {
        count(problem.status());
        Message answer = exchange.getMessage();
        answer.removeHeaders("*");
        answer.setHeader(Exchange.HTTP_RESPONSE_CODE, problem.status());
        answer.setHeader(Exchange.CONTENT_TYPE, "application/json");
        answer.setBody(JSON.writeValueAsBytes(problem.body()));
    }
}
