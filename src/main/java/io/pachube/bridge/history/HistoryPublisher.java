package io.pachube.bridge.history;

import com.fasterxml.jackson.databind.JsonNode;

import io.pachube.bridge.callback.NotificationDocument;
import io.pachube.bridge.callback.NotificationTopic;
import io.pachube.bridge.callback.ReceivedNotification;
import io.pachube.bridge.datapoint.DatastreamAddress;
import io.pachube.bridge.delivery.InvalidMessageException;
import io.pachube.bridge.mqtt.RetainedStore;
import io.pachube.bridge.pachube.PachubeRequest;

import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.paho.PahoConstants;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;

/** The steps of {@link HistoryRoute}: one task of a history subscription. Thread safe. */
public final class HistoryPublisher {

    private static final Logger LOG = LoggerFactory.getLogger(HistoryPublisher.class);
    private static final String POINT = "pachubeHistoryPoint";

    private final String prefix;
    private final HistorySubscriptionStore subscriptions;
    private final RetainedStore broker;
    private final HistoryPager.Limits limits;
    private final PachubeRequest request;

    HistoryPublisher(
            String prefix,
            HistorySubscriptionStore subscriptions,
            RetainedStore broker,
            HistoryPager.Limits limits,
            PachubeRequest request) {
        this.prefix = prefix;
        this.subscriptions = subscriptions;
        this.broker = broker;
        this.limits = limits;
        this.request = request;
    }

    /**
     * Begins the task that is the body, or that of the notification that is the body.
     *
     * @throws MqttException if the broker does not take the change of its state, or the
     *     subscriptions are not loaded yet
     */
    void begin(Exchange exchange) throws MqttException, InvalidMessageException {
        HistoryTask task =
                exchange.getIn().getBody() instanceof ReceivedNotification received
                        ? HistoryTask.notified(received)
                        : exchange.getIn().getBody(HistoryTask.class);
        HistorySubscription subscription = task.subscription();
        if (task.kind() == HistoryTask.Kind.UNSUBSCRIBED) {
            unsubscribe(subscription);
            return;
        }
        subscriptions.requireLoaded();
        HistorySubscription known = subscriptions.get(subscription);
        if (known == null && isRemoved(task)) {
            return;
        }
        context(task, known).attachTo(exchange);
        exchange.setVariable("key", subscription.key());
        exchange.getIn().setBody(task.stream());
    }

    private void unsubscribe(HistorySubscription subscription) throws MqttException {
        subscriptions.remove(subscription);
        if (subscription.isMirror() && !subscription.isFeedWide()) {
            try {
                broker.put(topic(subscription), new byte[0]);
            } catch (InvalidMessageException e) {
                LOG.debug("Nothing was published for {}", subscription, e);
            }
        }
    }

    private boolean isRemoved(HistoryTask task) {
        return task.kind() == HistoryTask.Kind.LAGGING
                || task.kind() == HistoryTask.Kind.NOTIFIED
                        && subscriptions.hasEnded(task.subscription());
    }

    private HistoryTaskContext context(HistoryTask task, HistorySubscription known)
            throws InvalidMessageException {
        ReceivedNotification received = task.received();
        boolean isSubscribed = task.kind() == HistoryTask.Kind.SUBSCRIBED;
        boolean needsRequest = task.stream() == null;
        HistorySubscription subscription = task.subscription();
        boolean republishCurrent =
                received == null
                        ? isSubscribed && subscription.isMirror()
                        : known == null || received.notification().isDebug();
        HistoryPager pager;
        if (known == null) {
            String value = received == null ? null : received.notification().value();
            pager = HistoryPager.startAtCurrent(republishCurrent, value, limits);
        } else {
            subscription = isSubscribed ? subscription.withCursor(known.cursor()) : known;
            pager = HistoryPager.since(known.cursor(), needsRequest, republishCurrent, limits);
        }
        return new HistoryTaskContext(task, subscription, pager, topic(subscription), needsRequest);
    }

    private String topic(HistorySubscription subscription) throws InvalidMessageException {
        return NotificationTopic.resolve(
                prefix,
                subscription.key(),
                subscription.options(),
                subscription.environment(),
                subscription.datastream(),
                subscription.topic());
    }

    /** The message becomes the request for the next page. */
    void requestPage(Exchange exchange) {
        HistoryTaskContext context = HistoryTaskContext.of(exchange);
        HistorySubscription subscription = context.subscription;
        DatastreamAddress address =
                new DatastreamAddress(
                        subscription.key(), subscription.environment(), subscription.datastream());
        request.get(exchange, address.path() + ".json", context.pager.query());
    }

    /** From Pachube's answer: the body becomes the datapoints to be published. */
    void selectDatapoints(Exchange exchange) throws InvalidMessageException {
        HistoryTaskContext context = HistoryTaskContext.of(exchange);
        JsonNode stream = PachubeRequest.object(exchange);
        if (context.subscription.options().json()) {
            ReceivedNotification received = context.task.received();
            context.document =
                    NotificationDocument.ofDatastream(
                            received == null ? null : received.notification().toDocument(),
                            context.subscription.environment(),
                            context.task.feed(),
                            stream);
        }
        exchange.getIn().setBody(context.pager.selectNew(stream));
    }

    /** The body, a datapoint, becomes its payload; the headers say where and how to publish it. */
    void render(Exchange exchange) {
        HistoryTaskContext context = HistoryTaskContext.of(exchange);
        HistoryPager.Point point = exchange.getIn().getBody(HistoryPager.Point.class);
        exchange.setProperty(POINT, point);
        Message message = exchange.getIn();
        message.removeHeaders("*");
        message.setHeader(PahoConstants.CAMEL_PAHO_OVERRIDE_TOPIC, context.topic);
        message.setHeader(PahoConstants.CAMEL_PAHO_MSG_QOS, context.subscription.options().qos());
        message.setHeader(
                PahoConstants.CAMEL_PAHO_MSG_RETAINED, context.subscription.options().retain());
        message.setBody(
                context.document == null
                        ? point.value().getBytes(StandardCharsets.UTF_8)
                        : context.document.toJson(point.value(), point.at()));
    }

    /** Logs a datapoint that the broker refuses, and would refuse each time. */
    static void logDropped(Exchange exchange) {
        LOG.warn(
                "A datapoint of a history is dropped. {}",
                exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class).getMessage());
    }

    /** Moves the cursor, in memory, behind the datapoint that was published. */
    void moveCursor(Exchange exchange) {
        HistoryPager.Point point = exchange.getProperty(POINT, HistoryPager.Point.class);
        if (point.at() != null) {
            subscriptions.moveCursor(HistoryTaskContext.of(exchange).subscription, point.at());
        }
    }

    /** Saves the cursor in the broker, behind all datapoints of the page. */
    void saveCursor(Exchange exchange) throws MqttException {
        HistoryTaskContext context = HistoryTaskContext.of(exchange);
        HistoryPager pager = context.pager;
        if (pager.isDone() || pager.cursor() != null) {
            subscriptions.save(context.subscription.withCursor(pager.cursor()));
        }
        context.needsRequest = true;
        if (pager.isDone() && pager.skippedOlder()) {
            LOG.warn(
                    "{}: datapoints older than history.max-age were skipped", context.subscription);
        }
    }
}
