package io.pachube.bridge.mqtt.paho;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.mqtt.paho.IncomingPackets.Read;

import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.internal.wire.MqttPubAck;
import org.eclipse.paho.client.mqttv3.internal.wire.MqttPublish;
import org.eclipse.paho.client.mqttv3.internal.wire.MqttWireMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

class PublishDecodingInputStreamTest {

    private static final byte[] PAYLOAD = "21.5 \uD83C\uDF21".getBytes(StandardCharsets.UTF_8);

    @ParameterizedTest
    @ValueSource(strings = {"", "t", "pb/k/1/t", "pb/k/1/温度", "pb/k/1/\uFDCF"})
    void aReadableTopicIsLeftAsItIs(String topic) throws Exception {
        byte[] packet = IncomingPackets.publish(2, topic, PAYLOAD);

        assertEquals(
                topic, ((MqttPublish) MqttWireMessage.createWireMessage(packet)).getTopicName());
        assertArrayEquals(packet, Read.of(packet).byPaho());
        assertEquals(List.of(topic), Read.of(IncomingPackets.publish(1, topic, PAYLOAD)).topics());
    }

    @ParameterizedTest
    @CsvSource({
        "pb/k/1/\uD83C\uDF21, pb/k/1/????",
        "pb/k/1/Ａ/trigger, pb/k/1/???/trigger",
        "pb/温/1/\uFFFDx\uFFFD, pb/???/1/???x???",
        "pb/k\u0085/1/t, pb/k??/1/t",
        "pb/k/1/\uFFFDx\u007F温, pb/k/1/???x????"
    })
    void whatPahoDoesNotReadBecomesQuestionMarks(String topic, String readable) throws Exception {
        byte[] packet = IncomingPackets.publish(2, topic, PAYLOAD);
        assertThrows(
                IllegalArgumentException.class, () -> MqttWireMessage.createWireMessage(packet));

        MqttPublish message =
                (MqttPublish) MqttWireMessage.createWireMessage(Read.of(packet).byPaho());

        assertEquals(readable, message.getTopicName());
        assertEquals(7, message.getMessageId());
        assertArrayEquals(PAYLOAD, message.getPayload());
        assertEquals(
                List.of(readable), Read.of(IncomingPackets.publish(0, topic, PAYLOAD)).topics());
    }

    @Test
    void noCharacterEndsPaho() throws Exception {
        for (int c = 1; c <= Character.MAX_CODE_POINT; c += c < 0x11000 ? 1 : 97) {
            String topic = "pb/k/1/" + Character.toString(c);
            byte[] publish = IncomingPackets.publish(2, topic, PAYLOAD);
            MqttWireMessage.createWireMessage(Read.atOnce(publish).byPaho());
        }
    }

    @Test
    void aTopicThatIsNoUtf8BecomesReadable() throws Exception {
        byte[] packet = IncomingPackets.publish(1, "pb/k/1/abcd", PAYLOAD);
        packet[2 + 2 + 7] = (byte) 0xff;
        packet[2 + 2 + 9] = (byte) 0xc3;

        assertEquals(List.of("pb/k/1/?b?d"), Read.of(packet).topics());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 100, 127, 128, 16_384, 65_536})
    void messagesAreHandedOnAndOtherPacketsPass(int length) throws Exception {
        byte[] rest = new byte[length];
        Arrays.fill(rest, (byte) 0xff);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteArrayOutputStream others = new ByteArrayOutputStream();
        for (int type = 0; type < 16; type++) {
            byte[] packet =
                    type == 3
                            ? IncomingPackets.publish(2, "pb/k/1/of-qos-2", rest)
                            : IncomingPackets.packet(type << 4 | 2, rest);
            all.write(packet);
            others.write(packet);
            all.write(IncomingPackets.publish(type % 2, "pb/k/1/t" + type, rest));
        }

        Read read = Read.of(all.toByteArray());

        assertArrayEquals(others.toByteArray(), read.byPaho());
        assertEquals(16, read.messages().size());
        for (int type = 0; type < 16; type++) {
            MqttMessage message = read.messages().get(type);
            assertEquals("pb/k/1/t" + type, read.topics().get(type));
            assertArrayEquals(rest, message.getPayload());
            assertEquals(type % 2, message.getQos());
            assertEquals(type % 2 == 0 ? 0 : 7, message.getId());
        }
    }

    /** What announces more than there is memory ended Paho's thread, again at each reconnect. */
    @ParameterizedTest
    @CsvSource({"0, 65537", "0, 100000", "1, 65537", "1, 3000000", "2, 65537", "2, 20000000"})
    void aPayloadThatIsTooLargeIsCut(int qos, int length) throws Exception {
        byte[] payload = new byte[length];
        Arrays.fill(payload, (byte) 'x');
        String topic = "pb/k/1/" + "t".repeat(60_000);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(IncomingPackets.publish(qos, topic, payload));
        all.write(IncomingPackets.publish(1, "next", PAYLOAD));

        Read read = Read.of(all.toByteArray());

        byte[] cut = new byte[65_537];
        Arrays.fill(cut, (byte) 'x');
        byte[] taken;
        if (qos == 2) {
            MqttPublish packet = (MqttPublish) MqttWireMessage.createWireMessage(read.byPaho());
            assertEquals(topic, packet.getTopicName());
            assertEquals(7, packet.getMessageId());
            taken = packet.getPayload();
            assertEquals(List.of("next"), read.topics());
        } else {
            assertEquals(List.of(topic, "next"), read.topics());
            taken = read.messages().get(0).getPayload();
        }
        assertArrayEquals(cut, taken);
    }

    /** Otherwise its keep-alive ends the connection, and the payload comes again. */
    @Test
    void pahoSeesThatSomethingComesWhileALongPayloadIsSkipped() throws Exception {
        List<String> topics = new ArrayList<>();
        long[] seconds = {0};
        PublishDecodingInputStream incoming =
                new PublishDecodingInputStream(
                        new ByteArrayInputStream(
                                IncomingPackets.publish(1, "pb/k/1/t", new byte[3_000_000])),
                        (topic, message) -> topics.add(topic),
                        () -> TimeUnit.SECONDS.toNanos(seconds[0]++));

        byte[] read = incoming.readAllBytes();

        assertEquals(List.of("pb/k/1/t"), topics);
        assertTrue(read.length >= 8, "more than once");
        for (int i = 0; i < read.length; i += 4) {
            MqttWireMessage packet =
                    MqttWireMessage.createWireMessage(Arrays.copyOfRange(read, i, i + 4));
            assertEquals("0", assertInstanceOf(MqttPubAck.class, packet).getKey());
        }
    }

    @Test
    void noOtherPacketIsThatLong() {
        for (int type = 0; type < 16; type++) {
            int first = type << 4;
            if (type != 3) {
                assertThrows(
                        IOException.class,
                        () -> Read.of(IncomingPackets.packet(first, new byte[100_000])));
            }
        }
    }

    @Test
    void anErrorInAReceiverEndsTheConnectionAndNotTheThread() {
        for (Throwable thrown : List.of(new StackOverflowError(), new IllegalStateException())) {
            PublishDecodingInputStream incoming =
                    new PublishDecodingInputStream(
                            new ByteArrayInputStream(new byte[] {0x30, 4, 0, 1, 't', '1'}),
                            (topic, message) ->
                                    PublishDecodingInputStreamTest.<RuntimeException>raise(thrown));
            assertThrows(IOException.class, incoming::read);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void raise(Throwable thrown) throws T {
        throw (T) thrown;
    }

    @Test
    void aRetainedMessageIsToldFromOthers() throws Exception {
        byte[] packet = IncomingPackets.publish(1, "t", PAYLOAD);
        assertEquals(false, Read.of(packet).messages().get(0).isRetained());
        packet[0] |= 1;
        assertEquals(true, Read.of(packet).messages().get(0).isRetained());
    }

    /** Nothing comes of a packet that breaks off. */
    @Test
    void whatBreaksOffEnds() throws Exception {
        for (byte[] packet : new byte[][] {{}, {0x32}, {0x32, 4, 0, 9}, {0x20, 2, 0}, {0x20, -1}}) {
            Read read = Read.of(packet);
            assertEquals(0, read.byPaho().length);
            assertEquals(List.of(), read.topics());
        }
    }

    @Test
    void aMessageWithoutTopicOrIdentifierEndsTheConnection() {
        for (byte[] packet :
                new byte[][] {
                    {0x32, 0}, {0x32, 1, 0}, {0x32, 3, 0, 9, 'a'}, {0x32, 4, 0, 2, 'a', 'b'}
                }) {
            assertThrows(IOException.class, () -> Read.of(packet));
        }
    }
}
