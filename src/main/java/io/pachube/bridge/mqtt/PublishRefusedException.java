package io.pachube.bridge.mqtt;

import io.pachube.bridge.log.SecretMasker;

import org.eclipse.paho.client.mqttv3.MqttException;

/** Thrown for a publish that the broker refuses: a retry of it cannot succeed. */
public final class PublishRefusedException extends MqttException {

    private final String topic;
    private final int size;

    PublishRefusedException(String topic, int size) {
        super(REASON_CODE_CONNECTION_LOST);
        this.topic = topic;
        this.size = size;
    }

    @Override
    public String getMessage() {
        return "The broker refuses a packet of "
                + size
                + " bytes on "
                + SecretMasker.mask(topic)
                + ": it closes the connection. Its log has the reason, such as a maximum packet"
                + " size";
    }

    @Override
    public String toString() {
        return getMessage();
    }
}
