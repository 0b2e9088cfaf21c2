package io.pachube.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.Map;

/** What the server answers. */
record Answer(int status, String contentType, byte[] body, Map<String, String> headers) {
    private static final String TEXT = "text/plain; charset=utf-8";

    /** Pachube's body was one space (contract, section 2.1), which a client took for a failure. */
    static final Answer OK = new Answer(200, TEXT, new byte[0], Map.of());

    static Answer created(String location) {
        return new Answer(201, TEXT, new byte[0], Map.of("Location", location));
    }

    static Answer moved(String location) {
        return new Answer(200, TEXT, OK.body, Map.of("Location", location));
    }

    static Answer json(JsonNode document) {
        return json(200, document);
    }

    static Answer csv(String text) {
        return new Answer(200, "text/csv; charset=utf-8", text.getBytes(UTF_8), Map.of());
    }

    static Answer xml(String text) {
        return xml(200, text);
    }

    /** An error: XML where XML was asked for, and always with a 503; otherwise JSON. */
    static Answer error(int status, String title, String errors, boolean xml) {
        return xml || status == 503
                ? xml(status, Eeml.error(title, errors))
                : json(status, JsonForm.object().put("title", title).put("errors", errors));
    }

    private static Answer json(int status, JsonNode document) {
        byte[] body = document.toString().getBytes(UTF_8);
        return new Answer(status, "application/json; charset=utf-8", body, Map.of());
    }

    private static Answer xml(int status, String text) {
        return new Answer(status, "application/xml; charset=utf-8", text.getBytes(UTF_8), Map.of());
    }
}
