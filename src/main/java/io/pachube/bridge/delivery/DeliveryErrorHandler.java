package io.pachube.bridge.delivery;

import org.apache.camel.CamelContext;
import org.apache.camel.ErrorHandlerFactory;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Route;
import org.apache.camel.model.errorhandler.DefaultErrorHandlerDefinition;
import org.apache.camel.processor.errorhandler.DefaultErrorHandler;
import org.apache.camel.processor.errorhandler.RedeliveryPolicy;
import org.apache.camel.reifier.errorhandler.DefaultErrorHandlerReifier;
import org.apache.camel.reifier.errorhandler.ErrorHandlerReifier;
import org.apache.camel.spi.ErrorHandler;
import org.apache.camel.support.DefaultExchange;

import java.util.concurrent.ScheduledExecutorService;

/**
 * Camel's default error handler, that keeps less at each step for a redelivery: the message alone,
 * which is all that Camel restores from it. Camel copies the whole exchange, with properties and
 * variables; for a value on its way, that is done nine times, and costs a tenth of all.
 */
final class DeliveryErrorHandler extends DefaultErrorHandlerDefinition {

    static {
        ErrorHandlerReifier.registerReifier(DeliveryErrorHandler.class, Reifier::new);
    }

    private final ScheduledExecutorService executor;

    /**
     * @param executor makes the redeliveries
     */
    DeliveryErrorHandler(ScheduledExecutorService executor) {
        this.executor = executor;
    }

    @Override
    public ErrorHandlerFactory cloneBuilder() {
        return this;
    }

    private static final class Reifier extends DefaultErrorHandlerReifier {
        private final ScheduledExecutorService executor;

        Reifier(Route route, ErrorHandlerFactory definition) {
            super(route, (DeliveryErrorHandler) definition);
            executor = ((DeliveryErrorHandler) definition).executor;
        }

        @Override
        public Processor createErrorHandler(Processor step) throws Exception {
            ErrorHandler handler = new Handler(camelContext, step, executor);
            configure(handler);
            return handler;
        }
    }

    private static final class Handler extends DefaultErrorHandler {
        Handler(CamelContext context, Processor step, ScheduledExecutorService executor) {
            super(context, step, null, null, policy(), null, executor, null, null);
        }

        private static RedeliveryPolicy policy() {
            RedeliveryPolicy policy = new RedeliveryPolicy();
            policy.setAsyncDelayedRedelivery(true);
            return policy;
        }

        @Override
        protected Exchange defensiveCopyExchangeIfNeeded(Exchange exchange) {
            Exchange kept = new DefaultExchange(exchange.getContext());
            kept.setIn(exchange.getIn().copy());
            return kept;
        }

        @Override
        public ErrorHandler clone(Processor step) {
            return new Handler(camelContext, step, executorService);
        }
    }
}
