package io.pachube.bridge.bench;

import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Only acknowledges each message: the limit of the broker and of the client library of the bridge.
 */
public final class AckOnly implements MqttCallback {

    private final Verifier verifier;

    private AckOnly(Verifier verifier) {
        this.verifier = verifier;
    }

    /**
     * @param args the board's file, the broker's port, the topics
     */
    public static void main(String[] args) throws IOException, MqttException {
        MqttClient client =
                new MqttClient("tcp://127.0.0.1:" + args[1], "ack-only", new MemoryPersistence());
        client.setCallback(new AckOnly(new Verifier(new Board(Path.of(args[0])))));
        MqttConnectOptions options = new MqttConnectOptions();
        options.setCleanSession(false);
        client.connect(options);
        client.subscribe(args[2], 1);
    }

    @Override
    public void messageArrived(String topic, MqttMessage message) {
        byte[] bytes = topic.getBytes(StandardCharsets.ISO_8859_1);
        int datastream = Verifier.datastream(bytes, topic.lastIndexOf('/') + 1, bytes.length);
        verifier.store(datastream, message.getPayload(), 0);
    }

    @Override
    public void connectionLost(Throwable cause) {
        System.exit(1);
    }

    @Override
    public void deliveryComplete(IMqttDeliveryToken token) {}
}
