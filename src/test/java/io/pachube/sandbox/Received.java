package io.pachube.sandbox;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttMessage;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The messages that came, as {@code topic=payload}, in the order in which they came. */
final class Received implements MqttCallback {
    final List<String> all = new CopyOnWriteArrayList<>();

    @Override
    public void messageArrived(String topic, MqttMessage message) {
        all.add(topic + "=" + new String(message.getPayload(), UTF_8));
    }

    @Override
    public void connectionLost(Throwable cause) {}

    @Override
    public void deliveryComplete(IMqttDeliveryToken token) {}

    void awaitAll(String... expected) {
        await().until(() -> all.size() >= expected.length);
        assertEquals(List.of(expected), all);
    }
}
