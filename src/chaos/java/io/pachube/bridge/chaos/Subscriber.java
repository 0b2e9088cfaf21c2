package io.pachube.bridge.chaos;

import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * Listens on a kept session, and reconnects by itself: it misses nothing that the broker took.
 *
 * <p>Each connection is a new client's: Paho's own reconnecting may send two CONNECT, and then hand
 * nothing on any more.
 */
final class Subscriber implements AutoCloseable {

    private static final long LOOK_MILLIS = 250;
    private static final long PATIENCE_MILLIS = 5_000;

    private final String url;
    private final String id = "subscriber-" + UUID.randomUUID();
    private final String filter;
    private final BiConsumer<String, String> received;
    private final ScheduledExecutorService keeper = Executors.newSingleThreadScheduledExecutor();

    private MqttClient client;

    /**
     * @param received takes topic and payload; nothing it does may take long
     */
    Subscriber(String url, String filter, BiConsumer<String, String> received)
            throws MqttException {
        this.url = url;
        this.filter = filter;
        this.received = received;
        connect();
        keeper.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        if (!client.isConnected()) {
            try {
                abandon();
                connect();
            } catch (MqttException e) {
                // the broker is away; the next look tries again
            }
        }
    }

    private void connect() throws MqttException {
        client = new MqttClient(url, id, new MemoryPersistence());
        client.setTimeToWait(PATIENCE_MILLIS);
        client.setCallback(
                new MqttCallback() {
                    @Override
                    public void connectionLost(Throwable cause) {}

                    @Override
                    public void messageArrived(String topic, MqttMessage message) {
                        received.accept(
                                topic, new String(message.getPayload(), StandardCharsets.UTF_8));
                    }

                    @Override
                    public void deliveryComplete(IMqttDeliveryToken token) {}
                });
        MqttConnectOptions options = new MqttConnectOptions();
        options.setCleanSession(false);
        client.connect(options);
        client.subscribe(filter, 1);
    }

    private void abandon() {
        try {
            client.disconnectForcibly(0, 500);
            client.close(true);
        } catch (MqttException e) {
            // it was not connected
        }
    }

    @Override
    public void close() {
        keeper.shutdownNow();
        try {
            keeper.awaitTermination(2 * PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        abandon();
    }
}
