package io.pachube.bridge.trigger;

/**
 * How what a trigger tells is published. It travels in the trigger's callback address, in a byte.
 *
 * @param isPublic under {@code public} instead of the key
 * @param json a JSON document instead of the bare value
 * @param retain the broker keeps the last one for whoever subscribes later
 * @param history every datapoint since the last one published, not only the one notified of
 * @param qos 0, 1 or 2
 */
public record Options(boolean isPublic, boolean json, boolean retain, boolean history, int qos) {

    /** The value, once, at QoS 1. */
    public static final Options PLAIN = new Options(false, false, false, false, 1);

    private static final int PUBLIC = 1;
    private static final int JSON = 2;
    private static final int RETAIN = 4;
    private static final int HISTORY = 8;
    private static final int QOS_SHIFT = 4;

    /** QoS 1 is zero, as in the tokens that had no QoS. */
    private static final int QOS_FLIP = 1;

    /** The first bit is that of the tokens that had no other option. */
    public byte toByte() {
        return (byte)
                ((isPublic ? PUBLIC : 0)
                        | (json ? JSON : 0)
                        | (retain ? RETAIN : 0)
                        | (history ? HISTORY : 0)
                        | (qos ^ QOS_FLIP) << QOS_SHIFT);
    }

    /** What {@link #toByte} has made. */
    public static Options of(byte bits) {
        return new Options(
                (bits & PUBLIC) != 0,
                (bits & JSON) != 0,
                (bits & RETAIN) != 0,
                (bits & HISTORY) != 0,
                bits >> QOS_SHIFT & 3 ^ QOS_FLIP);
    }
}
