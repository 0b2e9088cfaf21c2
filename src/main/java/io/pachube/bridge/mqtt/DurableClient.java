package io.pachube.bridge.mqtt;

import io.pachube.bridge.log.Secrets;

import org.eclipse.paho.client.mqttv3.IMqttActionListener;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.IMqttToken;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttCallbackExtended;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.internal.NetworkModule;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * The client that a {@code paho} endpoint of the bridge is given as its {@code client} option.
 *
 * <p>Camel's own use of Paho hangs when it starts, or reconnects, on a kept session with queued
 * messages: it waits for the SUBACK while the receiving thread waits for room (paho.mqtt.java 608
 * and 999). This client connects without end in the background, subscribes without waiting, hands
 * messages on as they come, and acknowledges them in the order of arrival when their work has
 * {@link #ended ended}.
 *
 * <p>Thread safe. Nothing here blocks but {@link #publish} (at most {@link #getTimeToWait} ms), and
 * {@link #stop} and {@link #forget} for a moment.
 */
public final class DurableClient extends MqttClient {

    private static final Logger LOG = LoggerFactory.getLogger(DurableClient.class);
    private static final byte[] REPORT = "{\"operation\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final int SUBSCRIPTION_REFUSED = 0x80;
    private static final long FIRST_RECONNECT_MILLIS = 250;
    private static final long SLOWEST_RECONNECT_MILLIS = 10_000;

    /**
     * A connection that is lost before this time, and twice the delay before it, is short-lived.
     */
    private static final long SHORT_LIFE_MILLIS = 5_000;

    private static final long MAX_SHORT_LIVED_DELAY_MILLIS = 60_000;
    private static final long AGAIN_MILLIS = 1_000;
    private static final long FORGET_MILLIS = 1_000;

    /** For acknowledgements on their way. */
    private static final long QUIESCE_MILLIS = 100;

    private static final long FIRST_MOMENTS_MILLIS = 1_000;

    private static final long UNANSWERED_MILLIS = 15_000;

    private static final long ROOM_MILLIS = 5_000;

    private final OrderlyClient client;
    private final MqttConnectOptions options;
    private final ConnectionLog log;
    private final ScheduledExecutorService background;
    private final String sharedPrefix;
    private final String topicPrefix;
    private final LongAdder received = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final LongAdder oversized = new LongAdder();
    private final InOrderAcks acks;
    private final PendingPublishes publishes;

    /** Those that were subscribed to before; what they brought may still come. */
    private final Set<String> formerFilters = new HashSet<>();

    private MqttCallback consumer;
    private Runnable whenSubscribed = () -> {};
    private OversizedReceiver oversizedReceiver = (topic, message, ended) -> ended.accept(true);
    private Intake intake = new Intake();
    private String filter;
    private int qos;
    private boolean running;
    private boolean connecting;
    private boolean reconnecting;
    private IMqttToken unanswered;
    private boolean subscribed;
    private boolean warnedOfForeignTopic;
    private boolean hadSession;
    private long delay = FIRST_RECONNECT_MILLIS;
    private long connectedSince;

    /** Connections in a row that were lost right after they were made, and what follows. */
    private int shortLived;

    private int seenRefusals;

    private long shortLivedDelay = FIRST_RECONNECT_MILLIS;

    /**
     * @param url the broker's, {@code tcp://host:port} or {@code ssl://host:port}
     * @param clientId fixed, and this client's alone: the broker keeps the session under it
     * @param sharedGroup subscribe as {@code $share/<group>/<filter>}; null or empty: not
     * @param topicPrefix how the bridge's topics begin; below it reports are not handed on
     * @param limit how many bytes of messages may be in flight
     * @param log logs connections and outages
     * @param background runs connection attempts; the caller's to end
     * @param acknowledger writes acknowledgements; the caller's to end
     */
    DurableClient(
            String url,
            String clientId,
            String sharedGroup,
            MqttConnectOptions options,
            String topicPrefix,
            LongSupplier limit,
            ConnectionLog log,
            ScheduledExecutorService background,
            ScheduledExecutorService acknowledger)
            throws MqttException {
        super(url, clientId, new MemoryPersistence());
        client = new OrderlyClient(url, clientId, acknowledger);
        aClient = client; // nothing was started in the other one
        this.options = options;
        this.log = log;
        this.background = background;
        this.sharedPrefix =
                sharedGroup == null || sharedGroup.isEmpty() ? "" : "$share/" + sharedGroup + "/";
        this.topicPrefix = topicPrefix;
        this.acks = new InOrderAcks(limit, this::acknowledge);
        this.publishes =
                new PendingPublishes(
                        (topic, message, listener) ->
                                aClient.publish(topic, message, null, listener),
                        limit.getAsLong(),
                        System::nanoTime);
        setManualAcks(true);
        super.setCallback(new Callback());
    }

    /** How many messages were handed on, each once. */
    public long received() {
        return received.sum();
    }

    /** How many messages of QoS 0 found no room. */
    public long dropped() {
        return dropped.sum();
    }

    /** Returns the number of messages whose payload was too large. */
    public long oversized() {
        return oversized.sum();
    }

    /** Keeps the consumer's callback; {@link #subscribe} then starts. */
    @Override
    public void setCallback(MqttCallback callback) {
        synchronized (acks) {
            consumer = callback;
            intake = new Intake();
        }
    }

    /** Subscribes now, where connected, and after each reconnect; does not wait. */
    @Override
    public void subscribe(String filter, int qos) {
        synchronized (acks) {
            if (this.filter != null) {
                formerFilters.add(this.filter);
            }
            formerFilters.remove(filter);
            this.filter = filter;
            this.qos = qos;
            subscribed = false;
        }
        start();
    }

    /**
     * What is to be done each time that the broker has accepted the subscription; must not wait.
     */
    void whenSubscribed(Runnable action) {
        synchronized (acks) {
            whenSubscribed = action;
        }
    }

    /** Takes what no route is given because its payload is too large; must not wait. */
    void whenOversized(OversizedReceiver receiver) {
        synchronized (acks) {
            oversizedReceiver = receiver;
        }
    }

    /** Connects, and again whenever the connection is lost, until {@link #stop}. */
    void start() {
        synchronized (acks) {
            running = true;
            if (!isConnected()) {
                connectIn(0);
            } else {
                subscribeNow();
            }
        }
    }

    /** Takes no more messages; those in work may still end and be acknowledged. */
    void pause() {
        synchronized (acks) {
            consumer = null;
            acks.notifyAll();
        }
    }

    /** Leaves to the broker what was taken and is not done, but for what is on its way. */
    void leave() {
        intake().close();
    }

    /** What is taken now belongs to it. */
    Intake intake() {
        synchronized (acks) {
            return intake;
        }
    }

    /**
     * After {@link #stop}, and for good: the broker forgets the session, and what it keeps for it.
     * Waits for its answer a moment.
     */
    void forget() {
        options.setCleanSession(true);
        try {
            IMqttToken attempt = aClient.connect(options);
            synchronized (acks) {
                unanswered = attempt;
            }
            attempt.waitForCompletion(FORGET_MILLIS);
        } catch (MqttException e) {
            LOG.warn(
                    "{} could not end its session ({}): the broker goes on keeping messages for it",
                    getClientId(),
                    ConnectionLog.reason(e));
        } finally {
            stop();
        }
    }

    private void unsubscribeFormer() throws MqttException {
        aClient.unsubscribe(
                formerFilters.stream().map(sharedPrefix::concat).toArray(String[]::new));
    }

    /**
     * Sends what is to be sent (acknowledgements) and disconnects; the broker keeps the session.
     */
    void stop() {
        IMqttToken attempt;
        synchronized (acks) {
            running = false;
            consumer = null;
            acks.notifyAll();
            intake.close();
            attempt = unanswered;
            unanswered = null;
        }
        if (attempt != null && !isAnswered(attempt)) {
            abandonNow();
        }
        disconnectNow();
        log.closed(getClientId());
    }

    /**
     * Waits a little: an attempt that is abandoned in its first moments leaves a thread of Paho's
     * behind, which waits for ever for another one to start.
     */
    private static boolean isAnswered(IMqttToken attempt) {
        try {
            attempt.waitForCompletion(FIRST_MOMENTS_MILLIS);
            return true;
        } catch (MqttException e) {
            return attempt.isComplete();
        }
    }

    /** Returns true if it is connected and subscribed. */
    public boolean isReady() {
        synchronized (acks) {
            return isConnected() && (filter == null || subscribed);
        }
    }

    /** Whether messages are taken: neither paused nor stopped. */
    boolean isTaking() {
        synchronized (acks) {
            return consumer != null;
        }
    }

    private void disconnectNow() {
        try {
            if (isConnected()) {
                client.awaitThreads();
                client.sendAcks();
                disconnectForcibly(QUIESCE_MILLIS, 500);
            }
        } catch (MqttException e) {
            LOG.debug("{} did not disconnect in good order", getClientId(), e);
        }
        synchronized (acks) {
            acks.disconnected();
        }
    }

    /**
     * The work on a message that was handed on has ended.
     *
     * @param settled it may be acknowledged; otherwise the broker is made to send it again
     */
    void ended(MqttMessage message, boolean settled) {
        synchronized (acks) {
            acks.ended(message, settled);
            if (acks.hasMuchRoom()) {
                acks.notifyAll();
            }
            if (running && consumer != null && (!settled || acks.wantsReconnect())) {
                reconnectForCopies(settled ? 0 : AGAIN_MILLIS);
            }
        }
    }

    /** A message that is in work costs so many bytes of memory more than its payload. */
    void addCost(MqttMessage message, int bytes) {
        synchronized (acks) {
            acks.addCost(message, bytes);
        }
    }

    /** Logs a message that holds the acknowledgements of the others. Called now and then. */
    void logStuck() {
        String topic;
        int unacknowledged;
        synchronized (acks) {
            topic = acks.stuckTopic();
            unacknowledged = acks.unacknowledged();
        }
        if (topic != null) {
            LOG.warn(
                    "{}: the message on {} is not delivered yet, and {} messages wait for its"
                            + " acknowledgement. If the broker's window is full, no other message"
                            + " arrives: raise max_inflight_messages, or give its target a route of"
                            + " its own.",
                    getClientId(),
                    Secrets.mask(topic),
                    unacknowledged - 1);
        }
    }

    /** Once for all messages that ask for it in the meantime. */
    private void reconnectForCopies(long millis) {
        if (!reconnecting) {
            reconnecting = true;
            acks.notifyAll();
            execute(
                    () -> {
                        disconnectNow();
                        synchronized (acks) {
                            reconnecting = false;
                            connectIn(0);
                        }
                    },
                    millis);
        }
    }

    /** One attempt at a time: two that wait would each make another. */
    private void connectIn(long millis) {
        if (!connecting) {
            connecting = true;
            execute(this::connectNow, millis);
        }
    }

    private void execute(Runnable task, long millis) {
        try {
            background.schedule(task, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("{} stays disconnected: stopping", getClientId());
        }
    }

    private void connectNow() {
        synchronized (acks) {
            connecting = false;
            if (!running || isConnected()) {
                return;
            }
            try {
                IMqttToken attempt = aClient.connect(options, null, new ConnectListener());
                unanswered = attempt;
                execute(() -> abandon(attempt), UNANSWERED_MILLIS);
            } catch (MqttException e) {
                if (e.getReasonCode() != MqttException.REASON_CODE_CONNECT_IN_PROGRESS
                        && e.getReasonCode() != MqttException.REASON_CODE_CLIENT_CONNECTED) {
                    connectLater(e);
                }
            } catch (RuntimeException | Error e) {
                connectLater(e); // the executor would keep it to itself
            }
        }
    }

    /** Paho itself waits without end for the answer of a broker that accepted the connection. */
    private void abandon(IMqttToken attempt) {
        synchronized (acks) {
            if (unanswered != attempt) {
                return;
            }
        }
        abandonNow();
        connectLater(new MqttException(MqttException.REASON_CODE_CLIENT_TIMEOUT));
    }

    private void abandonNow() {
        client.awaitThreads();
        try {
            aClient.disconnectForcibly(0, 500, false); // tells no listener
        } catch (MqttException e) {
            LOG.debug("{} could not abandon its attempt to connect", getClientId(), e);
        }
    }

    private void connectLater(Throwable cause) {
        synchronized (acks) {
            unanswered = null;
            if (running) {
                log.unavailable(getClientId(), cause, shortLived);
            }
            connectIn(delay);
            delay = increased(delay, SLOWEST_RECONNECT_MILLIS);
        }
    }

    private static long increased(long delay, long max) {
        long doubled = Math.min(max, delay * 2);
        return doubled - ThreadLocalRandom.current().nextLong(doubled / 8);
    }

    private void connected(boolean sessionPresent) {
        synchronized (acks) {
            unanswered = null;
            delay = FIRST_RECONNECT_MILLIS;
            connectedSince = System.nanoTime();
            log.connected(getClientId());
            if (!sessionPresent && hadSession) {
                log.sessionLost(getClientId());
            }
            hadSession = !options.isCleanSession();
            if (!sessionPresent) {
                acks.sessionLost();
                subscribed = false;
            }
            subscribeNow();
        }
    }

    /** Never on a kept subscription: the broker would send all retained messages again. */
    private void subscribeNow() {
        if (filter == null || subscribed || !running || !isConnected()) {
            return;
        }
        try {
            aClient.subscribe(sharedPrefix + filter, qos, null, new SubscribeListener());
            // not before: what is published in between would match neither
            if (!formerFilters.isEmpty()) {
                unsubscribeFormer();
            }
        } catch (MqttException e) {
            LOG.debug("{} could not subscribe", getClientId(), e);
        }
    }

    private void subscribeLater() {
        execute(
                () -> {
                    synchronized (acks) {
                        subscribeNow();
                    }
                },
                SLOWEST_RECONNECT_MILLIS);
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

    /** Without effect: {@link #ended} acknowledges, in order. */
    @Override
    public void messageArrivedComplete(int messageId, int qos) {}

    /**
     * Publishes, and waits for the broker's acknowledgement, at most {@link #getTimeToWait} ms. A
     * retry of what was not acknowledged in time joins the first attempt.
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
    void offer(String topic, byte[] payload) {
        try {
            publishes.offer(topic, payload);
        } catch (MqttException e) {
            LOG.debug("{} could not publish", getClientId(), e);
        }
    }

    private void handOn(String topic, MqttMessage message) {
        MqttCallback target = take(topic, message);
        if (target == null) {
            return;
        }
        received.increment();
        try {
            if (message.getPayload().length > Incoming.MAX_PAYLOAD) {
                oversized.increment();
                oversizedReceiver.oversized(topic, message, taken -> ended(message, taken));
            } else {
                target.messageArrived(topic, message);
            }
        } catch (Throwable e) {
            // thrown on, it would end the thread that reads
            LOG.error("{} could not hand a message on", getClientId(), e);
            ended(message, false);
        }
    }

    private boolean isPlenty() {
        synchronized (acks) {
            return acks.isPlenty();
        }
    }

    /** Who is to work on the message; null: nobody. */
    private MqttCallback take(String topic, MqttMessage message) {
        synchronized (acks) {
            if (consumer == null) {
                return null; // stopping: unacknowledged, it comes again at the next start
            }
            if (isReport(topicPrefix, topic) || isReport(topic, message.getPayload())) {
                acknowledgeInOrder(message);
                return null;
            }
            if (!isMine(topic)) {
                passOver(message);
                return null;
            }
            if (message.getQos() > 0) {
                awaitRoom();
                boolean mayTake = consumer != null;
                return mayTake && acks.arrived(topic, message) == InOrderAcks.Arrival.TAKE
                        ? consumer
                        : null;
            }
            if (acks.hasRoom()) {
                acks.started(message);
                return consumer;
            }
            dropped.increment();
            return null;
        }
    }

    /**
     * For a while nothing more is read, so that the broker cannot go on sending: a mosquitto that
     * resumes a session sends all that it has queued, whatever its window is, and meanwhile reads
     * nothing, no acknowledgements either. Not for long: in an outage there is no room for hours,
     * and without reading there is no keep-alive.
     */
    private void awaitRoom() {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ROOM_MILLIS);
        boolean room = acks.hasRoom() || acks.isLeaving();
        while (!room && consumer != null && !reconnecting && System.nanoTime() < end) {
            try {
                acks.wait(ROOM_MILLIS);
                room = acks.hasMuchRoom();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Also what was published before a filter was edited away, and is still on its way. */
    private boolean isMine(String topic) {
        return isMatched(filter, topic)
                || formerFilters.stream().anyMatch(former -> isMatched(former, topic));
    }

    /** MQTT 3.1.1, 4.7. Paho's own takes no empty level for a {@code +}. */
    static boolean isMatched(String filter, String topic) {
        int f = 0;
        int t = 0;
        // level by level, where they stand: each message comes this way
        while (f <= filter.length()) {
            int length = end(filter, f) - f;
            if (length == 1 && filter.charAt(f) == '#') {
                return true;
            }
            if (t > topic.length()) {
                return false;
            }
            int topicLength = end(topic, t) - t;
            boolean any = length == 1 && filter.charAt(f) == '+';
            if (!any && (length != topicLength || !filter.regionMatches(f, topic, t, length))) {
                return false;
            }
            f += length + 1;
            t += topicLength + 1;
        }
        return t > topic.length();
    }

    private static int end(String levels, int begin) {
        int slash = levels.indexOf('/', begin);
        return slash < 0 ? levels.length() : slash;
    }

    /** A kept session keeps filters of earlier runs; what they bring is not this consumer's. */
    private void passOver(MqttMessage message) {
        if (!warnedOfForeignTopic) {
            warnedOfForeignTopic = true;
            LOG.warn(
                    "{}: the broker's kept session brings topics outside {}; they are acknowledged"
                            + " and dropped",
                    getClientId(),
                    filter);
        }
        acknowledgeInOrder(message);
    }

    private void acknowledgeInOrder(MqttMessage message) {
        if (message.getQos() > 0 && acks.arrived("", message) == InOrderAcks.Arrival.TAKE) {
            acks.ended(message, true);
        }
    }

    /**
     * Returns true for a topic on which the bridge publishes errors or statuses: a filter that
     * takes them would make a loop. A datastream may have the name {@code error}: its topic has
     * three levels below the prefix.
     */
    static boolean isReport(String prefix, String topic) {
        if (!topic.endsWith("/error") && !topic.endsWith("/trigger/status")
                || !topic.startsWith(prefix + "/")) {
            return false;
        }
        return topic.substring(prefix.length()).chars().filter(c -> c == '/').count() != 3;
    }

    /**
     * Returns true for an error report on a message outside the bridge's prefix: there a topic may
     * end in {@code /error} for another reason, but no other payload begins like that of a report.
     */
    static boolean isReport(String topic, byte[] payload) {
        return topic.endsWith("/error")
                && payload.length > REPORT.length
                && Arrays.equals(payload, 0, REPORT.length, REPORT, 0, REPORT.length);
    }

    /** What Paho calls, on its callback thread; nothing here may block. */
    private final class Callback implements MqttCallbackExtended {

        @Override
        public void connectComplete(boolean reconnect, String url) {
            // the connect listener has it, with whether the session was there
        }

        @Override
        public void connectionLost(Throwable cause) {
            synchronized (acks) {
                acks.disconnected();
                long lived = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - connectedSince);
                if (publishes.refusals() != seenRefusals) {
                    // it is known why the broker closed them
                    seenRefusals = publishes.refusals();
                    shortLived = 0;
                    shortLivedDelay = FIRST_RECONNECT_MILLIS;
                } else if (lived < SHORT_LIFE_MILLIS + 2 * shortLivedDelay) {
                    shortLived++;
                    shortLivedDelay = increased(shortLivedDelay, MAX_SHORT_LIVED_DELAY_MILLIS);
                } else {
                    shortLived = 0;
                    shortLivedDelay = FIRST_RECONNECT_MILLIS;
                }
                if (running) {
                    log.unavailable(getClientId(), cause, shortLived);
                    connectIn(shortLivedDelay);
                }
            }
        }

        /** Of QoS 2. */
        @Override
        public void messageArrived(String topic, MqttMessage message) {
            handOn(topic, message);
        }

        @Override
        public void deliveryComplete(IMqttDeliveryToken token) {}
    }

    /** Survives whatever a broker sends, or does not. */
    private final class OrderlyClient extends MqttAsyncClient {

        private final ScheduledExecutorService acknowledger;
        private volatile OrderlyConnection connection;

        OrderlyClient(String url, String clientId, ScheduledExecutorService acknowledger)
                throws MqttException {
            super(url, clientId, new MemoryPersistence());
            this.acknowledger = acknowledger;
        }

        @Override
        protected NetworkModule[] createNetworkModules(String address, MqttConnectOptions options)
                throws MqttException {
            connection =
                    new OrderlyConnection(
                            NetworkModules.areNeeded(address)
                                    ? NetworkModules.create(address, options, getClientId())
                                    : super.createNetworkModules(address, options)[0],
                            DurableClient.this::handOn,
                            DurableClient.this::isPlenty,
                            acknowledger);
            return new NetworkModule[] {connection};
        }

        void acknowledge(int id, boolean last) {
            Outgoing outgoing = connection.outgoing();
            if (outgoing != null) {
                outgoing.acknowledge(id, last);
            }
        }

        void sendAcks() {
            Outgoing outgoing = connection.outgoing();
            if (outgoing != null) {
                outgoing.sendAcks();
            }
        }

        void awaitThreads() {
            OrderlyConnection last = connection;
            if (last != null) {
                last.awaitThreads();
            }
        }
    }

    private final class ConnectListener implements IMqttActionListener {
        @Override
        public void onSuccess(IMqttToken token) {
            connected(token.getSessionPresent());
        }

        @Override
        public void onFailure(IMqttToken token, Throwable cause) {
            connectLater(cause);
        }
    }

    private final class SubscribeListener implements IMqttActionListener {
        @Override
        public void onSuccess(IMqttToken token) {
            int[] granted = token.getGrantedQos();
            if (granted.length > 0 && granted[0] == SUBSCRIPTION_REFUSED) {
                LOG.error("{}: the broker refuses the subscription to {}", getClientId(), filter);
                subscribeLater();
                return;
            }
            Runnable next;
            synchronized (acks) {
                subscribed = true;
                next = whenSubscribed;
            }
            next.run();
        }

        @Override
        public void onFailure(IMqttToken token, Throwable cause) {
            LOG.warn(
                    "{} could not subscribe to {} ({})",
                    getClientId(),
                    filter,
                    ConnectionLog.reason(cause));
            subscribeLater();
        }
    }
}
