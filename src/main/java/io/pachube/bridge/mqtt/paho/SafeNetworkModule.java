package io.pachube.bridge.mqtt.paho;

import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.internal.NetworkModule;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A connection to the broker that cannot hang Paho's threads.
 *
 * <p>Paho 1.2.5 starts them one after the other, and waits until it sees each run: without end for
 * one that has ended by then, as the reading one does where the broker closes at once. So nothing
 * is read before something was sent, which is what MQTT has (3.1.1, 3.1); and who ends the
 * connection waits for {@link #awaitThreads them} before. Its sleep between two looks is cut short.
 *
 * <p>When it has said that it leaves (3.1.1, 3.14), it reads on for a moment, until the broker
 * closes: a connection that is closed while anything is unread is reset, and what the broker has
 * not yet read is lost, acknowledgements too.
 */
final class SafeNetworkModule implements NetworkModule {

    private static final long THREADS_START_MILLIS = 2_000;
    private static final long WAKE_MILLIS = 2;
    private static final String PAHO_CONNECTS = "MQTT Con: ";
    private static final long BROKER_CLOSES_MILLIS = 1_000;
    private static final byte DISCONNECT = (byte) 0xe0;

    private final NetworkModule connection;
    private final PublishDecodingInputStream.Receiver receiver;
    private final BurstListener burstListener;
    private final ScheduledExecutorService acknowledger;
    private final CountDownLatch sent = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean disconnecting;
    private volatile Thread connectThread;
    private volatile AckBatchingOutputStream outgoing;

    /**
     * @param receiver takes messages
     * @param burstListener receives the packets that were read at once
     * @param acknowledger writes acknowledgements
     */
    SafeNetworkModule(
            NetworkModule connection,
            PublishDecodingInputStream.Receiver receiver,
            BurstListener burstListener,
            ScheduledExecutorService acknowledger) {
        this.connection = connection;
        this.receiver = receiver;
        this.burstListener = burstListener;
        this.acknowledger = acknowledger;
    }

    @Override
    public void start() throws IOException, MqttException {
        connection.start();
        connectThread = Thread.currentThread();
        wakeLater();
    }

    /** Paho sleeps 100 ms for each thread that it starts; an interrupt makes it look at once. */
    private void wake() {
        Thread connecting = connectThread;
        if (sent.getCount() == 0 || !connecting.getName().startsWith(PAHO_CONNECTS)) {
            return;
        }
        if (connecting.getState() == Thread.State.TIMED_WAITING) {
            connecting.interrupt();
        }
        if (connecting.isAlive()) {
            wakeLater();
        }
    }

    private void wakeLater() {
        try {
            acknowledger.schedule(this::wake, WAKE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // stopping: Paho sleeps
        }
    }

    /** Until the thread that has made the connection has started the others; but not for long. */
    void awaitThreads() {
        Thread last = connectThread;
        if (last != null && last != Thread.currentThread()) {
            try {
                last.join(THREADS_START_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return new PublishDecodingInputStream(
                new FilterInputStream(gathering(connection.getInputStream())) {
                    @Override
                    public int read(byte[] to, int offset, int length) throws IOException {
                        awaitSent();
                        try {
                            int count = super.read(to, offset, length);
                            if (count < 0) {
                                closed.countDown();
                            }
                            return count;
                        } catch (SocketTimeoutException e) {
                            throw e; // nothing came
                        } catch (IOException e) {
                            closed.countDown();
                            throw e;
                        }
                    }
                },
                (topic, message) -> {
                    if (!disconnecting) {
                        receiver.received(topic, message);
                    }
                });
    }

    /** With TLS a read brings one of the broker's writes, however many have come. */
    private InputStream gathering(InputStream in) {
        return getServerURI().startsWith("tcp:")
                ? new CoalescingInputStream(in, burstListener)
                : in;
    }

    private void awaitSent() throws IOException {
        try {
            sent.await();
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        }
    }

    private void awaitClosed() {
        try {
            closed.await(BROKER_CLOSES_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        outgoing =
                new AckBatchingOutputStream(
                        new FilterOutputStream(connection.getOutputStream()) {
                            @Override
                            public void write(byte[] packets) throws IOException {
                                disconnecting |= packets[0] == DISCONNECT;
                                out.write(packets);
                                sent.countDown();
                            }
                        },
                        acknowledger);
        return outgoing;
    }

    /** Returns the stream to the broker; null before there is one. */
    AckBatchingOutputStream outgoing() {
        return outgoing;
    }

    @Override
    public void stop() throws IOException {
        sent.countDown();
        if (disconnecting) {
            awaitClosed();
        }
        connection.stop();
    }

    @Override
    public String getServerURI() {
        return connection.getServerURI();
    }
}
