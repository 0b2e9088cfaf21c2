package io.pachube.bridge.pachube;

import com.fasterxml.jackson.databind.JsonNode;

import io.pachube.bridge.delivery.InvalidMessageException;

import org.apache.camel.Exchange;
import org.apache.camel.Message;

/**
 * Makes a message the request to Pachube's API that {@code to("{{pachube.base}}")} sends: with the
 * API key in the variable {@code key}, and without any header of the message before. Thread safe.
 */
public final class PachubeRequest {

    /** The endpoint of the API. */
    public static final String ENDPOINT = "{{pachube.base}}";

    /** Options of a {@code delivery:} endpoint whose route sends requests to the API. */
    public static final String DELIVERY_OPTIONS =
            "minRequestInterval={{pachube.min-request-interval}}&rateLimitGroup=pachube"
                    + "&maxResponseBytes=16777216";

    private final String apiKeyHeader;

    /**
     * @param apiKeyHeader the name of the HTTP header that holds the API key
     */
    public PachubeRequest(String apiKeyHeader) {
        this.apiKeyHeader = apiKeyHeader;
    }

    /** Sets a GET of a path below the API's base address. */
    public void get(Exchange exchange, String path) {
        get(exchange, path, null);
    }

    /**
     * Sets a GET of a path below the API's base address.
     *
     * @param query null: none
     */
    public void get(Exchange exchange, String path, String query) {
        set(exchange, "GET", path, null);
        if (query != null) {
            exchange.getMessage().setHeader(Exchange.HTTP_QUERY, query);
        }
    }

    /**
     * Sets a request with a JSON document.
     *
     * @param json null: none
     */
    public void json(Exchange exchange, String method, String path, byte[] json) {
        set(exchange, method, path, json);
        exchange.getMessage().setHeader(Exchange.CONTENT_TYPE, "application/json");
    }

    /**
     * Returns the JSON object that the body is.
     *
     * @throws InvalidMessageException if the answer is another document
     */
    public static JsonNode object(Exchange exchange) throws InvalidMessageException {
        JsonNode json = exchange.getIn().getBody(JsonNode.class);
        if (json == null || !json.isObject()) {
            throw new InvalidMessageException("Pachube's answer is no JSON object");
        }
        return json;
    }

    private void set(Exchange exchange, String method, String path, byte[] body) {
        Message message = exchange.getMessage();
        message.removeHeaders("*");
        message.setHeader(apiKeyHeader, exchange.getVariable("key"));
        message.setHeader(Exchange.HTTP_METHOD, method);
        message.setHeader(Exchange.HTTP_PATH, path);
        message.setBody(body);
    }
}
