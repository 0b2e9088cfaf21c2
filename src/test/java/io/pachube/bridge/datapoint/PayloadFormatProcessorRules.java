package io.pachube.bridge.datapoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.delivery.InvalidMessageException;

import java.io.IOException;
import java.util.Iterator;
import java.util.Set;

/** What holds for every document of a datastream, whatever a client makes of it. */
final class PayloadFormatProcessorRules {

    private static final JsonMapper JSON = new JsonMapper();

    private PayloadFormatProcessorRules() {}

    static void hold(byte[] payload) {
        try {
            PayloadFormatProcessor.check(payload, "t");
        } catch (InvalidMessageException e) {
            assertFalse(e.getMessage().isBlank());
            return;
        }
        JsonNode document;
        try {
            document = JSON.readTree(payload);
        } catch (IOException e) {
            throw new AssertionError("taken, but no JSON", e);
        }
        assertTrue(document.isObject());
        for (Iterator<String> names = document.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            JsonNode value = document.get(name);
            switch (name) {
                case "current_value", "max_value", "min_value" -> isValue(value);
                case "at" -> isTime(value);
                case "id" -> assertEquals("t", value.asText());
                case "version" -> assertEquals("1.0.0", value.textValue());
                case "tags" -> assertTrue(value.isArray() || value.isTextual());
                case "unit" -> assertTrue(value.isObject());
                case "datapoints" -> {
                    assertTrue(value.size() <= 500);
                    for (JsonNode datapoint : value) {
                        isTime(datapoint.path("at"));
                        isValue(datapoint.path("value"));
                    }
                }
                default -> throw new AssertionError(name);
            }
        }
        assertTrue(
                Set.of("current_value", "tags", "unit", "datapoints").stream()
                        .anyMatch(document::has));
    }

    private static void isValue(JsonNode value) {
        assertTrue(value.isTextual() || value.isNumber(), value::toString);
        assertFalse(value.asText().isBlank());
        assertTrue(value.asText().length() <= 2 * 255);
    }

    private static void isTime(JsonNode at) {
        assertTrue(at.asText().matches("\\d{4}-\\d\\d-\\d\\d(T.+)?.*"), at::toString);
    }
}
