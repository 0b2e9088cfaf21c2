package io.pachube.bridge.mqtt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;

import org.eclipse.paho.client.mqttv3.internal.wire.MqttWireMessage;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** The filter against a reference that has all bytes at once. */
class ReadableTopicsFuzzTest {

    private static final int LONGEST = 100;
    private static final IOException TIME_OUT = new SocketTimeoutException();

    /** The same bytes as packets, and as a topic, which Paho must be able to read. */
    @FuzzTest
    void packets(byte[] sent) throws Exception {
        check(sent);
        byte[] publish = publish(sent);
        check(publish);
        MqttWireMessage.createWireMessage(
                new ReadableTopics(new ByteArrayInputStream(publish)).readAllBytes());
    }

    private static void check(byte[] sent) throws IOException {
        byte[] expected = expected(sent);
        assertArrayEquals(
                expected, new ReadableTopics(new ByteArrayInputStream(sent)).readAllBytes());
        assertArrayEquals(expected, inParts(sent));
    }

    private static byte[] publish(byte[] bytes) throws IOException {
        int length = Math.min(bytes.length, LONGEST);
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        packet.write(new byte[] {0x32, (byte) (4 + length), 0, (byte) length});
        packet.write(bytes, 0, length);
        packet.write(new byte[] {0, 7});
        return packet.toByteArray();
    }

    /** What is certain: a packet that breaks off in its header or topic never comes. */
    private static byte[] expected(byte[] sent) {
        byte[] read = sent.clone();
        int packet = 0;
        while (packet < sent.length) {
            int body = packet + 1;
            int remaining = 0;
            do {
                if (body == sent.length) {
                    return Arrays.copyOf(read, packet);
                }
                remaining |= (sent[body] & 0x7f) << 7 * (body - packet - 1);
            } while (sent[body++] < 0 && body < packet + 5);
            if ((sent[packet] & 0xf0) == 0x30 && remaining >= 2) {
                int topic = body + 2;
                if (topic > sent.length) {
                    return Arrays.copyOf(read, packet);
                }
                int length = (sent[body] & 0xff) << 8 | sent[body + 1] & 0xff;
                int end = topic + Math.min(length, remaining - 2);
                if (end > sent.length) {
                    return Arrays.copyOf(read, packet);
                }
                makeReadable(read, topic, end);
            }
            packet = body + remaining;
        }
        return read;
    }

    private static void makeReadable(byte[] read, int from, int end) {
        int at = from;
        while (at < end) {
            int length = length(read[at]);
            int c = character(read, at, Math.min(length, end - at));
            if (c == '\uFFFD') {
                break;
            }
            if (Character.isISOControl(c) || c >= 0xfdd0) {
                Arrays.fill(read, at, at + length, (byte) '?');
            }
            at += length;
        }
        for (; at < end; at++) {
            if (read[at] < ' ' || read[at] == 0x7f) {
                read[at] = '?';
            }
        }
    }

    private static int length(byte first) {
        return first >= 0 ? 1 : (first & 0xe0) == 0xc0 ? 2 : (first & 0xf0) == 0xe0 ? 3 : 4;
    }

    private static int character(byte[] bytes, int at, int length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, at, length))
                    .toString()
                    .codePointAt(0);
        } catch (CharacterCodingException e) {
            return '\uFFFD';
        }
    }

    /** In parts of any length, on both sides, with time-outs in between. */
    private static byte[] inParts(byte[] sent) throws IOException {
        Random random = new Random(Arrays.hashCode(sent));
        InputStream socket = new ByteArrayInputStream(sent);
        InputStream parts =
                new InputStream() {
                    @Override
                    public int read() throws IOException {
                        return socket.read();
                    }

                    @Override
                    public int read(byte[] to, int offset, int length) throws IOException {
                        if (random.nextInt(3) == 0) {
                            throw TIME_OUT;
                        }
                        return socket.read(to, offset, 1 + random.nextInt(length));
                    }
                };
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        try (InputStream in = new ReadableTopics(parts)) {
            byte[] part = new byte[64];
            for (int count = 0; count >= 0; ) {
                try {
                    count = in.read(part, 0, random.nextInt(part.length + 1));
                    received.write(part, 0, Math.max(count, 0));
                } catch (SocketTimeoutException e) {
                    // Paho tries again
                }
            }
        }
        return received.toByteArray();
    }
}
