package io.pachube.bridge.delivery;

import io.pachube.bridge.mqtt.Intake;

import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.processor.DelegateAsyncProcessor;

import java.util.concurrent.RejectedExecutionException;

/**
 * A step that makes a request, first or again, at its key's {@link Pace}. The first request of a
 * turn has waited already, before its {@link Lanes lane} began it.
 */
public final class PacedRequest extends DelegateAsyncProcessor {

    private final Pace pace;
    private final RetryPolicy policy;

    /**
     * @param request the step
     */
    public PacedRequest(Processor request, Pace pace, RetryPolicy policy) {
        super(request);
        this.pace = pace;
        this.policy = policy;
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        Value value = Value.of(exchange);
        if (value == null || value.key == null) {
            return super.process(exchange, callback);
        }
        if (value.mayRequest) {
            return request(value, exchange, callback);
        }
        pace.enter(value.key, () -> begin(value, exchange, doneSync -> callback.done(false)));
        return false;
    }

    private void begin(Value value, Exchange exchange, AsyncCallback callback) {
        if (Intake.isClosed(exchange)) {
            pace.pass(value.key);
            exchange.setException(new RejectedExecutionException("Left to the broker"));
            callback.done(false);
        } else {
            policy.begins(value);
            request(value, exchange, callback);
        }
    }

    private boolean request(Value value, Exchange exchange, AsyncCallback callback) {
        value.mayRequest = false;
        return super.process(
                exchange,
                doneSync -> {
                    pace.leave(value.key);
                    callback.done(doneSync);
                });
    }
}
