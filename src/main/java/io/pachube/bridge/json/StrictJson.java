package io.pachube.bridge.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.delivery.InvalidMessageException;

import java.io.IOException;

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
}
