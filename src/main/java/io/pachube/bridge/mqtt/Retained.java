package io.pachube.bridge.mqtt;

import org.eclipse.paho.client.mqttv3.MqttException;

/** What the broker keeps for the bridge. Thread safe. */
public interface Retained {

    /**
     * Has the broker keep a message for a topic, and returns when it does.
     *
     * @param payload empty: it keeps none any more
     * @throws MqttException if the broker does not take it
     */
    void keep(String topic, byte[] payload) throws MqttException;

    /** Publishes if that can be done at once, without waiting; nothing is kept. */
    void offer(String topic, byte[] payload);
}
