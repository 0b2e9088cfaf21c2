package io.pachube.bridge.mqtt;

import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.spi.InterceptStrategy;
import org.apache.camel.support.AsyncProcessorConverterHelper;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes an Error of a step the failure of its exchange. Camel passes it on to the caller: the
 * exchange would not end, and behind a plain Processor the rest of the route would run later, with
 * the next exchange of the thread, as if the step had succeeded.
 *
 * <p>An exchange that runs out of memory is no fault of its message: that stays with the broker.
 */
public final class StepErrors implements InterceptStrategy {

    private static final Logger LOG = LoggerFactory.getLogger(StepErrors.class);

    @Override
    public Processor wrapProcessorInInterceptors(
            CamelContext context, NamedNode definition, Processor target, Processor next) {
        return new Step(AsyncProcessorConverterHelper.convert(target), definition.getId());
    }

    private static void onError(Exchange exchange, Error error, String step) {
        ReceivedMessage received = ReceivedMessage.of(exchange);
        if (error instanceof OutOfMemoryError && received != null) {
            LOG.error("Step {} is out of memory; its message is redelivered: {}", step, error);
            received.revoke();
            exchange.setRouteStop(true);
        } else {
            LOG.debug("Step {} failed", step, error);
            exchange.setException(error);
        }
    }

    private static final class Step extends DelegateAsyncProcessor {
        private final String id;

        Step(AsyncProcessor target, String id) {
            super(target);
            this.id = id;
        }

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            Run run = new Run(callback);
            boolean isSync;
            try {
                isSync = super.process(exchange, run);
            } catch (Error e) {
                if (!run.end()) {
                    throw e; // the exchange has gone on, on another thread
                }
                onError(exchange, e, id);
                callback.done(true);
                return true;
            }
            run.endIfDone();
            return isSync;
        }
    }

    /** Withholds the callback of a step until it has returned, unless another thread calls it. */
    private static final class Run implements AsyncCallback {
        private final AsyncCallback callback;
        private Thread thread = Thread.currentThread();
        private boolean isDone;
        private boolean isDoneSync;
        private boolean isEnded;

        Run(AsyncCallback callback) {
            this.callback = callback;
        }

        @Override
        public void done(boolean doneSync) {
            synchronized (this) {
                if (isEnded) {
                    return;
                }
                if (thread == Thread.currentThread()) {
                    isDone = true;
                    isDoneSync = doneSync;
                    return;
                }
                isEnded = true;
            }
            callback.done(doneSync);
        }

        /** Returns false if the callback was called. */
        synchronized boolean end() {
            boolean isFirst = !isEnded;
            isEnded = true;
            return isFirst;
        }

        /** The step has returned. */
        void endIfDone() {
            synchronized (this) {
                thread = null;
                if (!isDone || isEnded) {
                    return;
                }
                isEnded = true;
            }
            callback.done(isDoneSync);
        }
    }
}
