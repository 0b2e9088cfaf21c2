package io.pachube.bridge.datapoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.delivery.InvalidMessageException;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** What holds for every topic, whatever a client makes of it. */
final class DatastreamAddressRules {

    private DatastreamAddressRules() {}

    static void hold(String prefix, String topic) {
        DatastreamAddress parsed;
        try {
            parsed = DatastreamAddress.parse(prefix, topic);
        } catch (InvalidMessageException e) {
            String key = DatastreamAddress.key(prefix, topic);
            // a message has words of its own, but no digits among them
            if (key != null && key.matches("[A-Za-z0-9_-]{8,128}") && key.matches(".*[0-9].*")) {
                assertFalse(e.getMessage().contains(key), e.getMessage());
            }
            return;
        }
        assertTrue(parsed.key().matches("[A-Za-z0-9_-]{1,128}"), parsed.key());
        assertFalse(parsed.key().equals("public"));
        assertTrue(parsed.environment().matches("[1-9][0-9]*"), parsed.environment());
        assertTrue(parsed.datastream().matches("[\\p{L}0-9_\\-+.]+"), parsed.datastream());
        isOneAddress(parsed);
    }

    /** The path as the route sends it: with the suffix, so that {@code ..} is no segment either. */
    private static void isOneAddress(DatastreamAddress parsed) {
        String path = parsed.path() + ".csv";
        assertTrue(path.matches("[A-Za-z0-9/%._-]+"), path);
        String[] segments = path.split("/", -1);
        assertEquals(5, segments.length, path);
        assertEquals("", segments[0]);
        assertEquals("feeds", segments[1]);
        assertEquals(parsed.environment(), segments[2]);
        assertEquals("datastreams", segments[3]);
        assertEquals(
                parsed.datastream() + ".csv",
                URLDecoder.decode(segments[4], StandardCharsets.UTF_8));
        assertEquals(path, URI.create("http://localhost" + path).normalize().getRawPath());
    }
}
