package io.pachube.bridge.mqtt.paho;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.pachube.bridge.mqtt.paho.IncomingPackets.Read;

import org.eclipse.paho.client.mqttv3.MqttTopic;
import org.eclipse.paho.client.mqttv3.internal.wire.MqttWireMessage;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;

/**
 * Whatever comes: the same at once and in parts, and with topics that Paho can read and publish.
 */
class PublishDecodingFuzzTest {

    private static final int MAX_LENGTH = 100;

    /** The same bytes as packets, and as a topic. */
    @FuzzTest
    void packets(byte[] sent) throws Exception {
        check(sent);
        check(publish(1, sent));
        MqttWireMessage.createWireMessage(Read.of(publish(2, sent)).byPaho());
    }

    @FuzzTest
    void manyPackets(byte[] sent) throws Exception {
        Random random = new Random(java.util.Arrays.hashCode(sent));
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int i = 0; i < 5; i++) {
            stream.write(publish(random.nextInt(3), sent));
            stream.write(new byte[] {(byte) 0xd0, 0});
        }
        check(stream.toByteArray());
    }

    private static void check(byte[] sent) {
        try {
            for (String topic : Read.of(sent).topics()) {
                if (!topic.isEmpty() && !topic.contains("#") && !topic.contains("+")) {
                    MqttTopic.validate(topic, false);
                }
            }
        } catch (IOException e) {
            // no message: the connection ends
        }
    }

    private static byte[] publish(int qos, byte[] bytes) {
        int length = Math.min(bytes.length, MAX_LENGTH);
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        packet.writeBytes(
                new byte[] {
                    (byte) (0x30 | qos << 1),
                    (byte) (2 + length + (qos > 0 ? 2 : 0)),
                    0,
                    (byte) length
                });
        packet.write(bytes, 0, length);
        if (qos > 0) {
            packet.writeBytes(new byte[] {0, 7});
        }
        return packet.toByteArray();
    }
}
