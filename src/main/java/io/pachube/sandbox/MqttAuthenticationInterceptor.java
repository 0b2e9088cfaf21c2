package io.pachube.sandbox;

import static io.netty.handler.codec.mqtt.MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED;
import static io.netty.handler.codec.mqtt.MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED_5;
import static io.netty.handler.codec.mqtt.MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE;
import static io.netty.handler.codec.mqtt.MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5;
import static io.netty.handler.codec.mqtt.MqttConnectReturnCode.CONNECTION_REFUSED_UNACCEPTABLE_PROTOCOL_VERSION;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectPayload;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttTopicSubscription;
import io.netty.handler.codec.mqtt.MqttUnacceptableProtocolVersionException;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.util.ReferenceCountUtil;

import org.apache.activemq.artemis.core.protocol.mqtt.MQTTInterceptor;
import org.apache.activemq.artemis.core.protocol.mqtt.MQTTProtocolHandler;
import org.apache.activemq.artemis.core.server.plugin.ActiveMQServerConnectionPlugin;
import org.apache.activemq.artemis.spi.core.protocol.RemotingConnection;

import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;

/**
 * Sees each packet as the client sent it. The filters must be judged here: {@link
 * BrokerSecurityManager} is asked about queues, and Artemis puts retained messages into a queue by
 * the filter of the subscription, whatever that queue's own filter is.
 */
final class MqttAuthenticationInterceptor implements MQTTInterceptor {
    /**
     * A filter that {@link BrokerSecurityManager} refuses, so that the SUBACK says so and the
     * connection lives on.
     */
    private static final String REFUSED = "$refused";

    private final int maxPacketBytes;
    private final BiFunction<String, byte[], ClientPrincipal> login;
    private final BooleanSupplier admitsClients;

    /**
     * @param login finds the client by user name and password, either of which may be null; gives
     *     null to refuse it
     * @param admitsClients whether others than the bridge may connect now
     */
    MqttAuthenticationInterceptor(
            int maxPacketBytes,
            BiFunction<String, byte[], ClientPrincipal> login,
            BooleanSupplier admitsClients) {
        this.maxPacketBytes = maxPacketBytes;
        this.login = login;
        this.admitsClients = admitsClients;
    }

    /** Gives false to close the connection. */
    @Override
    public boolean intercept(MqttMessage packet, RemotingConnection connection) {
        // Artemis holds only MQTT 5 clients to the maximum.
        if (packet.fixedHeader().remainingLength() > maxPacketBytes) {
            return false;
        }
        ClientPrincipal client = ClientPrincipal.of(connection);
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
        ClientPrincipal client = login.apply(payload.userName(), payload.passwordInBytes());
        boolean allowed =
                client != null
                        && (!connect.variableHeader().isWillFlag()
                                || client.mayWrite(payload.willTopic()));
        if (allowed && (client.isBridge() || admitsClients.getAsBoolean())) {
            client.attachTo(connection);
            return true;
        }
        // Answered here, as Artemis would log the user name.
        boolean five = connect.variableHeader().version() == MqttVersion.MQTT_5.protocolLevel();
        MqttConnectReturnCode code;
        if (allowed) {
            code =
                    five
                            ? CONNECTION_REFUSED_SERVER_UNAVAILABLE_5
                            : CONNECTION_REFUSED_SERVER_UNAVAILABLE;
        } else {
            code = five ? CONNECTION_REFUSED_NOT_AUTHORIZED_5 : CONNECTION_REFUSED_NOT_AUTHORIZED;
        }
        ClientPrincipal.channel(connection)
                .writeAndFlush(MqttMessageBuilders.connAck().returnCode(code).build());
        return false;
    }

    /**
     * Answers an unknown protocol level as the protocol asks for (3.1.1, section 3.1.2.2): Artemis
     * closes the connection without a word, and a client that would take another level goes on
     * asking for this one.
     */
    static final class ProtocolLevel extends ChannelInboundHandlerAdapter {

        static ActiveMQServerConnectionPlugin plugin() {
            return new ActiveMQServerConnectionPlugin() {
                @Override
                public void afterCreateConnection(RemotingConnection connection) {
                    var pipeline = ClientPrincipal.channel(connection).pipeline();
                    pipeline.addBefore(
                            pipeline.context(MQTTProtocolHandler.class).name(),
                            ProtocolLevel.class.getName(),
                            new ProtocolLevel());
                }
            };
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object packet) {
            if (packet instanceof MqttMessage message
                    && message.decoderResult().cause()
                            instanceof MqttUnacceptableProtocolVersionException) {
                ReferenceCountUtil.release(packet);
                context.writeAndFlush(
                                MqttMessageBuilders.connAck()
                                        .returnCode(
                                                CONNECTION_REFUSED_UNACCEPTABLE_PROTOCOL_VERSION)
                                        .build())
                        .addListener(ChannelFutureListener.CLOSE);
            } else {
                context.fireChannelRead(packet);
            }
        }
    }
}
