package io.pachube.bridge.mqtt.paho;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Writes Paho's packets, and between them acknowledgements of QoS 1.
 *
 * <p>Paho would write each acknowledgement by itself. Here they go out together, at most one
 * millisecond later; at once where the broker waits for them, with nothing else on its way.
 *
 * <p>Thread safe; Paho's packets come from one thread.
 */
final class AckBatchingOutputStream extends OutputStream {

    private static final Logger LOG = LoggerFactory.getLogger(AckBatchingOutputStream.class);
    private static final byte PUBACK = 0x40;
    private static final long FLUSH_INTERVAL = TimeUnit.MILLISECONDS.toNanos(1);

    private final OutputStream connection;
    private final ScheduledExecutorService executor;

    /** Of Paho's packet, until it flushes: nothing may come in between. */
    private final ByteArrayOutputStream packet = new ByteArrayOutputStream();

    private final ByteArrayOutputStream acks = new ByteArrayOutputStream();
    private boolean scheduled;

    /** When the last ones were sent, nanoseconds of {@link System#nanoTime}. */
    private long lastFlush = System.nanoTime();

    /**
     * @param executor writes acknowledgements
     */
    AckBatchingOutputStream(OutputStream connection, ScheduledExecutorService executor) {
        this.connection = connection;
        this.executor = executor;
    }

    @Override
    public void write(int b) {
        packet.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        packet.write(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
        if (packet.size() > 0) {
            synchronized (connection) {
                send(packet.toByteArray());
            }
            packet.reset();
        }
    }

    private void send(byte[] packets) throws IOException {
        connection.write(packets);
        connection.flush();
    }

    /**
     * Adds an acknowledgement behind those that wait to be sent. Does not wait.
     *
     * @param last none can follow before the broker sends more
     */
    void acknowledge(int id, boolean last) {
        synchronized (acks) {
            acks.write(PUBACK);
            acks.write(2);
            acks.write(id >> 8);
            acks.write(id);
            if (last) {
                executor.execute(this::flushAcks);
            } else if (!scheduled) {
                scheduled = true;
                executor.schedule(
                        this::flushAcks,
                        lastFlush + FLUSH_INTERVAL - System.nanoTime(),
                        TimeUnit.NANOSECONDS);
            }
        }
    }

    /** Sends the acknowledgements that wait to be sent. */
    void flushAcks() {
        try {
            synchronized (connection) { // also so that none overtakes another
                byte[] taken = takeAcks();
                if (taken.length > 0) {
                    send(taken);
                }
            }
        } catch (IOException e) {
            LOG.debug("Messages could not be acknowledged; the broker sends copies", e);
        } catch (RuntimeException | Error e) {
            LOG.error(
                    "Acknowledgements could not be written: the client reconnects, and the broker sends"
                            + " their messages again",
                    e);
            closeQuietly();
        }
    }

    private void closeQuietly() {
        try {
            close();
        } catch (IOException e) {
            LOG.debug("The connection does not close in good order", e);
        }
    }

    private byte[] takeAcks() {
        synchronized (acks) {
            byte[] taken = acks.toByteArray();
            acks.reset();
            scheduled = false;
            lastFlush = System.nanoTime();
            return taken;
        }
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
