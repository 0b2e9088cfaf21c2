package io.pachube.bridge.mqtt.paho;

import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.internal.NetworkModule;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.ScheduledExecutorService;

/** Paho's client with connections that survive whatever a broker sends, or does not. */
public final class DurableAsyncClient extends MqttAsyncClient {

    private static final Logger LOG = LoggerFactory.getLogger(DurableAsyncClient.class);

    /** For acknowledgements in flight. */
    private static final long QUIESCE_MILLIS = 100;

    /** For the DISCONNECT to leave. Paho always waits for all of it: nothing answers one. */
    private static final long DISCONNECT_TIMEOUT = 100;

    private final PublishDecodingInputStream.Receiver receiver;
    private final BurstListener burstListener;
    private final ScheduledExecutorService acknowledger;
    private volatile SafeNetworkModule connection;

    /**
     * @param receiver takes messages of QoS 0 and 1, on the thread that reads
     * @param burstListener receives the packets that were read at once
     * @param acknowledger writes acknowledgements; owned by the caller
     */
    public DurableAsyncClient(
            String url,
            String clientId,
            PublishDecodingInputStream.Receiver receiver,
            BurstListener burstListener,
            ScheduledExecutorService acknowledger)
            throws MqttException {
        super(url, clientId, new MemoryPersistence());
        this.receiver = receiver;
        this.burstListener = burstListener;
        this.acknowledger = acknowledger;
    }

    @Override
    protected NetworkModule[] createNetworkModules(String address, MqttConnectOptions options)
            throws MqttException {
        connection =
                new SafeNetworkModule(
                        NetworkModules.areNeeded(address)
                                ? NetworkModules.create(address, options, getClientId())
                                : super.createNetworkModules(address, options)[0],
                        receiver,
                        burstListener,
                        acknowledger);
        return new NetworkModule[] {connection};
    }

    /**
     * Acknowledges a message of QoS 1, without waiting.
     *
     * @param last no other can follow before the broker sends more
     */
    public void acknowledge(int id, boolean last) {
        AckBatchingOutputStream outgoing = connection.outgoing();
        if (outgoing != null) {
            outgoing.acknowledge(id, last);
        }
    }

    /** Sends the acknowledgements that wait to be sent. */
    public void flushAcks() {
        AckBatchingOutputStream outgoing = connection.outgoing();
        if (outgoing != null) {
            outgoing.flushAcks();
        }
    }

    /** Sends the ready acknowledgements and disconnects, if connected. */
    public void disconnectGracefully() {
        try {
            if (isConnected()) {
                awaitThreads();
                flushAcks();
                disconnectForcibly(QUIESCE_MILLIS, DISCONNECT_TIMEOUT);
            }
        } catch (MqttException e) {
            LOG.debug("{} did not disconnect in good order", getClientId(), e);
        }
    }

    /** Ends an attempt to connect; calls no listener. */
    public void cancelConnect() {
        awaitThreads();
        try {
            disconnectForcibly(0, DISCONNECT_TIMEOUT, false);
        } catch (MqttException e) {
            LOG.debug("{} could not cancel its attempt to connect", getClientId(), e);
        }
    }

    /** Waits a moment until Paho has started the threads of the connection. */
    private void awaitThreads() {
        SafeNetworkModule last = connection;
        if (last != null) {
            last.awaitThreads();
        }
    }
}
