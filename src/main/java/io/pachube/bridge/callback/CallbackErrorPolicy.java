package io.pachube.bridge.callback;

import com.fasterxml.jackson.core.JsonProcessingException;

import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The route configuration {@code pachubeCallback}: a rejected callback is answered with its status,
 * any other failure with 503.
 */
final class CallbackErrorPolicy extends RouteConfigurationBuilder {

    private static final Logger LOG = LoggerFactory.getLogger(CallbackErrorPolicy.class);

    private final CallbackResponses responses;

    CallbackErrorPolicy(CallbackResponses responses) {
        this.responses = responses;
    }

    @Override
    public void configuration() {
        var callback = routeConfiguration("pachubeCallback");
        // a host's would redeliver while Pachube waits
        callback.errorHandler(defaultErrorHandler());
        callback.onException(CallbackRejectedException.class)
                .handled(true)
                .logExhausted(false)
                .process(this::respondRejected);
        callback.onException(Exception.class)
                .handled(true)
                .logExhausted(false)
                .process(this::respondUnavailable);
    }

    private void respondRejected(Exchange exchange) throws JsonProcessingException {
        responses.rejected(
                exchange,
                exchange.getProperty(Exchange.EXCEPTION_CAUGHT, CallbackRejectedException.class));
    }

    private void respondUnavailable(Exchange exchange) throws JsonProcessingException {
        Exception thrown = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        LOG.warn("A notification was not published, and answered with 503: {}", thrown.toString());
        responses.rejected(
                exchange,
                new CallbackRejectedException(
                        503, "Service Unavailable", "The broker did not take all of it yet"));
    }
}
