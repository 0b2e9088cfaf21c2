package io.pachube.bridge.mqtt;

import org.apache.camel.Exchange;
import org.apache.camel.component.paho.PahoMessage;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The bridge's MQTT clients: one for each route that consumes, under a client id of its own (two
 * with one id would end each other's connections), and one that publishes.
 *
 * <p>Thread safe. Nothing is connected before a route's consumer, or {@link #subscribeState}.
 */
public final class MqttClientManager implements RetainedStore, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(MqttClientManager.class);

    private static final int STUCK_SECONDS = 5;

    private final MqttSettings settings;
    private final Map<String, DurableMqttClient> consumers = new ConcurrentHashMap<>();
    private final ConnectionLog log;
    private final ScheduledExecutorService background;
    private final ScheduledExecutorService acknowledger;
    private volatile OversizedReceiver oversizedReceiver =
            (topic, message, ended) -> ended.accept(true);
    private Runnable onBurstBegin = () -> {};
    private Runnable onBurstEnd = () -> {};
    private String publisherName = "publisher";
    private volatile BooleanSupplier isLeader = () -> true;
    private DurableMqttClient publisher;

    /**
     * @param threads makes the thread that connects, and the one that acknowledges
     */
    public MqttClientManager(MqttSettings settings, ThreadFactory threads) {
        this.settings = settings;
        this.log = new ConnectionLog(settings.url(), System::nanoTime);
        this.background = new ScheduledThreadPoolExecutor(1, threads);
        this.acknowledger = new ScheduledThreadPoolExecutor(1, threads);
        background.scheduleWithFixedDelay(
                () -> consumers.values().forEach(DurableMqttClient::logStuck),
                STUCK_SECONDS,
                STUCK_SECONDS,
                TimeUnit.SECONDS);
    }

    /** Returns the broker's address. */
    String url() {
        return settings.url();
    }

    /** Returns the client of the consumer of a route, the same one at each call. */
    DurableMqttClient consumer(String routeId) {
        return consumers.computeIfAbsent(
                routeId,
                id -> {
                    DurableMqttClient client =
                            newClient(
                                    id,
                                    settings.sharedGroup(),
                                    settings.consumerOptions(),
                                    isLeader);
                    client.onBurst(onBurstBegin, onBurstEnd);
                    client.onOversized(
                            (topic, message, ended) ->
                                    oversizedReceiver.oversized(topic, message, ended));
                    return client;
                });
    }

    /**
     * Lets the consumers connect on the leader only, with the client ids that all members share;
     * before any client is made.
     *
     * @param isLeader must not wait
     * @param member part of the client id of the publisher, which is connected on all members
     */
    public void restrict(BooleanSupplier isLeader, String member) {
        this.isLeader = isLeader;
        publisherName = "publisher-" + member;
    }

    /** Connects the consumers of the routes that are started. */
    public void resumeConsumers() {
        consumers.values().forEach(DurableMqttClient::resume);
    }

    /** Leaves all messages that are not completed to the broker, and accepts none. */
    public void pauseConsumers() {
        consumers.values().forEach(DurableMqttClient::pause);
    }

    /** Disconnects the paused consumers; the broker keeps their sessions. */
    public void disconnectConsumers() {
        consumers.values().forEach(DurableMqttClient::disconnectPaused);
    }

    /**
     * Sets the callbacks before and after the messages that a consumer has read at once are
     * dispatched, on the thread that does; before the consumers are made.
     */
    public void onBurst(Runnable begin, Runnable end) {
        onBurstBegin = begin;
        onBurstEnd = end;
    }

    /** Sets the receiver of messages with too large a payload; it must not wait. */
    public void onOversized(OversizedReceiver receiver) {
        oversizedReceiver = receiver;
    }

    /** Returns the client that publishes, connected from {@link #subscribeState} on. */
    public synchronized DurableMqttClient publisher() {
        if (publisher == null) {
            publisher = newClient(publisherName, "", settings.publisherOptions(), () -> true);
        }
        return publisher;
    }

    /**
     * Connects the client that publishes, in the background, and subscribes it to the bridge's
     * retained state: with a clean session, so that each connection brings all of it.
     *
     * @param onMessage must not wait; nor must {@code onSubscribed}
     * @param onSubscribed is called each time that the broker has begun to send the messages
     */
    public void subscribeState(
            String filter, BiConsumer<String, byte[]> onMessage, Runnable onSubscribed) {
        DurableMqttClient client = publisher();
        client.setCallback(
                new MqttCallback() {
                    @Override
                    public void messageArrived(String topic, MqttMessage message) {
                        onMessage.accept(topic, message.getPayload());
                        client.complete(message, true);
                    }

                    @Override
                    public void connectionLost(Throwable cause) {}

                    @Override
                    public void deliveryComplete(IMqttDeliveryToken token) {}
                });
        client.onSubscribed(onSubscribed);
        client.subscribe(filter, 1);
    }

    @Override
    public void put(String topic, byte[] payload) throws MqttException {
        publisher().publish(topic, payload, 1, true);
    }

    /** Returns true for an old copy that the broker kept, sent because of a new subscription. */
    public boolean isRetained(Exchange exchange) {
        return exchange.getIn() instanceof PahoMessage received
                && received.getMqttMessage().isRetained();
    }

    @Override
    public void publishIfConnected(String topic, byte[] payload) {
        if (topic != null) {
            publisher().tryPublish(topic, payload);
        }
    }

    /** Returns the state and the counters of each client, by its client id. */
    public SortedMap<String, MqttClientStatistics> statistics() {
        SortedMap<String, MqttClientStatistics> all = new TreeMap<>();
        clients().forEach(client -> all.put(client.getClientId(), client.statistics()));
        return all;
    }

    /** Returns the client ids of those that are not connected, or not subscribed. */
    public List<String> disconnected() {
        return clients()
                .filter(client -> !client.isSubscribed())
                .map(MqttClient::getClientId)
                .toList();
    }

    /** On a standby, the consumers are not to be connected. */
    private synchronized Stream<DurableMqttClient> clients() {
        return Stream.concat(
                isLeader.getAsBoolean() ? consumers.values().stream() : Stream.empty(),
                Stream.ofNullable(publisher));
    }

    /** Lets a route accept no more messages; those in flight may still complete. */
    public void stopAccepting(String routeId) {
        on(routeId, DurableMqttClient::stopAccepting);
    }

    /** Leaves to the broker the messages that a route has accepted and not completed. */
    public void revoke(String routeId) {
        on(routeId, DurableMqttClient::revoke);
    }

    private void closeConsumer(String routeId) {
        DurableMqttClient client = consumers.remove(routeId);
        if (client != null) {
            close(client);
        }
    }

    /** Closes the client of a route that was removed, and deletes its session at the broker. */
    public void deleteConsumer(String routeId) {
        if (isLeader.getAsBoolean()) {
            on(routeId, DurableMqttClient::deleteSession);
        } // else the leader uses it
        closeConsumer(routeId);
    }

    private void on(String routeId, Consumer<DurableMqttClient> action) {
        DurableMqttClient client = consumers.get(routeId);
        if (client != null) {
            action.accept(client);
        }
    }

    /**
     * Lets no route accept messages, and leaves to the broker those that are not completed; one
     * that is delivered meanwhile is still acknowledged.
     */
    public void revokeAll() {
        consumers.values().forEach(DurableMqttClient::stopAccepting);
        consumers.values().forEach(DurableMqttClient::revoke);
    }

    /** Disconnects; the broker keeps the consumers' sessions. */
    @Override
    public synchronized void close() {
        background.shutdownNow();
        consumers.values().forEach(MqttClientManager::close);
        if (publisher != null) {
            close(publisher);
        }
        acknowledger.shutdownNow();
    }

    private static void close(DurableMqttClient client) {
        client.stop();
        try {
            client.close(true);
        } catch (MqttException e) {
            // it was about to connect; the others are still to be closed
            LOG.debug("{} did not close in good order", client.getClientId(), e);
        }
    }

    private DurableMqttClient newClient(
            String name, String group, MqttConnectOptions options, BooleanSupplier mayConnect) {
        try {
            DurableMqttClient client =
                    new DurableMqttClient(
                            settings.url(),
                            settings.clientId() + "-" + name,
                            group,
                            options,
                            settings.topicPrefix(),
                            () -> settings.maxInFlightBytes(consumers.size()),
                            mayConnect,
                            log,
                            background,
                            acknowledger);
            client.setTimeToWait(settings.publishTimeout().toMillis());
            return client;
        } catch (MqttException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "mqtt.url is no broker's address, such as tcp://localhost:1883: "
                            + settings.url(),
                    e);
        }
    }
}
