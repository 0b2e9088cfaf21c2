package io.pachube.bridge.callback;

/**
 * Options of publishing a trigger's notifications; one byte of the callback token.
 *
 * @param isPublic under {@code public} instead of the key
 * @param json a JSON document instead of the bare value
 * @param retain the broker keeps the last one for whoever subscribes later
 * @param history every datapoint since the last one published, not only the one in the notification
 * @param qos 0, 1 or 2
 */
public record NotificationOptions(
        boolean isPublic, boolean json, boolean retain, boolean history, int qos) {

    /** The value, once, at QoS 1. */
    public static final NotificationOptions DEFAULT =
            new NotificationOptions(false, false, false, false, 1);

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

    /** Returns the options of which {@link #toByte} returned a byte. */
    public static NotificationOptions fromByte(byte bits) {
        return new NotificationOptions(
                (bits & PUBLIC) != 0,
                (bits & JSON) != 0,
                (bits & RETAIN) != 0,
                (bits & HISTORY) != 0,
                bits >> QOS_SHIFT & 3 ^ QOS_FLIP);
    }
}
