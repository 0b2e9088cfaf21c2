package io.pachube.bridge.callback;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.apache.camel.Exchange;
import org.apache.camel.Message;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Writes and counts the responses to callbacks. Thread safe. */
final class CallbackResponses {

    private static final JsonMapper JSON = new JsonMapper();

    private final Map<Integer, LongAdder> counts = new ConcurrentHashMap<>();

    CallbackResponses() {
        counts.put(200, new LongAdder());
    }

    /** Responds with 200, without a body. */
    void ok(Exchange exchange) {
        respond(exchange, 200).setBody("");
    }

    /** Responds with the status of a rejected callback. */
    void rejected(Exchange exchange, CallbackRejectedException rejection)
            throws JsonProcessingException {
        Message response = respond(exchange, rejection.status());
        response.setHeader(Exchange.CONTENT_TYPE, "application/json");
        response.setBody(JSON.writeValueAsBytes(rejection.body()));
        if (rejection.status() == 405) {
            response.setHeader("Allow", "POST");
        }
    }

    private Message respond(Exchange exchange, int status) {
        counts.computeIfAbsent(status, s -> new LongAdder()).increment();
        Message response = exchange.getMessage();
        response.removeHeaders("*");
        response.setHeader(Exchange.HTTP_RESPONSE_CODE, status);
        return response;
    }

    /** Returns how many callbacks were answered with each HTTP status. */
    Map<String, Long> counts() {
        Map<String, Long> all = new TreeMap<>();
        counts.forEach((status, count) -> all.put(String.valueOf(status), count.sum()));
        return all;
    }
}
