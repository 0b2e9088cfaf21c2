package io.pachube.bridge.callback;

/** A notification whose trigger has a history subscription: a task for {@code delivery:history}. */
public record ReceivedNotification(CallbackTarget target, Notification notification) {

    /** Returns the ordering key of the subscription; it holds the API key. */
    String orderingKey() {
        return orderingKey(
                target.key(),
                notification.environment(),
                notification.datastream(),
                target.topic());
    }

    /** Returns the ordering key of all that is published for a history subscription. */
    public static String orderingKey(
            String key, String environment, String datastream, String topic) {
        return key + "/" + environment + "/" + datastream + "/" + topic;
    }

    /** Names no key. */
    @Override
    public String toString() {
        return "notification of environment "
                + notification.environment()
                + ", datastream "
                + notification.datastream();
    }
}
