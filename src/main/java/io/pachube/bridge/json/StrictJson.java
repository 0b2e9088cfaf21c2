package io.pachube.bridge.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.delivery.InvalidMessageException;

import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;

/** How JSON of strangers is read: one document, no name twice, numbers digit by digit. */
public final class StrictJson {

    public static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                    .build();

    private StrictJson() {}

    /**
     * @param what the payload is to be, such as {@code trigger command}
     * @throws InvalidMessageException if it is no JSON
     */
    public static JsonNode read(byte[] payload, String what) throws InvalidMessageException {
        try {
            return MAPPER.readTree(payload);
        } catch (JsonProcessingException e) {
            throw new InvalidMessageException(
                    "The " + what + " is not JSON: " + e.getOriginalMessage());
        } catch (NumberFormatException e) {
            throw new InvalidMessageException("The " + what + " holds a number out of range");
        } catch (IOException e) {
            throw new InvalidMessageException("The " + what + " is not UTF-8");
        }
    }

    /**
     * @param where the object is, for the message, such as {@code " in 'unit'"}; or empty
     * @throws InvalidMessageException if an object has other fields than these
     */
    public static void requireOnlyFields(JsonNode object, Set<String> fields, String where)
            throws InvalidMessageException {
        for (var names = object.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!fields.contains(name)) {
                throw new InvalidMessageException(
                        "there is no field '"
                                + abbreviate(name)
                                + "'"
                                + where
                                + "; the fields are "
                                + new TreeSet<>(fields));
            }
        }
    }

    /** What a stranger has written, as long as a message may show it. */
    public static String abbreviate(String text) {
        return text.length() <= 64 ? text : text.substring(0, 64) + "...";
    }
}
