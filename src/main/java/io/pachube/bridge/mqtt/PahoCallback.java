package io.pachube.bridge.mqtt;

import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttCallbackExtended;
import org.eclipse.paho.client.mqttv3.MqttMessage;

import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Receives messages of QoS 2, and the end of the connection. Called by Paho on its callback thread;
 * nothing here may wait.
 */
record PahoCallback(Consumer<Throwable> onLost, BiConsumer<String, MqttMessage> onMessage)
        implements MqttCallbackExtended {

    @Override
    public void connectComplete(boolean reconnect, String url) {
        // MqttConnection has it, with whether the session was there
    }

    @Override
    public void connectionLost(Throwable cause) {
        onLost.accept(cause);
    }

    @Override
    public void messageArrived(String topic, MqttMessage message) {
        onMessage.accept(topic, message);
    }

    @Override
    public void deliveryComplete(IMqttDeliveryToken token) {}
}
