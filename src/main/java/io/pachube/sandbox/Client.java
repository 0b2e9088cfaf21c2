package io.pachube.sandbox;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;

import org.apache.activemq.artemis.core.remoting.impl.netty.NettyConnection;
import org.apache.activemq.artemis.spi.core.protocol.RemotingConnection;

/**
 * Who is at the other end of a connection.
 *
 * @param name the bridge's, a key, or empty for a client that did not say; holds no dot or slash
 * @param reach what it may read and write; null for the bridge, which may everything
 */
record Client(String name, Reach reach) {
    // Set on the connection's own thread by the first packet, so that it is there for all that
    // follow: Artemis works the packets off later, on other threads.
    private static final AttributeKey<Client> ATTRIBUTE = AttributeKey.valueOf(Client.class, "");

    boolean isBridge() {
        return reach == null;
    }

    boolean mayRead(String filter) {
        return isBridge() || reach.mayRead(filter);
    }

    boolean mayWrite(String topic) {
        return isBridge() || reach.mayWrite(topic);
    }

    static Client of(RemotingConnection connection) {
        return channel(connection).attr(ATTRIBUTE).get();
    }

    void attachTo(RemotingConnection connection) {
        channel(connection).attr(ATTRIBUTE).set(this);
    }

    static Channel channel(RemotingConnection connection) {
        return ((NettyConnection) connection.getTransportConnection()).getChannel();
    }
}
