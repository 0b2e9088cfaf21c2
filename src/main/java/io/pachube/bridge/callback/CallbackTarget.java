package io.pachube.bridge.callback;

/**
 * The target of a trigger's callbacks.
 *
 * @param key the API key of the trigger's owner
 * @param topic the level under which the notification is published; with a slash before it, below
 *     the datastream's own topic
 * @param options how it is published
 */
public record CallbackTarget(String key, String topic, NotificationOptions options) {

    /** Names no key. */
    @Override
    public String toString() {
        return "CallbackTarget[topic=" + topic + ", " + options + "]";
    }
}
