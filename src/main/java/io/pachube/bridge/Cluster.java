package io.pachube.bridge;

import io.pachube.bridge.cluster.Leadership;
import io.pachube.bridge.config.BridgeConfig;
import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.log.ExceptionMessages;
import io.pachube.bridge.mqtt.ConsumerGeneration;
import io.pachube.bridge.mqtt.MqttClientManager;
import io.pachube.bridge.observability.LeaderHealthCheck;
import io.pachube.bridge.routes.EndpointUris;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Route;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.component.file.cluster.FileLockClusterService;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.RoutePolicyFactory;
import org.apache.camel.support.RoutePolicySupport;
import org.apache.camel.support.cluster.ClusterServiceHelper;

import java.net.InetAddress;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The bridges with one client id, of which only the leader acts ({@code cluster.*}). On a standby
 * all routes are started, but the consumers of {@code paho:} are not connected, and the exchanges
 * of {@code timer:} end at once.
 */
final class Cluster implements AutoCloseable {

    /** Checks of the lock in a lease. */
    private static final int CHECKS_PER_LEASE = 10;

    private final CamelContext context;

    /** Null: this bridge is the only one. */
    private final Leadership leadership;

    private final String member;
    private final boolean isStandbyReady;

    private Cluster(
            CamelContext context, Leadership leadership, String member, boolean isStandbyReady) {
        this.context = context;
        this.leadership = leadership;
        this.member = member;
        this.isStandbyReady = isStandbyReady;
    }

    static Cluster none() {
        return new Cluster(null, null, "", true);
    }

    /**
     * @throws IllegalArgumentException if the settings do not suffice; it names them
     */
    static Cluster create(CamelContext context, BridgeConfig config, ThreadFactory threads) {
        BridgeConfig.Cluster cluster = config.cluster();
        String kind = cluster.service();
        if (cluster.isAlone()) {
            return none();
        }
        if (config.mqtt().isEmbedded()) {
            throw new IllegalArgumentException(
                    "cluster.service is '%s', but mqtt.url is embedded: the members need one broker"
                            .formatted(kind));
        }
        Duration lease = cluster.lease();
        boolean isFile = kind.equals("file");
        CamelClusterService service =
                isFile
                        ? fileLock(context, cluster.directory(), lease)
                        : ClusterServiceHelper.lookupService(context)
                                .orElseThrow(
                                        () ->
                                                new IllegalArgumentException(
                                                        "cluster.service is 'context', but the"
                                                                + " context has no CamelClusterService:"
                                                                + " add or bind one"));
        String group = URLEncoder.encode(config.mqtt().clientId(), StandardCharsets.UTF_8);
        return new Cluster(
                context,
                new Leadership(service, isFile, group, lease, threads),
                member(cluster.member()),
                cluster.isStandbyReady());
    }

    private static CamelClusterService fileLock(
            CamelContext context, String directory, Duration lease) {
        if (directory.isEmpty()) {
            throw new IllegalArgumentException(
                    "cluster.service is 'file', but cluster.directory is not set: it should be a"
                            + " folder that all members share");
        }
        FileLockClusterService service = new FileLockClusterService();
        service.setCamelContext(context);
        service.setId("pachube-bridge");
        service.setRoot(directory);
        long interval = lease.toMillis() / CHECKS_PER_LEASE;
        service.setAcquireLockDelay(interval, TimeUnit.MILLISECONDS);
        service.setAcquireLockInterval(interval, TimeUnit.MILLISECONDS);
        service.setHeartbeatTimeoutMultiplier(CHECKS_PER_LEASE);
        // a leader that cannot write its heartbeat steps down before the lease ends
        service.setClusterDataTaskMaxAttempts(1);
        service.setClusterDataTaskTimeout(lease.toMillis() / 5, TimeUnit.MILLISECONDS);
        return service;
    }

    private static String member(String configured) {
        if (!configured.isEmpty()) {
            return configured;
        }
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    "cluster.member is not set, and this machine has no host name to use: set it",
                    e);
        }
    }

    /** Returns true if this bridge acts. */
    boolean isLeader() {
        return leadership == null || leadership.isLeader();
    }

    /** Lets the consumers connect on the leader only; before the clients are made. */
    void restrict(MqttClientManager mqtt) {
        if (leadership != null) {
            mqtt.restrict(leadership::isLeader, member);
        }
    }

    /** Sets what happens when this bridge becomes the leader, and when it is it no longer. */
    void onChange(MqttClientManager mqtt, DeliveryComponent delivery) {
        if (leadership == null) {
            return;
        }
        delivery.setWithdrawn(ConsumerGeneration::isWithdrawn);
        leadership.onChange(
                mqtt::resumeConsumers,
                () -> {
                    mqtt.pauseConsumers();
                    delivery.revokeFrom(
                            context.getRoutes().stream().map(Route::getRouteId).toList());
                    mqtt.disconnectConsumers();
                });
    }

    /**
     * Lets the exchanges of the bridge's timers end at once on a standby; before the routes are
     * added.
     *
     * @return undoes that
     */
    Runnable limitTimers(String component) {
        if (leadership == null) {
            return () -> {};
        }
        RoutePolicyFactory factory =
                (c, id, route) ->
                        route instanceof RouteDefinition definition
                                        && EndpointUris.scheme(
                                                        context,
                                                        definition.getInput().getEndpointUri())
                                                .equals(component)
                                ? new OnLeader()
                                : null;
        context.addRoutePolicyFactory(factory);
        return () -> context.getRoutePolicyFactories().remove(factory);
    }

    private final class OnLeader extends RoutePolicySupport {
        @Override
        public void onExchangeBegin(Route route, Exchange exchange) {
            if (!isLeader()) {
                exchange.setRouteStop(true);
            }
        }
    }

    /** Returns the check of the leadership, if there is more than one bridge. */
    List<HealthCheck> healthCheck() {
        return leadership == null
                ? List.of()
                : List.of(new LeaderHealthCheck(context, this::isLeader, isStandbyReady));
    }

    /** Joins the group; when the routes are started. */
    void start() {
        if (leadership != null) {
            try {
                leadership.start();
            } catch (Exception e) {
                throw new IllegalStateException(
                        "The bridge cannot join its cluster: " + ExceptionMessages.summarize(e), e);
            }
        }
    }

    /** Returns true if there are others, one of which may lead as soon as nothing is in flight. */
    boolean hasMembers() {
        return leadership != null;
    }

    boolean isIdle() {
        return context.getInflightRepository().size() == 0;
    }

    /** Leaves the group; when the consumers are disconnected. */
    @Override
    public void close() {
        if (leadership != null) {
            leadership.close();
        }
    }
}
