package io.pachube.bridge.bench;

/**
 * What a contender has to cope with.
 *
 * @param qos of what is published
 * @param connections over which it is published
 * @param delayMillis how long Pachube takes for a request
 * @param inflight the broker's {@code max_inflight_messages}
 * @param outstanding how many values may be published and not yet stored
 * @param rate values a second while it is measured; 0: as fast as they are stored
 */
record Conditions(
        int qos,
        int datastreams,
        int connections,
        int delayMillis,
        int inflight,
        int outstanding,
        int rate) {

    /** As much as goes, to a Pachube that answers at once. */
    static final Conditions PLAIN =
            new Conditions(
                    1,
                    100,
                    4,
                    0,
                    Integer.getInteger("bench.inflight", 1_000),
                    Integer.getInteger("bench.outstanding", 2_000),
                    0);
}
