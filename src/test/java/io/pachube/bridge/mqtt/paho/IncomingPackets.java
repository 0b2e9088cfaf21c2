package io.pachube.bridge.mqtt.paho;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.eclipse.paho.client.mqttv3.MqttMessage;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * MQTT packets as a broker sends them, and what {@link PublishDecodingInputStream} makes of them.
 */
final class IncomingPackets {

    private IncomingPackets() {}

    /**
     * The packets that were read, the same whether at once or in small parts with a time-out after
     * each, as Paho's sockets may give it.
     */
    record Read(byte[] byPaho, List<String> topics, List<MqttMessage> messages) {

        static Read of(byte[] sent) throws IOException {
            Read atOnce = atOnce(sent);
            Read inParts = read(new Slow(sent));
            assertArrayEquals(atOnce.byPaho, inParts.byPaho);
            assertEquals(atOnce.topics, inParts.topics);
            return atOnce;
        }

        static Read atOnce(byte[] sent) throws IOException {
            return read(new ByteArrayInputStream(sent));
        }

        private static Read read(InputStream socket) throws IOException {
            List<String> topics = new ArrayList<>();
            List<MqttMessage> messages = new ArrayList<>();
            ByteArrayOutputStream byPaho = new ByteArrayOutputStream();
            try (InputStream in =
                    new PublishDecodingInputStream(
                            socket,
                            (topic, message) -> {
                                topics.add(topic);
                                messages.add(message);
                            })) {
                byte[] part = new byte[1000];
                while (true) {
                    try {
                        int count = in.read(part, 0, byPaho.size() % 2 == 0 ? 1 : part.length);
                        if (count < 0) {
                            return new Read(byPaho.toByteArray(), topics, messages);
                        }
                        byPaho.write(part, 0, count);
                    } catch (SocketTimeoutException e) {
                        // Paho tries again
                    }
                }
            }
        }
    }

    private static final class Slow extends ByteArrayInputStream {
        private static final Exception TIME_OUT = new SocketTimeoutException();
        private boolean timeOut;

        Slow(byte[] bytes) {
            super(bytes);
        }

        /** Nothing that would come without waiting. */
        @Override
        public synchronized int available() {
            return 0;
        }

        @Override
        public synchronized int read(byte[] to, int offset, int length) {
            timeOut = !timeOut;
            if (timeOut) {
                Slow.<RuntimeException>raise(TIME_OUT);
            }
            return super.read(to, offset, Math.min(length, pos < 1_000 ? 3 : 4_000));
        }

        @SuppressWarnings("unchecked")
        private static <T extends Exception> void raise(Exception thrown) throws T {
            throw (T) thrown;
        }
    }

    /** A PUBLISH, with the identifier 7 where it has one. */
    static byte[] publish(int qos, String topic, byte[] payload) throws IOException {
        byte[] level = topic.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeShort(level.length);
        out.write(level);
        if (qos > 0) {
            out.writeShort(7);
        }
        out.write(payload);
        return packet(0x30 | qos << 1, bytes.toByteArray());
    }

    static byte[] packet(int first, byte[] rest) throws IOException {
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        packet.write(first);
        int length = rest.length;
        do {
            packet.write(length % 128 | (length >= 128 ? 0x80 : 0));
            length /= 128;
        } while (length > 0);
        packet.write(rest);
        return packet.toByteArray();
    }
}
