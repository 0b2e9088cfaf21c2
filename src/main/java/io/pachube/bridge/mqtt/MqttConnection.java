package io.pachube.bridge.mqtt;

import io.pachube.bridge.mqtt.paho.DurableAsyncClient;

import org.eclipse.paho.client.mqttv3.IMqttActionListener;
import org.eclipse.paho.client.mqttv3.IMqttToken;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/**
 * Connects a client in the background, and again whenever the connection is lost, with exponential
 * back-off and without end.
 *
 * <p>Thread safe: its state is guarded by the lock of the client, which the listener is called
 * with. Only {@link #stop} and {@link #deleteSession} wait, for a moment.
 */
final class MqttConnection {

    private static final Logger LOG = LoggerFactory.getLogger(MqttConnection.class);

    private static final long SESSION_DELETE_TIMEOUT = 1_000;

    /**
     * An attempt that is cancelled earlier leaves a thread of Paho's behind, which waits for ever
     * for another one to start.
     */
    private static final long CONNECT_GRACE = 1_000;

    private static final long CONNACK_TIMEOUT = 15_000;

    /** Is called with the lock. */
    interface Listener {
        void onConnected(boolean sessionPresent);

        /** Also of a connection that is already gone. */
        void onDisconnected();
    }

    private final DurableAsyncClient client;
    private final MqttConnectOptions options;
    private final ConnectionLog log;
    private final ScheduledExecutorService background;
    private final Object lock;
    private final IntSupplier refusals;
    private final BooleanSupplier mayConnect;
    private final Listener listener;

    // valid for the session

    private boolean running;
    private boolean hadSession;

    // valid until connected

    private boolean connectScheduled;
    private boolean reconnecting;
    private IMqttToken pendingConnect;
    private final ReconnectBackoff backoff = new ReconnectBackoff();

    /**
     * @param background runs connection attempts; owned by the caller
     * @param mayConnect false: it stays disconnected, and {@link #start} connects it later
     * @param refusals returns how many publishes the broker has refused by closing the connection
     */
    MqttConnection(
            DurableAsyncClient client,
            MqttConnectOptions options,
            ConnectionLog log,
            ScheduledExecutorService background,
            Object lock,
            BooleanSupplier mayConnect,
            IntSupplier refusals,
            Listener listener) {
        this.client = client;
        this.options = options;
        this.log = log;
        this.background = background;
        this.lock = lock;
        this.mayConnect = mayConnect;
        this.refusals = refusals;
        this.listener = listener;
    }

    DurableAsyncClient client() {
        return client;
    }

    boolean isConnected() {
        return client.isConnected();
    }

    /** Returns true from {@link #start} to {@link #stop}. Called with the lock. */
    boolean isRunning() {
        return running;
    }

    /** Returns true if a reconnect was asked for and not begun. Called with the lock. */
    boolean isReconnecting() {
        return reconnecting;
    }

    /** Connects unless connected, and again whenever the connection is lost. */
    void start() {
        synchronized (lock) {
            running = true;
            resume();
        }
    }

    /** Connects again after {@link #pause}, unless it was stopped. */
    void resume() {
        synchronized (lock) {
            if (running && !isConnected()) {
                connectIn(0);
            }
        }
    }

    boolean mayConnect() {
        return mayConnect.getAsBoolean();
    }

    /** Sends the ready acknowledgements and disconnects; the broker keeps the session. */
    void stop() {
        synchronized (lock) {
            running = false;
        }
        pause();
    }

    /** Disconnects until the next {@link #start}, or {@link #resume}. */
    void pause() {
        IMqttToken attempt;
        synchronized (lock) {
            attempt = pendingConnect;
            pendingConnect = null;
        }
        if (attempt != null && !isAnswered(attempt)) {
            client.cancelConnect();
        }
        disconnect();
        log.closed(client.getClientId());
    }

    /** After {@link #stop}: makes the broker forget the session, and its queue. */
    void deleteSession() {
        options.setCleanSession(true);
        try {
            IMqttToken attempt = client.connect(options);
            synchronized (lock) {
                pendingConnect = attempt;
            }
            attempt.waitForCompletion(SESSION_DELETE_TIMEOUT);
        } catch (MqttException e) {
            LOG.warn(
                    "{} could not delete its session ({}): the broker goes on queueing messages for"
                            + " it. Delete it at the broker",
                    client.getClientId(),
                    ConnectionLog.reason(e));
        } finally {
            stop();
        }
    }

    /**
     * Disconnects and connects again, once for all calls in the meantime: the broker then sends all
     * unacknowledged messages. Called with the lock.
     */
    void reconnectForRedelivery(long millis) {
        if (!reconnecting) {
            reconnecting = true;
            lock.notifyAll();
            schedule(
                    () -> {
                        disconnect();
                        synchronized (lock) {
                            reconnecting = false;
                            connectIn(0);
                        }
                    },
                    millis);
        }
    }

    void schedule(Runnable task, long millis) {
        try {
            background.schedule(task, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("{} stays disconnected: stopping", client.getClientId());
        }
    }

    /** Called when the connection was lost. */
    void onLost(Throwable cause) {
        synchronized (lock) {
            listener.onDisconnected();
            long delay = backoff.onLost(refusals.getAsInt());
            if (running) {
                log.unavailable(client.getClientId(), cause, backoff.shortLived());
                connectIn(delay);
            }
        }
    }

    private static boolean isAnswered(IMqttToken attempt) {
        try {
            attempt.waitForCompletion(CONNECT_GRACE);
            return true;
        } catch (MqttException e) {
            return attempt.isComplete();
        }
    }

    private void disconnect() {
        client.disconnectGracefully();
        synchronized (lock) {
            listener.onDisconnected();
        }
    }

    /** One attempt at a time: two that wait would each make another. */
    private void connectIn(long millis) {
        if (!connectScheduled) {
            connectScheduled = true;
            schedule(this::connect, millis);
        }
    }

    private void connect() {
        synchronized (lock) {
            connectScheduled = false;
            if (!running || !mayConnect() || isConnected()) {
                return;
            }
            try {
                IMqttToken attempt = client.connect(options, null, new ConnectListener());
                pendingConnect = attempt;
                schedule(() -> timeOut(attempt), CONNACK_TIMEOUT);
            } catch (MqttException e) {
                if (e.getReasonCode() != MqttException.REASON_CODE_CONNECT_IN_PROGRESS
                        && e.getReasonCode() != MqttException.REASON_CODE_CLIENT_CONNECTED) {
                    onConnectFailed(e);
                }
            } catch (RuntimeException | Error e) {
                onConnectFailed(e); // the executor would keep it to itself
            }
        }
    }

    /** Paho itself waits without end for the answer of a broker that accepted the connection. */
    private void timeOut(IMqttToken attempt) {
        synchronized (lock) {
            if (pendingConnect != attempt) {
                return;
            }
        }
        client.cancelConnect();
        onConnectFailed(new MqttException(MqttException.REASON_CODE_CLIENT_TIMEOUT));
    }

    private void onConnectFailed(Throwable cause) {
        synchronized (lock) {
            pendingConnect = null;
            if (running) {
                log.unavailable(client.getClientId(), cause, backoff.shortLived());
            }
            connectIn(backoff.onFailed());
        }
    }

    private final class ConnectListener implements IMqttActionListener {
        @Override
        public void onSuccess(IMqttToken token) {
            boolean sessionPresent = token.getSessionPresent();
            synchronized (lock) {
                pendingConnect = null;
                backoff.onConnected();
                log.connected(client.getClientId());
                if (!sessionPresent && hadSession) {
                    log.sessionLost(client.getClientId());
                }
                hadSession = !options.isCleanSession();
                listener.onConnected(sessionPresent);
            }
        }

        @Override
        public void onFailure(IMqttToken token, Throwable cause) {
            onConnectFailed(cause);
        }
    }
}
