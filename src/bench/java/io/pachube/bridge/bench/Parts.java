package io.pachube.bridge.bench;

import io.pachube.bridge.bench.Table.Row;

/** The parts of the table, by the conditions that stand above them. */
final class Parts {

    static final String STEADY = "1  sink 0 ms, 100 datastreams of 10 feeds, 20 clients, QoS 1";
    static final String QOS_0 = "2  as 1, QoS 0";
    static final String HUNDRED = "3  as 1, 100 datastreams";
    static final String THOUSAND = "3  as 1, 1,000 datastreams of 100 feeds";
    static final String CLIENTS = "3  as 1, 1,000 datastreams of 100 feeds, 200 clients";
    static final String TEN_THOUSAND = "3  as 1, 10,000 datastreams of 100 feeds";
    private static final String BACKLOG = "3  as 1, a backlog";
    static final String SLOW = "4  sink 100 ms, 1,000 datastreams of 100 feeds, QoS 1";
    static final String PACED = "5  as 1, 100 values/s";
    static final String NEWER = "8  as 1, newer JDK";
    static final String NEWER_SLOW = "8  as 4, newer JDK";

    static final Row CALLBACKS =
            new Row("6  2,000 callbacks/s, from request to MQTT message", "bridge");
    static final Row START = new Row("7  start, until subscribed (as p50)", "bridge");

    static Row drained(Setup setup) {
        return new Row(BACKLOG, setup + ", drained");
    }

    static Row thereafter(Setup setup) {
        return new Row(BACKLOG, setup + ", thereafter");
    }

    private Parts() {}
}
