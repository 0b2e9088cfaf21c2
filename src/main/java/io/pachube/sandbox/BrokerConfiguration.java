package io.pachube.sandbox;

import org.apache.activemq.artemis.api.core.QueueConfiguration;
import org.apache.activemq.artemis.api.core.TransportConfiguration;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.WildcardConfiguration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptorFactory;
import org.apache.activemq.artemis.core.remoting.impl.netty.TransportConstants;
import org.apache.activemq.artemis.core.server.JournalType;
import org.apache.activemq.artemis.core.server.plugin.ActiveMQServerQueuePlugin;
import org.apache.activemq.artemis.core.settings.impl.AddressFullMessagePolicy;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;

import java.util.Map;

/** Configures Artemis as an MQTT broker that keeps everything in bounded memory. */
final class BrokerConfiguration {
    private static final int MAX_MEMORY_BYTES = 64 * 1024 * 1024;

    /** As in mosquitto, though there the newest are dropped: a forgotten session stays small. */
    private static final long MAX_QUEUED = 1_000;

    private static final int SESSION_EXPIRY_SECONDS = 24 * 60 * 60;

    private BrokerConfiguration() {}

    static Configuration of(String host, int port) {
        Configuration configuration =
                new ConfigurationImpl()
                        .setPersistenceEnabled(false)
                        .setJMXManagementEnabled(false)
                        .setMessageCounterEnabled(false)
                        .setMqttSubscriptionPersistenceEnabled(false)
                        // The default looks for a native library.
                        .setJournalType(JournalType.NIO)
                        .setCriticalAnalyzer(false)
                        .setConfigurationFileRefreshPeriod(-1)
                        // Nothing is on disk, so a full disk is no reason to refuse messages.
                        .setMaxDiskUsage(-1)
                        .setGlobalMaxSize(MAX_MEMORY_BYTES)
                        // Decisions cost less than a look-up, and the cache has no bound.
                        .setAuthenticationCacheSize(0)
                        .setAuthorizationCacheSize(0)
                        .setWildCardConfiguration(
                                new WildcardConfiguration()
                                        .setDelimiter('/')
                                        .setAnyWords('#')
                                        .setSingleWord('+'))
                        .addAcceptorConfiguration(
                                new TransportConfiguration(
                                        NettyAcceptorFactory.class.getName(),
                                        acceptor(host, port),
                                        "mqtt"))
                        // A full broker closes the connections of publishers: a message that is not
                        // stored is not acknowledged either, while readers continue and make room.
                        .addAddressSetting(
                                "#",
                                new AddressSettings()
                                        .setAddressFullMessagePolicy(
                                                AddressFullMessagePolicy.FAIL));
        configuration.registerBrokerPlugin(MqttAuthenticationInterceptor.ProtocolLevel.plugin());
        configuration.registerBrokerPlugin(ringQueues());
        return configuration;
    }

    private static Map<String, Object> acceptor(String host, int port) {
        return Map.of(
                TransportConstants.HOST_PROP_NAME,
                host,
                TransportConstants.PORT_PROP_NAME,
                port,
                TransportConstants.PROTOCOLS_PROP_NAME,
                "MQTT",
                TransportConstants.REMOTING_THREADS_PROPNAME,
                2,
                TransportConstants.USE_EPOLL_PROP_NAME,
                false,
                TransportConstants.USE_KQUEUE_PROP_NAME,
                false,
                "maximumPacketSize",
                SandboxBroker.MAX_PACKET_BYTES,
                "defaultMaximumInFlightPublishMessages",
                SandboxBroker.IN_FLIGHT,
                "defaultMqttSessionExpiryInterval",
                SESSION_EXPIRY_SECONDS);
    }

    /** Drops the oldest message of a full queue, except in the broker's and the bridge's own. */
    private static ActiveMQServerQueuePlugin ringQueues() {
        return new ActiveMQServerQueuePlugin() {
            @Override
            public void beforeCreateQueue(QueueConfiguration queue) {
                // The broker's own queues have no user.
                if (queue.getUser() != null
                        && !queue.getUser().toString().equals(SandboxBroker.BRIDGE)) {
                    queue.setRingSize(MAX_QUEUED);
                }
            }
        };
    }
}
