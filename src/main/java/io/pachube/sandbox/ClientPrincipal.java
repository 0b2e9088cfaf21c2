package io.pachube.sandbox;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;

import org.apache.activemq.artemis.core.remoting.impl.netty.NettyConnection;
import org.apache.activemq.artemis.spi.core.protocol.RemotingConnection;

/**
 * The authenticated client of a connection.
 *
 * @param name the bridge's, a key, or empty for a client that did not say; holds no dot or slash
 * @param permissions its permissions; null for the bridge, which may read and write everything
 */
record ClientPrincipal(String name, TopicPermissions permissions) {
    // Set on the connection's own thread by the first packet, so that it is there for all that
    // follow: Artemis works the packets off later, on other threads.
    private static final AttributeKey<ClientPrincipal> ATTRIBUTE =
            AttributeKey.valueOf(ClientPrincipal.class, "");

    boolean isBridge() {
        return permissions == null;
    }

    boolean mayRead(String filter) {
        return isBridge() || permissions.mayRead(filter);
    }

    boolean mayWrite(String topic) {
        return isBridge() || permissions.mayWrite(topic);
    }

    static ClientPrincipal of(RemotingConnection connection) {
        return channel(connection).attr(ATTRIBUTE).get();
    }

    void attachTo(RemotingConnection connection) {
        channel(connection).attr(ATTRIBUTE).set(this);
    }

    static Channel channel(RemotingConnection connection) {
        return ((NettyConnection) connection.getTransportConnection()).getChannel();
    }
}
