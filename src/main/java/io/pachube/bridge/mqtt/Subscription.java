package io.pachube.bridge.mqtt;

import org.eclipse.paho.client.mqttv3.IMqttActionListener;
import org.eclipse.paho.client.mqttv3.IMqttToken;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.HashSet;
import java.util.Set;

/**
 * The subscription of one client. Camel's own waits for the SUBACK while the receiving thread waits
 * for capacity (paho.mqtt.java 608 and 999); this one does not wait.
 *
 * <p>Its state is guarded by the lock of the client, with which every method is called.
 */
final class Subscription {

    private static final Logger LOG = LoggerFactory.getLogger(Subscription.class);
    private static final int REFUSED = 0x80;

    private final MqttConnection connection;
    private final Object lock;
    private final String sharedPrefix;
    private Runnable onSubscribed = () -> {};

    // valid for the session

    private TopicFilter filter;
    private int qos;

    /** Those that were subscribed to before; messages on them may still arrive. */
    private final Set<TopicFilter> staleFilters = new HashSet<>();

    private boolean subscribed;
    private boolean staleTopicLogged;

    /**
     * @param sharedGroup subscribe as {@code $share/<group>/<filter>}; null or empty: not
     */
    Subscription(MqttConnection connection, Object lock, String sharedGroup) {
        this.connection = connection;
        this.lock = lock;
        this.sharedPrefix =
                sharedGroup == null || sharedGroup.isEmpty() ? "" : "$share/" + sharedGroup + "/";
    }

    /**
     * @param action is called each time that the broker has accepted the subscription; must not
     *     wait
     */
    void onSubscribed(Runnable action) {
        onSubscribed = action;
    }

    /** Sets the filter; {@link #subscribe} then subscribes to it. */
    void set(String newFilter, int newQos) {
        if (filter != null) {
            staleFilters.add(filter);
        }
        filter = new TopicFilter(newFilter);
        staleFilters.remove(filter);
        qos = newQos;
        subscribed = false;
    }

    /** Returns true if there is nothing to subscribe to, or the broker has accepted it. */
    boolean isSubscribed() {
        return filter == null || subscribed;
    }

    /** The broker has forgotten the session. */
    void onSessionLost() {
        subscribed = false;
    }

    /**
     * Subscribes if connected and not yet subscribed. Never on a kept subscription: the broker
     * would send all retained messages again.
     */
    void subscribe() {
        if (isSubscribed() || !connection.isRunning() || !connection.isConnected()) {
            return;
        }
        try {
            connection.client().subscribe(shared(filter), qos, null, new SubscribeListener());
            // not before: a message published in between would match neither
            if (!staleFilters.isEmpty()) {
                connection
                        .client()
                        .unsubscribe(
                                staleFilters.stream().map(this::shared).toArray(String[]::new));
            }
        } catch (MqttException e) {
            LOG.debug("{} could not subscribe", clientId(), e);
        }
    }

    private String shared(TopicFilter each) {
        return sharedPrefix + each.filter();
    }

    /** Returns true for a topic that was subscribed to, now or before the filter was edited. */
    boolean matches(String topic) {
        return filter.matches(topic)
                || staleFilters.stream().anyMatch(stale -> stale.matches(topic));
    }

    /** Logs once that a kept session has filters of earlier runs. */
    void logStaleTopic() {
        if (!staleTopicLogged) {
            staleTopicLogged = true;
            LOG.warn(
                    "{}: the broker's kept session brings topics outside {}; they are acknowledged"
                            + " and dropped",
                    clientId(),
                    filter);
        }
    }

    private String clientId() {
        return connection.client().getClientId();
    }

    private void retry() {
        connection.schedule(
                () -> {
                    synchronized (lock) {
                        subscribe();
                    }
                },
                ReconnectBackoff.MAX_DELAY);
    }

    private final class SubscribeListener implements IMqttActionListener {
        @Override
        public void onSuccess(IMqttToken token) {
            int[] granted = token.getGrantedQos();
            if (granted.length > 0 && granted[0] == REFUSED) {
                LOG.error("{}: the broker refuses the subscription to {}", clientId(), filter);
                retry();
                return;
            }
            Runnable next;
            synchronized (lock) {
                subscribed = true;
                next = onSubscribed;
            }
            next.run();
        }

        @Override
        public void onFailure(IMqttToken token, Throwable cause) {
            LOG.warn(
                    "{} could not subscribe to {} ({})",
                    clientId(),
                    filter,
                    ConnectionLog.reason(cause));
            retry();
        }
    }
}
