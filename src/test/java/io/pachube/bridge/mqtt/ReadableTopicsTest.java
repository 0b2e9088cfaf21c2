package io.pachube.bridge.mqtt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.eclipse.paho.client.mqttv3.internal.wire.MqttPublish;
import org.eclipse.paho.client.mqttv3.internal.wire.MqttWireMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

class ReadableTopicsTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "t", "pb/k/1/t", "pb/k/1/温度", "pb/k/1/\uFDCF"})
    void whatPahoReadsIsLeftAsItIs(String topic) throws Exception {
        byte[] packet = publish(topic);

        assertEquals(
                topic, ((MqttPublish) MqttWireMessage.createWireMessage(packet)).getTopicName());
        assertArrayEquals(packet, read(packet));
    }

    @ParameterizedTest
    @CsvSource({
        "pb/k/1/\uD83C\uDF21, pb/k/1/????",
        "pb/k/1/Ａ/trigger, pb/k/1/???/trigger",
        "pb/温/1/\uFFFDx\uFFFD, pb/温/1/???x???",
        "pb/k\u0085/1/t, pb/k??/1/t",
        "pb/k/1/\uFFFDx\u007F温, pb/k/1/???x????"
    })
    void whatPahoDoesNotReadBecomesQuestionMarks(String topic, String readable) throws Exception {
        byte[] packet = publish(topic);
        assertThrows(
                IllegalArgumentException.class, () -> MqttWireMessage.createWireMessage(packet));

        MqttPublish message = (MqttPublish) MqttWireMessage.createWireMessage(read(packet));

        assertEquals(readable, message.getTopicName());
        assertEquals(7, message.getMessageId());
        assertArrayEquals(
                "21.5 \uD83C\uDF21".getBytes(StandardCharsets.UTF_8), message.getPayload());
    }

    @Test
    void noCharacterEndsPaho() throws Exception {
        for (int c = 1; c <= Character.MAX_CODE_POINT; c += c < 0x11000 ? 1 : 97) {
            byte[] packet = publish("pb/k/1/" + Character.toString(c));
            MqttWireMessage.createWireMessage(
                    new ReadableTopics(new ByteArrayInputStream(packet)).readAllBytes());
        }
    }

    @Test
    void aTopicThatIsNoUtf8BecomesReadable() throws Exception {
        byte[] packet = publish("pb/k/1/abcd");
        packet[2 + 2 + 7] = (byte) 0xff;
        packet[2 + 2 + 9] = (byte) 0xc3;

        assertEquals(
                "pb/k/1/?b?d",
                ((MqttPublish) MqttWireMessage.createWireMessage(read(packet))).getTopicName());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 100, 127, 128, 16_384, 100_000})
    void otherPacketsAndPayloadsPass(int length) throws Exception {
        byte[] rest = new byte[length];
        Arrays.fill(rest, (byte) 0xff);
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int type = 0; type < 16; type++) {
            if (type != 3) {
                stream.write(packet(type << 4 | 2, rest));
            }
        }
        stream.write(publish("pb/k/1/t", rest));
        stream.write(publish("", rest));

        assertArrayEquals(stream.toByteArray(), read(stream.toByteArray()));
    }

    @Test
    void packetsThatAreNonePassOrEnd() throws Exception {
        for (byte[] packet :
                new byte[][] {
                    {},
                    {0x32},
                    {0x32, 0},
                    {0x32, 1, 0},
                    {0x32, 2, 0, 9},
                    {0x32, 3, 0, 9, 'a'},
                    {0x20, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 1}
                }) {
            byte[] read = read(packet);
            assertArrayEquals(Arrays.copyOf(packet, read.length), read);
        }
    }

    /** A byte at a time, with a time-out after each: as Paho's sockets may give it. */
    private static byte[] read(byte[] sent) throws IOException {
        InputStream socket =
                new ByteArrayInputStream(sent) {
                    private boolean timeOut;

                    @Override
                    public synchronized int read(byte[] to, int offset, int length) {
                        timeOut = !timeOut;
                        if (timeOut) {
                            ReadableTopicsTest.<RuntimeException>raise(
                                    new SocketTimeoutException());
                        }
                        return super.read(to, offset, Math.min(length, 3));
                    }
                };
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        try (InputStream in = new ReadableTopics(socket)) {
            byte[] part = new byte[1000];
            while (true) {
                try {
                    int count = in.read(part, 0, received.size() % 2 == 0 ? 1 : part.length);
                    if (count < 0) {
                        break;
                    }
                    received.write(part, 0, count);
                } catch (SocketTimeoutException e) {
                    // Paho tries again
                }
            }
        }
        byte[] all = received.toByteArray();
        assertArrayEquals(all, new ReadableTopics(new ByteArrayInputStream(sent)).readAllBytes());
        return all;
    }

    @SuppressWarnings("unchecked")
    private static <T extends Exception> void raise(Exception thrown) throws T {
        throw (T) thrown;
    }

    private static byte[] publish(String topic) throws IOException {
        return publish(topic, "21.5 \uD83C\uDF21".getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] publish(String topic, byte[] payload) throws IOException {
        byte[] level = topic.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeShort(level.length);
        out.write(level);
        out.writeShort(7);
        out.write(payload);
        return packet(0x32, bytes.toByteArray());
    }

    private static byte[] packet(int first, byte[] rest) throws IOException {
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
