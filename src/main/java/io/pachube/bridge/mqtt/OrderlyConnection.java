package io.pachube.bridge.mqtt;

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
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A connection to the broker with which Paho's threads can live.
 *
 * <p>Paho 1.2.5 starts them one after the other, and waits until it sees each run: without end for
 * one that has ended by then, as the reading one does where the broker closes at once. So nothing
 * is read before something was sent, which is what MQTT has (3.1.1, 3.1); and who ends the
 * connection waits for {@link #awaitThreads them} before.
 *
 * <p>When it has said that it leaves (3.1.1, 3.14), it reads on for a moment, until the broker
 * closes: a connection that is closed while anything is unread is reset, and what the broker has
 * not yet read is lost, acknowledgements too.
 */
final class OrderlyConnection implements NetworkModule {

    private static final long THREADS_START_MILLIS = 2_000;
    private static final long BROKER_CLOSES_MILLIS = 1_000;
    private static final byte DISCONNECT = (byte) 0xe0;

    private final NetworkModule connection;
    private final Incoming.Receiver receiver;
    private final BooleanSupplier isPlenty;
    private final ScheduledExecutorService acknowledger;
    private final CountDownLatch sent = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean leaving;
    private volatile Thread starter;
    private volatile Outgoing outgoing;

    /**
     * @param receiver takes messages
     * @param isPlenty says whether so many are in work that one more would only wait
     * @param acknowledger writes acknowledgements
     */
    OrderlyConnection(
            NetworkModule connection,
            Incoming.Receiver receiver,
            BooleanSupplier isPlenty,
            ScheduledExecutorService acknowledger) {
        this.connection = connection;
        this.receiver = receiver;
        this.isPlenty = isPlenty;
        this.acknowledger = acknowledger;
    }

    @Override
    public void start() throws IOException, MqttException {
        connection.start();
        starter = Thread.currentThread();
    }

    /** Until the thread that has made the connection has started the others; but not for long. */
    void awaitThreads() {
        Thread last = starter;
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
        return new Incoming(
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
                    if (!leaving) {
                        receiver.received(topic, message);
                    }
                });
    }

    /** With TLS a read brings one of the broker's writes, however many have come. */
    private InputStream gathering(InputStream in) {
        return getServerURI().startsWith("tcp:") ? new Gathering(in, isPlenty) : in;
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
                new Outgoing(
                        new FilterOutputStream(connection.getOutputStream()) {
                            @Override
                            public void write(byte[] packets) throws IOException {
                                leaving |= packets[0] == DISCONNECT;
                                out.write(packets);
                                sent.countDown();
                            }
                        },
                        acknowledger);
        return outgoing;
    }

    /** What is sent; null before anything is. */
    Outgoing outgoing() {
        return outgoing;
    }

    @Override
    public void stop() throws IOException {
        sent.countDown();
        if (leaving) {
            awaitClosed();
        }
        connection.stop();
    }

    @Override
    public String getServerURI() {
        return connection.getServerURI();
    }
}
