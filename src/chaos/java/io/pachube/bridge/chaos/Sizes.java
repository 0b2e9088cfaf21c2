package io.pachube.bridge.chaos;

/**
 * How much is done in the scenes; the defaults are the short form, the Maven profile {@code chaos}
 * sets the full one.
 *
 * @param kills of the bridge
 * @param away values that are published while the bridge is away
 * @param restarts of the broker
 * @param outageSeconds how long Pachube is away
 * @param faulty values in the scenes where requests fail
 * @param giveUpSeconds {@code retry.timeout} where one key and one datastream always fail
 * @param datastreams how many distinct ones must leave nothing behind
 * @param timed whether times are judged, not told alone
 */
record Sizes(
        int kills,
        int away,
        int restarts,
        int outageSeconds,
        int faulty,
        int giveUpSeconds,
        int datastreams,
        boolean timed) {

    static Sizes fromSystemProperties() {
        return new Sizes(
                Integer.getInteger("chaos.kills", 2),
                Integer.getInteger("chaos.away", 5_000),
                Integer.getInteger("chaos.restarts", 2),
                Integer.getInteger("chaos.outage-seconds", 5),
                Integer.getInteger("chaos.faulty", 1_000),
                Integer.getInteger("chaos.give-up-seconds", 4),
                Integer.getInteger("chaos.datastreams", 10_000),
                Boolean.getBoolean("chaos.timed"));
    }
}
