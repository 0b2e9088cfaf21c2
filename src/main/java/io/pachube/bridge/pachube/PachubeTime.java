package io.pachube.bridge.pachube;

import com.fasterxml.jackson.databind.JsonNode;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;

/** Times as Pachube writes them (contract, 1). */
public final class PachubeTime {

    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSX").withZone(ZoneOffset.UTC);

    private PachubeTime() {}

    /** Returns the time that a text says; null if it is none. */
    public static Instant parse(JsonNode text) {
        try {
            return Instant.parse(text.asText("")); // offsets too
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    /** Returns the time as Pachube writes it. */
    public static String format(Instant time) {
        return FORMAT.format(time);
    }
}
