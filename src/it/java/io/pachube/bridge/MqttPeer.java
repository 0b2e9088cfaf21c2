package io.pachube.bridge;

import org.awaitility.Awaitility;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

import javax.net.ssl.SSLContext;

/** A client of the broker, as a device or a person would be. */
final class MqttPeer implements AutoCloseable {

    /** A message that it received. */
    record Received(String topic, String payload, int qos, boolean retained) {}

    /** How often a client that was refused may see no more than the end of its connection. */
    private static final int LOST = 5;

    private static final int UNAVAILABLE = 200;

    private final MqttClient client;
    private final List<Received> received = new CopyOnWriteArrayList<>();

    MqttPeer(String url) throws MqttException {
        this(url, "peer-" + UUID.randomUUID(), true);
    }

    private MqttPeer(String url, String id, boolean clean) throws MqttException {
        this(url, id, options(clean));
    }

    MqttPeer(String url, String id, MqttConnectOptions options) throws MqttException {
        client = connected(url, id, options, new Keeper());
    }

    /** The embedded broker is unavailable until the bridge's sessions exist. */
    private static MqttClient connected(
            String url, String id, MqttConnectOptions options, MqttCallback callback)
            throws MqttException {
        int lost = 0;
        for (int refused = 0; ; refused++) {
            MqttClient client = new MqttClient(url, id, new MemoryPersistence());
            client.setTimeToWait(10_000);
            client.setCallback(callback);
            try {
                client.connect(options);
                return client;
            } catch (MqttException e) {
                client.close(true);
                int reason = e.getReasonCode();
                lost = reason == MqttException.REASON_CODE_CONNECTION_LOST ? lost + 1 : 0;
                boolean again = lost > 0 || reason == MqttException.REASON_CODE_BROKER_UNAVAILABLE;
                if (!again || lost > LOST || refused > UNAVAILABLE) {
                    throw e;
                }
                LockSupport.parkNanos(50_000_000);
            }
        }
    }

    private static MqttConnectOptions options(boolean clean) {
        MqttConnectOptions options = new MqttConnectOptions();
        options.setCleanSession(clean);
        options.setMaxInflight(1_000);
        return options;
    }

    /**
     * What a client needs that logs in.
     *
     * @param tls null for {@code tcp://}
     * @param user null: none
     */
    static MqttConnectOptions options(SSLContext tls, String user, String password) {
        MqttConnectOptions options = options(true);
        if (tls != null) {
            options.setSocketFactory(tls.getSocketFactory());
        }
        if (user != null) {
            options.setUserName(user);
            options.setPassword(password.toCharArray());
        }
        return options;
    }

    /** One whose session the broker keeps while it is away. */
    static MqttPeer kept(String url, String id) throws MqttException {
        return new MqttPeer(url, id, false);
    }

    /** Subscribes to these topics, and keeps their messages. */
    MqttPeer listen(String... filters) throws MqttException {
        for (String filter : filters) {
            client.subscribe(filter, 1);
        }
        return this;
    }

    private final class Keeper implements MqttCallback {
        @Override
        public void messageArrived(String topic, MqttMessage message) {
            received.add(
                    new Received(
                            topic,
                            new String(message.getPayload(), StandardCharsets.UTF_8),
                            message.getQos(),
                            message.isRetained()));
        }

        @Override
        public void connectionLost(Throwable cause) {}

        @Override
        public void deliveryComplete(IMqttDeliveryToken token) {}
    }

    void publish(String topic, String payload) throws MqttException {
        publish(topic, payload.getBytes(StandardCharsets.UTF_8), 1, false);
    }

    void publish(String topic, byte[] payload, int qos, boolean retained) throws MqttException {
        client.publish(topic, payload, qos, retained);
    }

    /** The bridge subscribes in the background: waits until it takes these topics' messages. */
    static void awaitBridge(String url, String... topics) throws MqttException {
        try (MqttPeer first = new MqttPeer(url)) {
            first.awaitAnswers(topics);
        }
    }

    void awaitAnswers(String... topics) throws MqttException {
        for (String topic : topics) {
            listen(topic + "/error");
            Awaitility.await("the bridge takes " + topic)
                    .until(
                            () -> {
                                publish(topic, "[]");
                                return !payloads(topic + "/error").isEmpty();
                            });
        }
    }

    List<Received> received() {
        return List.copyOf(received);
    }

    List<String> payloads(String topic) {
        return received.stream()
                .filter(r -> r.topic().equals(topic))
                .map(Received::payload)
                .toList();
    }

    /** Waits for the {@code count}th message of a topic, and gives it. */
    String await(String topic, int count) {
        Awaitility.await(count + " on " + topic).until(() -> payloads(topic).size() >= count);
        return payloads(topic).get(count - 1);
    }

    String await(String topic) {
        return await(topic, 1);
    }

    /** Goes without a word: its will is done. */
    void vanish() throws MqttException {
        client.disconnectForcibly(0, 100, false);
        client.close(true);
    }

    @Override
    public void close() throws MqttException {
        try {
            if (client.isConnected()) {
                client.disconnect();
            }
        } catch (MqttException e) {
            if (client.isConnected()) {
                throw e;
            } // the broker has closed the connection meanwhile
        }
        client.close();
    }
}
