package io.pachube.bridge.mqtt;

/** An MQTT topic filter (MQTT 3.1.1, 4.7). Paho's own takes no empty level for a {@code +}. */
record TopicFilter(String filter) {

    /** Returns true if the topic matches. Compares in place: each message comes this way. */
    boolean matches(String topic) {
        int f = 0;
        int t = 0;
        while (f <= filter.length()) {
            int length = end(filter, f) - f;
            if (length == 1 && filter.charAt(f) == '#') {
                return true;
            }
            if (t > topic.length()) {
                return false;
            }
            int topicLength = end(topic, t) - t;
            boolean any = length == 1 && filter.charAt(f) == '+';
            if (!any && (length != topicLength || !filter.regionMatches(f, topic, t, length))) {
                return false;
            }
            f += length + 1;
            t += topicLength + 1;
        }
        return t > topic.length();
    }

    private static int end(String levels, int begin) {
        int slash = levels.indexOf('/', begin);
        return slash < 0 ? levels.length() : slash;
    }

    @Override
    public String toString() {
        return filter;
    }
}
