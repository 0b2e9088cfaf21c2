package io.pachube.bridge.console;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Something that needs attention.
 *
 * @param section of the page that has the details
 * @param since null if that is not known
 */
record Problem(Level level, String section, String text, Instant since) {

    enum Level {
        /** Part of the bridge's work is not done. */
        warning,
        /** The bridge does no work: readiness is DOWN. */
        down
    }

    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("level", level.name());
        json.put("section", section);
        json.put("text", text);
        if (since != null) {
            json.put("since", since.toEpochMilli());
        }
        return json;
    }
}
