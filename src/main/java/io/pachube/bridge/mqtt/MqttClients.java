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

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;

import javax.net.ssl.SSLSocketFactory;

/**
 * The bridge's MQTT clients: one for each route that consumes, under a client id of its own (two
 * with one id would end each other's connections), and one that publishes.
 *
 * <p>Thread safe. Nothing is connected before a route's consumer, or {@link #start start}.
 */
public final class MqttClients implements Retained, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(MqttClients.class);

    private static final long MAX_SHARE = 64 << 20;
    private static final int STUCK_SECONDS = 5;

    private static final int PUBLISHER_MAX_IN_FLIGHT = 1_000;

    private final Settings settings;
    private final Map<String, DurableClient> consumers = new ConcurrentHashMap<>();
    private final ConnectionLog log;
    private final ScheduledExecutorService background;
    private final ScheduledExecutorService acknowledger;
    private volatile OversizedReceiver oversizedReceiver =
            (topic, message, ended) -> ended.accept(true);
    private DurableClient publisher;

    /**
     * @param url {@code tcp://host:port} or {@code ssl://host:port}
     * @param clientId what the client ids start with; unique on the broker among bridges
     * @param sharedGroup share the consumers' work with other bridges of this group; empty: not
     * @param username empty: none
     * @param password empty: none
     * @param tls makes the connections of {@code ssl://}
     * @param topicPrefix how the bridge's topics begin; below it reports are not consumed
     * @param memory bytes of messages in flight, for each consumer; 0: a share of the heap
     * @param publishTimeout how long a publish waits for the broker's acknowledgement
     */
    public record Settings(
            String url,
            String clientId,
            String sharedGroup,
            String username,
            String password,
            SSLSocketFactory tls,
            String topicPrefix,
            long memory,
            Duration publishTimeout) {

        /** Whether a broker's address asks for TLS. */
        public static boolean isSecure(String url) {
            return url.startsWith("ssl://") || url.startsWith("wss://");
        }

        @Override
        public String toString() {
            return "Settings[url=" + url + ", clientId=" + clientId + "]";
        }
    }

    /**
     * @param threads makes the thread on which connections are made, and the one that acknowledges
     */
    public MqttClients(Settings settings, ThreadFactory threads) {
        this.settings = settings;
        this.log = new ConnectionLog(settings.url(), System::nanoTime);
        this.background = new ScheduledThreadPoolExecutor(1, threads);
        this.acknowledger = new ScheduledThreadPoolExecutor(1, threads);
        background.scheduleWithFixedDelay(
                () -> consumers.values().forEach(DurableClient::logStuck),
                STUCK_SECONDS,
                STUCK_SECONDS,
                TimeUnit.SECONDS);
    }

    /** Returns the broker's address. */
    String url() {
        return settings.url();
    }

    /** The client of the consumer of a route; the same one whenever asked. */
    DurableClient consumer(String routeId) {
        return consumers.computeIfAbsent(
                routeId,
                id -> {
                    DurableClient client = newClient(id, settings.sharedGroup(), options(false));
                    client.whenOversized(
                            (topic, message, ended) ->
                                    oversizedReceiver.oversized(topic, message, ended));
                    return client;
                });
    }

    /** Takes the messages whose payload is too large for a route; must not wait. */
    public void whenOversized(OversizedReceiver receiver) {
        oversizedReceiver = receiver;
    }

    /** The client that publishes, connected from {@link #start start} on. */
    public synchronized DurableClient publisher() {
        if (publisher == null) {
            publisher = newClient("publisher", "", options(true));
        }
        return publisher;
    }

    /**
     * Connects the client that publishes, in the background, and lets it also take messages: of a
     * clean session, so that each connection brings all that are retained.
     *
     * @param taken must not wait; nor must {@code subscribed}
     * @param subscribed is called each time that the broker has begun to send them
     */
    public void start(String filter, BiConsumer<String, byte[]> taken, Runnable subscribed) {
        DurableClient client = publisher();
        client.setCallback(
                new MqttCallback() {
                    @Override
                    public void messageArrived(String topic, MqttMessage message) {
                        taken.accept(topic, message.getPayload());
                        client.ended(message, true);
                    }

                    @Override
                    public void connectionLost(Throwable cause) {}

                    @Override
                    public void deliveryComplete(IMqttDeliveryToken token) {}
                });
        client.whenSubscribed(subscribed);
        client.subscribe(filter, 1);
    }

    @Override
    public void keep(String topic, byte[] payload) throws MqttException {
        publisher().publish(topic, payload, 1, true);
    }

    /**
     * Whether a message is an old copy that the broker kept, sent because of a new subscription.
     */
    public boolean isRetained(Exchange exchange) {
        return exchange.getIn() instanceof PahoMessage received
                && received.getMqttMessage().isRetained();
    }

    @Override
    public void offer(String topic, byte[] payload) {
        if (topic != null) {
            publisher().offer(topic, payload);
        }
    }

    /** How many messages were handed to routes. */
    public long received() {
        return consumers.values().stream().mapToLong(DurableClient::received).sum();
    }

    /** How many messages of QoS 0 found no room. */
    public long dropped() {
        return consumers.values().stream().mapToLong(DurableClient::dropped).sum();
    }

    /** Returns the number of messages whose payload was too large. */
    public long oversized() {
        return consumers.values().stream().mapToLong(DurableClient::oversized).sum();
    }

    /** The client ids of those that are not connected, or not subscribed, now. */
    public synchronized List<String> disconnected() {
        return Stream.concat(consumers.values().stream(), Stream.ofNullable(publisher))
                .filter(client -> !client.isReady())
                .map(MqttClient::getClientId)
                .toList();
    }

    /** A route takes no more messages, but what it has taken goes on. */
    public void pause(String routeId) {
        on(routeId, DurableClient::pause);
    }

    /** What a route has taken, and is not on its way, is left to the broker. */
    public void leave(String routeId) {
        on(routeId, DurableClient::leave);
    }

    /** A route is no more, for now. */
    public void remove(String routeId) {
        DurableClient client = consumers.remove(routeId);
        if (client != null) {
            close(client);
        }
    }

    /** A route is no more, for good: the broker is to keep nothing more for it. */
    public void forget(String routeId) {
        on(routeId, DurableClient::forget);
        remove(routeId);
    }

    private void on(String routeId, Consumer<DurableClient> action) {
        DurableClient client = consumers.get(routeId);
        if (client != null) {
            action.accept(client);
        }
    }

    /** Takes no more messages, and leaves what is not on its way; that is still acknowledged. */
    public void leaveAll() {
        consumers.values().forEach(DurableClient::pause);
        consumers.values().forEach(DurableClient::leave);
    }

    /** Disconnects; the broker keeps the consumers' sessions. */
    @Override
    public synchronized void close() {
        background.shutdownNow();
        consumers.values().forEach(MqttClients::close);
        if (publisher != null) {
            close(publisher);
        }
        acknowledger.shutdownNow();
    }

    private static void close(DurableClient client) {
        client.stop();
        try {
            client.close(true);
        } catch (MqttException e) {
            // it was about to connect; the others are still to be closed
            LOG.debug("{} did not close in good order", client.getClientId(), e);
        }
    }

    private long memory() {
        return settings.memory() > 0 ? settings.memory() : share(consumers.size());
    }

    /** A quarter of the heap is for all; a message costs more while it is in work. */
    private static long share(int consumers) {
        return Math.min(MAX_SHARE, Runtime.getRuntime().maxMemory() / 4 / Math.max(2, consumers));
    }

    private DurableClient newClient(String name, String group, MqttConnectOptions options) {
        try {
            DurableClient client =
                    new DurableClient(
                            settings.url(),
                            settings.clientId() + "-" + name,
                            group,
                            options,
                            settings.topicPrefix(),
                            this::memory,
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

    private MqttConnectOptions options(boolean cleanSession) {
        MqttConnectOptions options = new MqttConnectOptions();
        options.setCleanSession(cleanSession);
        options.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1);
        options.setAutomaticReconnect(
                false); // DurableClient does, also when the first attempt fails
        options.setConnectionTimeout(10);
        options.setKeepAliveInterval(30);
        options.setMaxInflight(cleanSession ? PUBLISHER_MAX_IN_FLIGHT : 10);
        if (Settings.isSecure(settings.url())) {
            options.setSocketFactory(settings.tls());
            // the name in the certificate must be the broker's
            options.setHttpsHostnameVerificationEnabled(true);
        }
        if (!settings.username().isEmpty()) {
            options.setUserName(settings.username());
            options.setPassword(settings.password().toCharArray());
        }
        return options;
    }
}
