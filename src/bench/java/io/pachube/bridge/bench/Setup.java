package io.pachube.bridge.bench;

/**
 * Who brings the values to Pachube, and how it is set.
 *
 * @param pool how many requests it makes at once
 * @param batch what the bridge puts into one: its {@code delivery.batch}
 */
record Setup(Contender contender, int pool, String batch, Jdk jdk) {

    enum Contender {
        RAW_PUTS,
        CAMEL_HTTP,
        ACK_ONLY,
        PEER,
        CAMEL_PEER,
        BRIDGE
    }

    /** As by default. */
    static final int POOL = 32;

    static final Setup RAW_PUTS = new Setup(Contender.RAW_PUTS, POOL, "none", Jdk.THIS);
    static final Setup CAMEL_HTTP = new Setup(Contender.CAMEL_HTTP, POOL, "none", Jdk.THIS);
    static final Setup ACK_ONLY = new Setup(Contender.ACK_ONLY, POOL, "none", Jdk.THIS);
    static final Setup PEER = new Setup(Contender.PEER, POOL, "none", Jdk.THIS);
    static final Setup CAMEL_PEER = new Setup(Contender.CAMEL_PEER, POOL, "none", Jdk.THIS);
    static final Setup SINGLE = new Setup(Contender.BRIDGE, POOL, "none", Jdk.THIS);
    static final Setup BATCHED = new Setup(Contender.BRIDGE, POOL, "feed", Jdk.THIS);

    Setup with(Jdk other) {
        return new Setup(contender, pool, batch, other);
    }

    Setup withPool(int other) {
        return new Setup(contender, other, batch, jdk);
    }

    @Override
    public String toString() {
        String name =
                switch (contender) {
                    case RAW_PUTS -> "raw PUTs";
                    case CAMEL_HTTP -> "camel-http only";
                    case ACK_ONLY -> "ack only";
                    case PEER -> "peer";
                    case CAMEL_PEER -> "bare Camel";
                    case BRIDGE -> "bridge, batch=" + batch;
                };
        return name
                + (pool == POOL ? "" : ", pool " + pool)
                + (jdk.equals(Jdk.THIS) ? "" : ", JDK " + jdk.version());
    }
}
