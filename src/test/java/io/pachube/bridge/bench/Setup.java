package io.pachube.bridge.bench;

/**
 * Who brings the values to Pachube, and how it is set.
 *
 * @param pool how many requests it makes at once
 * @param batchSize how many values the bridge may put into one
 */
record Setup(Contender contender, int pool, int batchSize, Jdk jdk) {

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

    static final Setup RAW_PUTS = new Setup(Contender.RAW_PUTS, POOL, 1, Jdk.THIS);
    static final Setup CAMEL_HTTP = new Setup(Contender.CAMEL_HTTP, POOL, 1, Jdk.THIS);
    static final Setup ACK_ONLY = new Setup(Contender.ACK_ONLY, POOL, 1, Jdk.THIS);
    static final Setup PEER = new Setup(Contender.PEER, POOL, 1, Jdk.THIS);
    static final Setup CAMEL_PEER = new Setup(Contender.CAMEL_PEER, POOL, 1, Jdk.THIS);
    static final Setup SINGLE = new Setup(Contender.BRIDGE, POOL, 1, Jdk.THIS);
    static final Setup BATCHED = new Setup(Contender.BRIDGE, POOL, 500, Jdk.THIS);

    Setup with(Jdk other) {
        return new Setup(contender, pool, batchSize, other);
    }

    Setup withPool(int other) {
        return new Setup(contender, other, batchSize, jdk);
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
                    case BRIDGE -> "bridge, batch-size=" + batchSize;
                };
        return name
                + (pool == POOL ? "" : ", pool " + pool)
                + (jdk.equals(Jdk.THIS) ? "" : ", JDK " + jdk.version());
    }
}
