package io.pachube.bridge.mqtt;

import org.eclipse.paho.client.mqttv3.MqttMessage;

import java.util.function.Consumer;

/** Takes a message whose payload is too large to be handed to a route. */
public interface OversizedReceiver {

    /**
     * @param message the message, with the beginning of its payload
     * @param ended takes whether the message may be acknowledged; otherwise it comes again
     */
    void oversized(String topic, MqttMessage message, Consumer<Boolean> ended);
}
