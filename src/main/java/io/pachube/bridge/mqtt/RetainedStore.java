package io.pachube.bridge.mqtt;

import org.eclipse.paho.client.mqttv3.MqttException;

/** Stores the bridge's state in retained messages. Thread safe. */
public interface RetainedStore {

    /**
     * Publishes a retained message, and returns when the broker has acknowledged.
     *
     * @param payload empty: removes the retained message of the topic
     * @throws MqttException if the broker does not acknowledge
     */
    void put(String topic, byte[] payload) throws MqttException;

    /** Publishes if connected, without waiting; not retained. */
    void publishIfConnected(String topic, byte[] payload);
}
