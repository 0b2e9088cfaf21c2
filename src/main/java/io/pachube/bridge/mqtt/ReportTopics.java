package io.pachube.bridge.mqtt;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Recognizes the reports that the bridge publishes: a filter that takes them would make a loop. */
final class ReportTopics {

    private static final byte[] REPORT = "{\"operation\":\"".getBytes(StandardCharsets.US_ASCII);

    private ReportTopics() {}

    /** Returns true for a report, on a topic below the prefix or on any other. */
    static boolean isReport(String prefix, String topic, byte[] payload) {
        return isReport(prefix, topic) || isReport(topic, payload);
    }

    /**
     * Returns true for a topic below the prefix on which the bridge publishes errors or statuses. A
     * datastream may have the name {@code error}: its topic has three levels below the prefix.
     */
    static boolean isReport(String prefix, String topic) {
        if (!topic.endsWith("/error") && !topic.endsWith("/trigger/status")
                || !topic.startsWith(prefix + "/")) {
            return false;
        }
        return topic.substring(prefix.length()).chars().filter(c -> c == '/').count() != 3;
    }

    /**
     * Returns true for an error report on a message outside the prefix: there a topic may end in
     * {@code /error} for another reason, but no other payload begins like that of a report.
     */
    static boolean isReport(String topic, byte[] payload) {
        return topic.endsWith("/error")
                && payload.length > REPORT.length
                && Arrays.equals(payload, 0, REPORT.length, REPORT, 0, REPORT.length);
    }
}
