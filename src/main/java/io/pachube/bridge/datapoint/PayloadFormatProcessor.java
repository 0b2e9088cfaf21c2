package io.pachube.bridge.datapoint;

import com.fasterxml.jackson.databind.JsonNode;

import io.pachube.bridge.delivery.InvalidMessageException;
import io.pachube.bridge.json.StrictJson;

import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A step that says in which form a body goes to Pachube (contract, 2.1): sets the variables {@code
 * format}, the address's suffix, and {@code type}, the media type.
 *
 * <p>What begins with a brace is a JSON document of the datastream. It is checked, and goes as it
 * came; all else is CSV, which Pachube checks. Thread safe.
 */
public final class PayloadFormatProcessor implements Processor {

    private static final Set<String> FIELDS =
            Set.of(
                    "version",
                    "id",
                    "current_value",
                    "at",
                    "max_value",
                    "min_value",
                    "tags",
                    "unit",
                    "datapoints");

    private static final Set<String> UNIT_FIELDS = Set.of("type", "symbol", "label");

    /** Or none (contract, 1). */
    private static final List<String> UNIT_TYPES =
            List.of(
                    "basicSI",
                    "derivedSI",
                    "conversionBasedUnits",
                    "derivedUnits",
                    "contextDependentUnits");

    /** Characters of a value, of a tag, and of what a unit says (contract, 1). */
    private static final int MAX_LENGTH = 255;

    private static final String SIZE = " of 1 to " + MAX_LENGTH + " characters";

    /** ISO 8601, with or without an offset (contract, 1). */
    private static final DateTimeFormatter TIME =
            new DateTimeFormatterBuilder()
                    .append(DateTimeFormatter.ISO_LOCAL_DATE)
                    .optionalStart()
                    .appendLiteral('T')
                    .append(DateTimeFormatter.ISO_LOCAL_TIME)
                    .optionalEnd()
                    .appendPattern("[XXX][XX][X]")
                    .toFormatter(Locale.ROOT)
                    .withResolverStyle(ResolverStyle.STRICT);

    @Override
    public void process(Exchange exchange) throws InvalidMessageException {
        Message message = exchange.getIn();
        Object body = message.getBody();
        if (body != null && !(body instanceof byte[]) && !(body instanceof String)) {
            // made by a step before this one; to read it may use it up
            byte[] bytes = message.getBody(byte[].class);
            if (bytes != null) {
                message.setBody(bytes);
                body = bytes;
            }
        }
        boolean document =
                body instanceof byte[] bytes
                        ? isDocument(bytes)
                        : body instanceof String text && text.stripLeading().startsWith("{");
        if (document) {
            byte[] bytes =
                    body instanceof String text
                            ? text.getBytes(StandardCharsets.UTF_8)
                            : (byte[]) body;
            message.setBody(bytes);
            String key = exchange.getVariable("key", "", String.class);
            try {
                check(bytes, exchange.getVariable("datastream", String.class));
            } catch (InvalidMessageException e) {
                throw new InvalidMessageException(DatastreamAddress.mask(e.getMessage(), key));
            }
        }
        exchange.setVariable("format", document ? "json" : "csv");
        exchange.setVariable("type", document ? "application/json" : "text/csv");
    }

    private static boolean isDocument(byte[] body) {
        int first = 0;
        while (first < body.length && CsvTimestamper.isSpace(body[first])) {
            first++;
        }
        return first < body.length && body[first] == '{';
    }

    /**
     * @param json begins with a brace
     * @param datastream the id of the one that it is for
     * @throws InvalidMessageException if Pachube would not take it as it is meant
     */
    static void check(byte[] json, String datastream) throws InvalidMessageException {
        JsonNode document = StrictJson.read(json, "document");
        StrictJson.requireOnlyFields(document, FIELDS, "");
        if (document.has("version") && !"1.0.0".equals(document.get("version").textValue())) {
            throw new InvalidMessageException("'version' is \"1.0.0\", or left out");
        }
        if (document.has("id") && !isText(document.get("id"), datastream)) {
            throw new InvalidMessageException(
                    "'id' is not that of the topic's datastream, '"
                            + datastream
                            + "': it may be left out");
        }
        for (String value : List.of("current_value", "max_value", "min_value")) {
            if (document.has(value)) {
                value(document, value);
            }
        }
        if (document.has("at")) {
            time(document);
        }
        if (document.has("tags")) {
            tags(document.get("tags"));
        }
        if (document.has("unit")) {
            unit(document.get("unit"));
        }
        if (document.has("datapoints")) {
            datapoints(document.get("datapoints"));
        }
        if (!document.has("current_value")
                && !document.has("tags")
                && !document.has("unit")
                && document.path("datapoints").isEmpty()) {
            throw new InvalidMessageException(
                    "The document holds nothing to store, such as {\"current_value\":\"21.5\"}");
        }
    }

    private static boolean isText(JsonNode node, String text) {
        return (node.isTextual() || node.isNumber()) && node.asText().equals(text);
    }

    private static void value(JsonNode object, String name) throws InvalidMessageException {
        JsonNode value = object.path(name);
        if (!value.isTextual() && !value.isNumber() || !isFilled(value.asText())) {
            throw new InvalidMessageException("'" + name + "' is a string or a number" + SIZE);
        }
    }

    /** With a character that is more than space: Pachube stores nothing otherwise. */
    private static boolean isFilled(String text) {
        return !text.isBlank() && text.codePointCount(0, text.length()) <= MAX_LENGTH;
    }

    private static void time(JsonNode object) throws InvalidMessageException {
        String text = object.path("at").asText();
        try {
            int year = TIME.parse(text).get(ChronoField.YEAR);
            if (object.get("at").isTextual() && year > 0 && year < 9999) {
                return;
            }
        } catch (DateTimeException e) {
            // refused below
        }
        throw new InvalidMessageException(
                "'at' is a time such as \"2012-01-01T00:00:00Z\" (ISO 8601)");
    }

    /** A list; or one text, with commas. */
    private static void tags(JsonNode tags) throws InvalidMessageException {
        boolean right = tags.isArray() || isTag(tags);
        for (JsonNode tag : tags) {
            right &= isTag(tag);
        }
        if (!right) {
            throw new InvalidMessageException("'tags' is a list of strings" + SIZE);
        }
    }

    private static boolean isTag(JsonNode node) {
        return node.isTextual() && isFilled(node.textValue());
    }

    private static void unit(JsonNode unit) throws InvalidMessageException {
        if (!unit.isObject()) {
            throw new InvalidMessageException(
                    "'unit' is an object such as {\"symbol\":\"C\",\"label\":\"Celsius\"}");
        }
        StrictJson.requireOnlyFields(unit, UNIT_FIELDS, " in 'unit'");
        for (JsonNode text : unit) {
            if (!text.isTextual() || text.textValue().length() > MAX_LENGTH) {
                throw new InvalidMessageException(
                        "'unit' holds strings of up to " + MAX_LENGTH + " characters");
            }
        }
        String type = unit.path("type").asText();
        if (!type.isEmpty() && !UNIT_TYPES.contains(type)) {
            throw new InvalidMessageException("'type' in 'unit' is one of " + UNIT_TYPES);
        }
    }

    private static void datapoints(JsonNode datapoints) throws InvalidMessageException {
        if (!datapoints.isArray() || datapoints.size() > FeedBatchFormat.MAX_ROWS) {
            throw new InvalidMessageException(
                    "'datapoints' is a list of up to "
                            + FeedBatchFormat.MAX_ROWS
                            + " of {\"at\":\"2012-01-01T00:00:00Z\",\"value\":\"21.5\"}");
        }
        for (int i = 0; i < datapoints.size(); i++) {
            JsonNode datapoint = datapoints.get(i);
            try {
                if (!datapoint.isObject()) {
                    throw new InvalidMessageException("it is no object");
                }
                StrictJson.requireOnlyFields(datapoint, Set.of("at", "value"), "");
                time(datapoint);
                value(datapoint, "value");
            } catch (InvalidMessageException e) {
                throw new InvalidMessageException(
                        "Datapoint "
                                + (i + 1)
                                + " of "
                                + datapoints.size()
                                + ": "
                                + e.getMessage());
            }
        }
    }
}
