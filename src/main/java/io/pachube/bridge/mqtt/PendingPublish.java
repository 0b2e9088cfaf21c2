package io.pachube.bridge.mqtt;

import org.eclipse.paho.client.mqttv3.IMqttToken;
import org.eclipse.paho.client.mqttv3.MqttMessage;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/** One publish and its attempts. Guarded by {@link PendingPublishes}. */
final class PendingPublish {

    /** The fixed header, the topic's length and the packet identifier, in bytes. */
    private static final int OVERHEAD = 9;

    enum State {
        UNSENT,
        IN_FLIGHT,
        ACKNOWLEDGED,
        REFUSED
    }

    final String topic;
    final byte[] payload;
    final int qos;
    final boolean retained;
    final int size;
    State state = State.UNSENT;

    /** When it was sent, or ended; nanoseconds. */
    long since;

    /** Connections in a row that ended while it was the oldest one in flight. */
    int closes;

    /** Another payload was published on the topic since. */
    boolean isSuperseded;

    // valid for one attempt

    IMqttToken token;
    CompletableFuture<Void> outcome;

    /** Its place in the order of sending. */
    long number;

    PendingPublish(String topic, byte[] payload, int qos, boolean retained) {
        this.topic = topic;
        this.payload = payload;
        this.qos = qos;
        this.retained = retained;
        this.size = topic.getBytes(StandardCharsets.UTF_8).length + payload.length + OVERHEAD;
    }

    boolean isRetriedBy(PendingPublish other) {
        return topic.equals(other.topic)
                && qos == other.qos
                && retained == other.retained
                && (payload == other.payload
                        || !isSuperseded && Arrays.equals(payload, other.payload));
    }

    MqttMessage message() {
        MqttMessage message = new MqttMessage(payload);
        message.setQos(qos);
        message.setRetained(retained);
        return message;
    }
}
