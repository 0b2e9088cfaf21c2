package io.pachube.bridge.delivery;

import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.Message;
import org.apache.camel.RollbackExchangeException;
import org.apache.camel.Route;
import org.apache.camel.StreamCache;
import org.apache.camel.spi.InflightRepository;
import org.apache.camel.spi.ReactiveExecutor;
import org.apache.camel.spi.UnitOfWork;
import org.apache.camel.support.SynchronizationAdapter;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The exchange of an {@link Attempt}: made anew for each, and ended by force if need be. */
final class AttemptExchange {

    private static final String PROPERTY = "CamelDeliveryAttempt";

    private AttemptExchange() {}

    /**
     * Returns the attempt that an exchange, or the one it was copied from, was made for; or null.
     */
    static Attempt attempt(Exchange exchange) {
        return exchange.getExchangeExtension().getSafeCopyProperty(PROPERTY, Attempt.class);
    }

    /**
     * Returns a copy of the first message's exchange, whose body is the whole batch.
     *
     * @param format joins the messages; null if the only one is sent as it is
     */
    static Exchange create(DeliveryConsumer consumer, Attempt attempt, BatchFormat format) {
        List<PendingMessage> messages = attempt.messages;
        Exchange source = messages.get(0).exchange;
        Exchange created = consumer.createExchange(false);
        Message in = created.getIn();
        in.setBody(body(messages, format));
        if (source.getIn().hasHeaders()) {
            in.getHeaders().putAll(source.getIn().getHeaders());
        }
        if (source.hasVariables()) {
            for (Map.Entry<String, Object> variable : source.getVariables().entrySet()) {
                created.setVariable(variable.getKey(), variable.getValue());
            }
        }
        created.getExchangeExtension().setSafeCopyProperty(PROPERTY, attempt);
        if (attempt.isBatch()) {
            created.setProperty(ExchangePropertyKey.BATCH_SIZE, messages.size());
        }
        if (source.getPattern().isOutCapable()) {
            created.setPattern(ExchangePattern.InOut);
            created.getExchangeExtension()
                    .addOnCompletion(
                            new SynchronizationAdapter() {
                                @Override
                                public void onDone(Exchange done) {
                                    detachBody(done.getMessage());
                                }
                            });
        }
        return created;
    }

    static boolean isSucceeded(Exchange exchange) {
        return exchange.getException() == null
                && !exchange.isRollbackOnly()
                && !exchange.isRollbackOnlyLast()
                // an error handler, or a dead letter channel, that took the failure
                && !(exchange.getExchangeExtension().isErrorHandlerHandledSet()
                        && exchange.getExchangeExtension().isErrorHandlerHandled());
    }

    /** Returns why the route did not succeed. */
    static Throwable failure(Exchange exchange) {
        if (exchange.getException() != null) {
            return exchange.getException();
        }
        Throwable handled = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
        return handled != null
                ? handled
                : new RollbackExchangeException("The route rolled the message back", exchange);
    }

    private static Object body(List<PendingMessage> messages, BatchFormat format) {
        if (format == null) {
            return messages.get(0).body;
        }
        List<byte[]> rows = new ArrayList<>(messages.size());
        for (PendingMessage message : messages) {
            rows.add(message.row);
        }
        return format.join(rows);
    }

    /** A cached stream ends with the exchange; the body goes on to another one. */
    private static void detachBody(Message message) {
        if (message.getBody() instanceof StreamCache) {
            message.setBody(message.getBody(byte[].class));
        }
    }

    /**
     * Ends an exchange that a Throwable has left: its route does not, and would be held in flight
     * for ever.
     */
    static void close(Exchange exchange, Throwable thrown) {
        exchange.setException(thrown); // no later step runs
        ReactiveExecutor executor =
                exchange.getContext().getCamelContextExtension().getReactiveExecutor();
        while (executor.executeFromQueue()) {
            // the rest of the route, which this thread would run with the next exchange
        }
        UnitOfWork unit = exchange.getUnitOfWork();
        if (unit == null) {
            return;
        }
        InflightRepository inFlight = exchange.getContext().getInflightRepository();
        for (Route route = unit.getRoute(); route != null; route = unit.getRoute()) {
            inFlight.remove(exchange, route.getRouteId());
            unit.popRoute();
        }
        unit.done(exchange);
    }
}
