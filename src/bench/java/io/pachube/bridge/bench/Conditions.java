package io.pachube.bridge.bench;

/**
 * The load while a contender is measured.
 *
 * @param feeds that have the datastreams
 * @param connections over which it is published
 * @param outstanding how many values may be published and not yet stored
 * @param rate values a second; 0: as fast as they are stored
 */
record Conditions(int qos, int datastreams, int feeds, int connections, int outstanding, int rate) {

    /** As much as goes. */
    static final Conditions PLAIN = new Conditions(1, 100, 10, 20, 2_000, 0);

    Conditions withQos(int other) {
        return new Conditions(other, datastreams, feeds, connections, outstanding, rate);
    }

    Conditions withDatastreams(int other, int otherFeeds) {
        return new Conditions(qos, other, otherFeeds, connections, outstanding, rate);
    }

    Conditions withConnections(int other) {
        return new Conditions(qos, datastreams, feeds, other, outstanding, rate);
    }

    Conditions withOutstanding(int other) {
        return new Conditions(qos, datastreams, feeds, connections, other, rate);
    }

    Conditions withRate(int other) {
        return new Conditions(qos, datastreams, feeds, connections, outstanding, other);
    }
}
