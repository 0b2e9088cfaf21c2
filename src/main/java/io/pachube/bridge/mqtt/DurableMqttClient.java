package io.pachube.bridge.mqtt;

import io.pachube.bridge.mqtt.paho.DurableAsyncClient;

import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * A Paho client for Camel's consumer and producer that connects without end in the background,
 * dispatches messages as they arrive, acknowledges them in the order of arrival when they have
 * {@link #complete completed}, and publishes with retries that join the first attempt.
 *
 * <p>Thread safe. Nothing here waits but {@link #publish} (at most {@link #getTimeToWait} ms), and
 * {@link #stop} and {@link #deleteSession} for a moment.
 */
public final class DurableMqttClient extends MqttClient {

    private static final Logger LOG = LoggerFactory.getLogger(DurableMqttClient.class);

    private final DurableAsyncClient client;

    /** The lock of all parts. */
    private final OrderedAcknowledger acks;

    private final MqttConnection connection;
    private final Subscription subscription;
    private final MessageDispatcher dispatcher;
    private final PendingPublishes publishes;
    private final MessageBursts bursts = new MessageBursts(this::isBacklogged);

    /**
     * @param url the broker's, {@code tcp://host:port} or {@code ssl://host:port}
     * @param clientId fixed, and this client's alone: the broker keeps the session under it
     * @param sharedGroup subscribe as {@code $share/<group>/<filter>}; null or empty: not
     * @param topicPrefix how the bridge's topics begin; below it reports are not dispatched
     * @param maxInFlightBytes bytes of messages in flight
     * @param mayConnect false: it stays disconnected
     * @param log logs connections and outages
     * @param background runs connection attempts; owned by the caller
     * @param acknowledger writes acknowledgements; owned by the caller
     */
    DurableMqttClient(
            String url,
            String clientId,
            String sharedGroup,
            MqttConnectOptions options,
            String topicPrefix,
            LongSupplier maxInFlightBytes,
            BooleanSupplier mayConnect,
            ConnectionLog log,
            ScheduledExecutorService background,
            ScheduledExecutorService acknowledger)
            throws MqttException {
        super(url, clientId, new MemoryPersistence());
        client = new DurableAsyncClient(url, clientId, this::dispatch, bursts, acknowledger);
        aClient = client; // nothing was started in the other one
        acks = new OrderedAcknowledger(maxInFlightBytes, this::acknowledge);
        publishes =
                new PendingPublishes(
                        (topic, message, listener) ->
                                client.publish(topic, message, null, listener),
                        maxInFlightBytes.getAsLong(),
                        System::nanoTime);
        connection =
                new MqttConnection(
                        client,
                        options,
                        log,
                        background,
                        acks,
                        mayConnect,
                        publishes::refusals,
                        new SessionListener());
        subscription = new Subscription(connection, acks, sharedGroup);
        dispatcher = new MessageDispatcher(acks, connection, subscription, topicPrefix);
        setManualAcks(true);
        super.setCallback(new PahoCallback(connection::onLost, this::dispatch));
    }

    /** Sets the callbacks before and after the messages that were read at once are dispatched. */
    void onBurst(Runnable begin, Runnable end) {
        bursts.set(begin, end);
    }

    /** Returns how many messages were dispatched, each once. */
    public long received() {
        return dispatcher.received();
    }

    MqttClientStatistics statistics() {
        synchronized (acks) {
            return new MqttClientStatistics(
                    isSubscribed(),
                    dispatcher.received(),
                    dispatcher.dropped(),
                    dispatcher.oversized(),
                    acks.bytes(),
                    acks.unacknowledged(),
                    publishes.acknowledgements(),
                    publishes.refusals());
        }
    }

    /** Sets the consumer; {@link #subscribe} then starts. */
    @Override
    public void setCallback(MqttCallback consumer) {
        dispatcher.start(consumer);
    }

    /** Subscribes now, where connected, and after each reconnect; does not wait. */
    @Override
    public void subscribe(String filter, int qos) {
        synchronized (acks) {
            subscription.set(filter, qos);
        }
        start();
    }

    /**
     * @param action is called each time that the broker has accepted the subscription; must not
     *     wait
     */
    void onSubscribed(Runnable action) {
        synchronized (acks) {
            subscription.onSubscribed(action);
        }
    }

    /** Sets the receiver of messages with too large a payload; it must not wait. */
    void onOversized(OversizedReceiver receiver) {
        dispatcher.onOversized(receiver);
    }

    /** Connects, and again whenever the connection is lost, until {@link #stop}. */
    void start() {
        synchronized (acks) {
            connection.start();
            subscription.subscribe();
        }
    }

    /** Accepts no more messages; those in flight may still complete and be acknowledged. */
    void stopAccepting() {
        dispatcher.stopAccepting();
    }

    /** Leaves to the broker all messages that were accepted and are not completed. */
    void revoke() {
        dispatcher.revoke();
    }

    /** Accepts nothing until {@link #resume}, and leaves the accepted messages to the broker. */
    void pause() {
        dispatcher.pause();
    }

    /** Disconnects until {@link #resume}. */
    void disconnectPaused() {
        connection.pause();
    }

    void resume() {
        dispatcher.resume();
        connection.resume();
    }

    /** Returns the generation of the messages that are accepted now. */
    ConsumerGeneration generation() {
        return dispatcher.generation();
    }

    /** Disconnects; the broker keeps the session. */
    void stop() {
        dispatcher.stopAccepting();
        dispatcher.revoke();
        connection.stop();
    }

    /** After {@link #stop}, and for good: makes the broker forget the session, and its queue. */
    void deleteSession() {
        connection.deleteSession();
    }

    /** Returns true if it is connected and subscribed. */
    public boolean isSubscribed() {
        synchronized (acks) {
            return isConnected() && subscription.isSubscribed();
        }
    }

    /** Returns true if messages are accepted. */
    boolean isAccepting() {
        return dispatcher.isAccepting();
    }

    /**
     * Completes a message that was dispatched.
     *
     * @param acknowledge false: the broker is made to send it again
     */
    void complete(MqttMessage message, boolean acknowledge) {
        dispatcher.complete(message, acknowledge);
    }

    /** Counts so many bytes more for a message, until it is completed. */
    void addCost(MqttMessage message, int bytes) {
        dispatcher.addCost(message, bytes);
    }

    /** Logs a message that holds the acknowledgements of the others. Called now and then. */
    void logStuck() {
        dispatcher.logStuck();
    }

    private void dispatch(String topic, MqttMessage message) {
        dispatcher.dispatch(topic, message);
    }

    private boolean isBacklogged() {
        return dispatcher.isBacklogged();
    }

    private void acknowledge(int id, int qos, boolean last) {
        try {
            if (qos == 1) {
                client.acknowledge(id, last);
            } else if (isConnected()) {
                super.messageArrivedComplete(id, qos);
            }
        } catch (MqttException e) {
            LOG.debug("{} could not acknowledge; the broker sends a copy", getClientId(), e);
        }
    }

    /** Has no effect: {@link #complete} acknowledges, in order. */
    @Override
    public void messageArrivedComplete(int messageId, int qos) {}

    /**
     * Publishes, and waits for the broker's acknowledgement, at most {@link #getTimeToWait} ms. A
     * retry of a publish that was not acknowledged in time joins the first attempt.
     *
     * @throws PublishRefusedException if the broker refuses it
     */
    @Override
    public void publish(String topic, byte[] payload, int qos, boolean retained)
            throws MqttException {
        publishes.publish(topic, payload, qos, retained, getTimeToWait());
    }

    @Override
    public void publish(String topic, MqttMessage message) throws MqttException {
        publish(topic, message.getPayload(), message.getQos(), message.isRetained());
    }

    /** Publishes at QoS 1 without waiting; nothing where not connected. */
    void tryPublish(String topic, byte[] payload) {
        try {
            publishes.tryPublish(topic, payload);
        } catch (MqttException e) {
            LOG.debug("{} could not publish", getClientId(), e);
        }
    }

    private final class SessionListener implements MqttConnection.Listener {
        @Override
        public void onConnected(boolean sessionPresent) {
            if (!sessionPresent) {
                acks.sessionLost();
                subscription.onSessionLost();
            }
            subscription.subscribe();
        }

        @Override
        public void onDisconnected() {
            acks.disconnected();
        }
    }
}
