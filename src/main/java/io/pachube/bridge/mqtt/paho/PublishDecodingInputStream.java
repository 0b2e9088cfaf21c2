package io.pachube.bridge.mqtt.paho;

import org.eclipse.paho.client.mqttv3.MqttMessage;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What a broker sends: messages of QoS 0 and 1 are exposed on at once, Paho reads all other
 * packets.
 *
 * <p>Paho 1.2.5 hands each message from the thread that reads to another one, through a queue of
 * ten, which costs more than the rest of its work. And it accepts no character from U+FDD0 on in a
 * topic, though MQTT has them: its reading thread ends with an exception, and so does the next one,
 * because the broker sends the message again. Anybody who may publish could end the bridge so. Nor
 * does Paho publish on such a topic. A topic with such a character gets question marks in the place
 * of everything that is not ASCII.
 *
 * <p>A packet is judged by its announced length before it is buffered. A payload is cut one byte
 * behind {@link #MAX_PAYLOAD}, and the rest is skipped, so that its receiver sees that it is too
 * large. Any other packet that is so long ends the connection, as does an error in a receiver.
 */
public final class PublishDecodingInputStream extends FilterInputStream {

    /** Takes messages, on the thread that reads. */
    public interface Receiver {
        void received(String topic, MqttMessage message);
    }

    /** The largest payload that is read whole, in bytes. */
    public static final int MAX_PAYLOAD = 64 * 1024;

    private static final int PUBLISH = 3;
    private static final int MAX_FIXED_HEADER = 5;
    private static final int DEFAULT_BUFFER = 1 << 16;

    /**
     * A PUBACK for no publish: Paho passes it over, and sees that something comes, where its
     * keep-alive would end a connection on which a long payload is skipped.
     */
    private static final byte[] ALIVE = {0x40, 2, 0, 0};

    private static final long ALIVE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Receiver receiver;
    private final LongSupplier nanoTime;

    /** The packet, as far as it has come. */
    private byte[] packet = new byte[1024];

    private int size;

    /** The length of its fixed header (MQTT 3.1.1, 2.2). */
    private int header;

    /** What Paho reads now, which part of it it has read, and is still to read. */
    private byte[] exposed = {};

    private int readPosition;

    private int remaining;

    /** How much behind a cut payload has been read. */
    private int skipped;

    private long aliveSince;

    PublishDecodingInputStream(InputStream in, Receiver receiver) {
        this(in, receiver, System::nanoTime);
    }

    /**
     * @param nanoTime a clock as {@link System#nanoTime}
     */
    PublishDecodingInputStream(InputStream in, Receiver receiver, LongSupplier nanoTime) {
        super(new BufferedInputStream(in, DEFAULT_BUFFER)); // a packet is taken from it in pieces
        this.receiver = receiver;
        this.nanoTime = nanoTime;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        try {
            return readOn(to, offset, length);
        } catch (RuntimeException | Error e) {
            // on Paho's thread, which would end without a word
            throw new IOException("A packet could not be taken: " + e, e);
        }
    }

    private int readOn(byte[] to, int offset, int length) throws IOException {
        while (remaining == 0 && length > 0) {
            try {
                if (!readPacket()) {
                    expose(ALIVE, ALIVE.length);
                    break;
                }
            } catch (EOFException e) {
                return -1;
            }
            int end = size;
            size = 0;
            int qos = qos();
            if (!isPublish()) {
                expose(packet, end);
            } else {
                int topicEnd = sanitizeTopic(end);
                if (qos > 1) {
                    expose(packet, end);
                } else {
                    decodePublish(qos, topicEnd, end);
                }
            }
        }
        int count = Math.min(length, remaining);
        System.arraycopy(exposed, readPosition, to, offset, count);
        readPosition += count;
        remaining -= count;
        return count;
    }

    private void expose(byte[] bytes, int length) {
        exposed = bytes;
        readPosition = 0;
        remaining = length;
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    /**
     * Returns false if it takes long. After a time-out in between, the bytes that were read are
     * kept.
     */
    private boolean readPacket() throws IOException {
        header = 1;
        do {
            readTo(++header);
        } while (packet[header - 1] < 0 && header < MAX_FIXED_HEADER);
        int length = 0;
        for (int i = header - 1; i > 0; i--) {
            length = length << 7 | packet[i] & 0x7f;
        }
        if (packet.length > DEFAULT_BUFFER && header + length <= DEFAULT_BUFFER) {
            packet = Arrays.copyOf(packet, DEFAULT_BUFFER);
        }
        int end = header + length;
        if (length > MAX_PAYLOAD) {
            if (!isPublish()) {
                throw new IOException(
                        "The broker sent a packet of type %d and %d bytes"
                                .formatted(packet[0] >> 4 & 15, length));
            }
            readTo(header + 2);
            int cut = header + 2 + unsigned(header) + (qos() > 0 ? 2 : 0) + MAX_PAYLOAD + 1;
            if (cut < end) {
                readTo(cut);
                if (!skip(end - cut)) {
                    return false;
                }
                setRemaining(cut - header);
                return true;
            }
        }
        readTo(end);
        return true;
    }

    private boolean isPublish() {
        return (packet[0] & 0xf0) >> 4 == PUBLISH;
    }

    private int qos() {
        return packet[0] >> 1 & 3;
    }

    private boolean skip(int length) throws IOException {
        byte[] rest = new byte[8192];
        if (skipped == 0) {
            aliveSince = nanoTime.getAsLong();
        }
        while (skipped < length) {
            if (nanoTime.getAsLong() - aliveSince > ALIVE_NANOS) {
                aliveSince = nanoTime.getAsLong();
                return false;
            }
            int count = in.read(rest, 0, Math.min(rest.length, length - skipped));
            if (count < 0) {
                throw new EOFException();
            }
            skipped += count;
        }
        skipped = 0;
        return true;
    }

    /** In as many bytes as there were. */
    private void setRemaining(int length) {
        int rest = length;
        for (int i = 1; i < header; i++) {
            packet[i] = (byte) (rest & 0x7f | (i < header - 1 ? 0x80 : 0));
            rest >>= 7;
        }
    }

    private void readTo(int end) throws IOException {
        while (size < end) {
            if (size == packet.length) { // not at once: it may never come
                packet = Arrays.copyOf(packet, 2 * size);
            }
            int count = in.read(packet, size, Math.min(end, packet.length) - size);
            if (count < 0) {
                throw new EOFException();
            }
            size += count;
        }
    }

    /** Gives where the topic ends. */
    private int sanitizeTopic(int end) throws IOException {
        int from = header + 2;
        int to = from + (end < from ? 0 : unsigned(header));
        if (to > end) {
            throw new IOException("The broker sent a message without a topic");
        }
        // nearly all are plain
        if (!isPrintableAscii(from, to) && !isAcceptedByPaho(topic(to))) {
            for (int i = from; i < to; i++) {
                packet[i] = isPrintableAscii(packet[i]) ? packet[i] : (byte) '?';
            }
        }
        return to;
    }

    private boolean isPrintableAscii(int from, int to) {
        for (int i = from; i < to; i++) {
            if (!isPrintableAscii(packet[i])) {
                return false;
            }
        }
        return true;
    }

    private void decodePublish(int qos, int topicEnd, int end) throws IOException {
        int payload = topicEnd + (qos > 0 ? 2 : 0);
        if (payload > end) {
            throw new IOException("The broker sent a message without an identifier");
        }
        MqttMessage message = new MqttMessage(Arrays.copyOfRange(packet, payload, end));
        message.setQos(qos);
        message.setRetained((packet[0] & 1) != 0);
        if (qos > 0) {
            message.setId(unsigned(topicEnd));
        }
        receiver.received(topic(topicEnd), message);
    }

    private String topic(int end) {
        return new String(packet, header + 2, end - header - 2, StandardCharsets.UTF_8);
    }

    private int unsigned(int at) {
        return (packet[at] & 0xff) << 8 | packet[at + 1] & 0xff;
    }

    private static boolean isPrintableAscii(byte b) {
        return b >= ' ' && b != 0x7f;
    }

    private static boolean isAcceptedByPaho(String topic) {
        return topic.codePoints().noneMatch(c -> Character.isISOControl(c) || c >= 0xfdd0);
    }
}
