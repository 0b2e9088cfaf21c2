package io.pachube.bridge.sandbox;

import static io.netty.handler.codec.mqtt.MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED;
import static io.netty.handler.codec.mqtt.MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED_5;

import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectPayload;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttTopicSubscription;
import io.netty.handler.codec.mqtt.MqttVersion;

import org.apache.activemq.artemis.core.protocol.mqtt.MQTTInterceptor;
import org.apache.activemq.artemis.spi.core.protocol.RemotingConnection;

import java.util.function.BiFunction;

/**
 * Sees each packet as the client sent it. The filters must be judged here: {@link Guard} is asked
 * about queues, and Artemis puts retained messages into a queue by the filter of the subscription,
 * whatever that queue's own filter is.
 */
final class Doorkeeper implements MQTTInterceptor {
    /** A filter that Guard refuses, so that the SUBACK says so and the connection lives on. */
    private static final String REFUSED = "$refused";

    private final int maxPacketBytes;
    private final BiFunction<String, byte[], Client> login;

    /**
     * @param login finds the client by user name and password, either of which may be null; gives
     *     null to refuse it
     */
    Doorkeeper(int maxPacketBytes, BiFunction<String, byte[], Client> login) {
        this.maxPacketBytes = maxPacketBytes;
        this.login = login;
    }

    /** Gives false to close the connection. */
    @Override
    public boolean intercept(MqttMessage packet, RemotingConnection connection) {
        // Artemis holds only MQTT 5 clients to the maximum.
        if (packet.fixedHeader().remainingLength() > maxPacketBytes) {
            return false;
        }
        Client client = Client.of(connection);
        if (packet instanceof MqttConnectMessage connect) {
            return client == null && admit(connect, connection);
        }
        if (client == null) {
            return false;
        }
        if (packet instanceof MqttSubscribeMessage subscribe) {
            for (MqttTopicSubscription subscription : subscribe.payload().topicSubscriptions()) {
                if (!client.mayRead(subscription.topicFilter())) {
                    subscription.setTopicFilter(REFUSED);
                }
            }
        }
        if (packet instanceof MqttPublishMessage publish) {
            String topic = publish.variableHeader().topicName();
            // Without a topic it is one that was named before (a topic alias).
            return topic.isEmpty() || client.mayWrite(topic);
        }
        return true;
    }

    private boolean admit(MqttConnectMessage connect, RemotingConnection connection) {
        MqttConnectPayload payload = connect.payload();
        Client client = login.apply(payload.userName(), payload.passwordInBytes());
        boolean allowed =
                client != null
                        && (!connect.variableHeader().isWillFlag()
                                || client.mayWrite(payload.willTopic()));
        if (allowed) {
            client.attachTo(connection);
        } else {
            // Answered here, as Artemis would log the user name.
            boolean five = connect.variableHeader().version() == MqttVersion.MQTT_5.protocolLevel();
            Client.channel(connection)
                    .writeAndFlush(
                            MqttMessageBuilders.connAck()
                                    .returnCode(
                                            five
                                                    ? CONNECTION_REFUSED_NOT_AUTHORIZED_5
                                                    : CONNECTION_REFUSED_NOT_AUTHORIZED)
                                    .build());
        }
        return allowed;
    }
}
