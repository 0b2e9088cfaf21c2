package io.pachube.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.Map;

/** A response of the API. */
record ApiResponse(int status, String contentType, byte[] body, Map<String, String> headers) {
    private static final String TEXT = "text/plain; charset=utf-8";

    /** Pachube's body was one space (contract, section 2.1), which a client took for a failure. */
    static final ApiResponse OK = new ApiResponse(200, TEXT, new byte[0], Map.of());

    static ApiResponse created(String location) {
        return new ApiResponse(201, TEXT, new byte[0], Map.of("Location", location));
    }

    static ApiResponse moved(String location) {
        return new ApiResponse(200, TEXT, OK.body, Map.of("Location", location));
    }

    static ApiResponse json(JsonNode document) {
        return json(200, document);
    }

    static ApiResponse csv(String text) {
        return new ApiResponse(200, "text/csv; charset=utf-8", text.getBytes(UTF_8), Map.of());
    }

    static ApiResponse xml(String text) {
        return xml(200, text);
    }

    /** An error: XML where XML was asked for, and always with a 503; otherwise JSON. */
    static ApiResponse error(int status, String title, String errors, boolean xml) {
        return xml || status == 503
                ? xml(status, EemlFormat.error(title, errors))
                : json(status, JsonFormat.object().put("title", title).put("errors", errors));
    }

    private static ApiResponse json(int status, JsonNode document) {
        byte[] body = document.toString().getBytes(UTF_8);
        return new ApiResponse(status, "application/json; charset=utf-8", body, Map.of());
    }

    private static ApiResponse xml(int status, String text) {
        return new ApiResponse(
                status, "application/xml; charset=utf-8", text.getBytes(UTF_8), Map.of());
    }
}
