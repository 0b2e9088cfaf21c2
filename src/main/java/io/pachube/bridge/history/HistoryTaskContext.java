package io.pachube.bridge.history;

import io.pachube.bridge.callback.NotificationDocument;

import org.apache.camel.Exchange;

/** The state of a task while its route runs; a property of the exchange. Not thread safe. */
final class HistoryTaskContext {

    private static final String PROPERTY = "pachubeHistoryTask";

    final HistoryTask task;

    /** The subscription as it is stored, or as it is to be. */
    final HistorySubscription subscription;

    final HistoryPager pager;

    /** Where its datapoints are published. */
    final String topic;

    /** False while the datastream is the body already. */
    boolean needsRequest;

    /** For documents: the metadata of the latest answer. */
    NotificationDocument document;

    HistoryTaskContext(
            HistoryTask task,
            HistorySubscription subscription,
            HistoryPager pager,
            String topic,
            boolean needsRequest) {
        this.task = task;
        this.subscription = subscription;
        this.pager = pager;
        this.topic = topic;
        this.needsRequest = needsRequest;
    }

    void attachTo(Exchange exchange) {
        exchange.setProperty(PROPERTY, this);
    }

    static HistoryTaskContext of(Exchange exchange) {
        return exchange.getProperty(PROPERTY, HistoryTaskContext.class);
    }

    /** Returns true while there is a page to be published. */
    static boolean hasMore(Exchange exchange) {
        HistoryTaskContext context = of(exchange);
        return context != null && !context.pager.isDone();
    }

    /** Returns true if the next page is to be requested. */
    static boolean needsRequest(Exchange exchange) {
        return of(exchange).needsRequest;
    }
}
