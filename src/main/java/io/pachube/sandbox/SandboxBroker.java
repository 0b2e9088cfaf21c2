package io.pachube.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.activemq.artemis.core.server.ActiveMQServer;
import org.apache.activemq.artemis.core.server.impl.ActiveMQServerImpl;
import org.apache.activemq.artemis.core.server.impl.ServiceRegistryImpl;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.regex.Pattern;

import javax.management.MBeanServerFactory;

/**
 * An MQTT broker (3.1, 3.1.1 and 5) inside this process, for trying the bridge and for tests.
 * Sessions, retained and queued messages live in memory and end with {@link #stop()}; nothing is
 * written to disk and nothing is registered with JMX.
 *
 * <p>Without users everyone may connect and use the topics of any key that they know, but no filter
 * that matches the topics of several keys: such a subscription is refused in its SUBACK. With users
 * each client logs in with its key as the user name, reaches the topics of that key and reads the
 * public ones, and nothing else; without, topics outside the prefix are free for all. A publish
 * that is not allowed ends the connection. The bridge itself, known by {@link #userName()} and
 * {@link #password()}, may everything.
 *
 * <p>Artemis names topics, and so keys, in its log: switch the logger {@code org.apache.activemq}
 * off.
 *
 * <p>May be started again after a stop. All methods may be called from any thread.
 */
public final class SandboxBroker implements AutoCloseable {
    /** The largest packet that the broker takes, in bytes; the connection of a larger one ends. */
    public static final int MAX_PACKET_BYTES = 256 * 1024;

    /**
     * How many QoS 1 and 2 messages the broker sends to a client before it waits for an
     * acknowledgement. An MQTT 5 client may ask for another number (its Receive Maximum).
     */
    public static final int IN_FLIGHT = 1_000;

    /** The bridge's user name. No API key has a dollar sign. */
    static final String BRIDGE = "$bridge";

    private static final Pattern KEY = Pattern.compile("(?!public$)[A-Za-z0-9_-]{1,128}");
    private static final Pattern PREFIX = Pattern.compile("(?!\\$)[^+#\\x00]*[^+#/\\x00]");

    private final String host;
    private final int port;
    private final String prefix;
    private final Map<String, String> users;

    private ActiveMQServer server;
    private String password = "";
    private volatile boolean admitsClients = true;

    /**
     * Makes a broker that is not started yet.
     *
     * @param host the address to listen on, a name or an IP address
     * @param port 0 to 65535, where 0 is any free port
     * @param topicPrefix the levels above the key, such as {@code pb} or {@code a/pb}
     * @param users passwords by API key; empty lets everyone in
     * @throws IllegalArgumentException if the port, the prefix or a user is not as said here
     */
    public SandboxBroker(String host, int port, String topicPrefix, Map<String, String> users) {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("sandbox.mqtt.port is not 0 to 65535: " + port);
        }
        if (!PREFIX.matcher(topicPrefix).matches() || topicPrefix.contains("::")) {
            throw new IllegalArgumentException("Not a prefix for topics: " + topicPrefix);
        }
        if (!users.keySet().stream().allMatch(KEY.asMatchPredicate())) {
            throw new IllegalArgumentException(
                    "sandbox.mqtt.users has a user that is no API key (A-Z a-z 0-9 _ -)");
        }
        this.host = host;
        this.port = port;
        this.prefix = topicPrefix;
        this.users = Map.copyOf(users);
    }

    /**
     * Reads {@code key:password} pairs that are separated by commas. A password may hold colons but
     * no comma; blanks around a pair are dropped.
     *
     * @param text the pairs; empty or blank for none
     * @return passwords by API key
     * @throws IllegalArgumentException if a part is no pair or a key comes twice; the message names
     *     neither key nor password
     */
    public static Map<String, String> parseUsers(String text) {
        Map<String, String> users = new LinkedHashMap<>();
        String[] pairs = text.isBlank() ? new String[0] : text.split(",", -1);
        for (int i = 0; i < pairs.length; i++) {
            String[] pair = pairs[i].strip().split(":", 2);
            if (pair.length < 2 || pair[1].isEmpty() || users.put(pair[0], pair[1]) != null) {
                throw new IllegalArgumentException(
                        "sandbox.mqtt.users: entry "
                                + (i + 1)
                                + " is not key:password, or its key comes twice");
            }
        }
        return users;
    }

    /**
     * Starts the broker with a new password for the bridge; does nothing if it runs. Returns when
     * clients can connect.
     *
     * @throws IllegalStateException if it cannot listen on its host and port
     */
    public synchronized void start() {
        if (server != null) {
            return;
        }
        // Artemis would log a stack trace of its own.
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(new InetSocketAddress(host, port));
        } catch (IOException e) {
            throw cannotListen(e);
        }
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        password = HexFormat.of().formatHex(random);
        ServiceRegistryImpl services = new ServiceRegistryImpl();
        services.addIncomingInterceptor(
                new MqttAuthenticationInterceptor(
                        MAX_PACKET_BYTES, logins(password), () -> admitsClients));
        ActiveMQServer starting =
                new ActiveMQServerImpl(
                        BrokerConfiguration.of(host, port),
                        // One of its own: making that of the platform takes a tenth of the start.
                        MBeanServerFactory.newMBeanServer(),
                        new BrokerSecurityManager(),
                        null,
                        services);
        try {
            starting.start();
        } catch (Exception e) {
            stop(starting);
            throw cannotListen(e);
        }
        server = starting;
    }

    /**
     * Says whether others than the bridge may connect from now on (true); otherwise they are told
     * that the server is unavailable.
     */
    public void setAdmitsClients(boolean admits) {
        admitsClients = admits;
    }

    /** Stops the broker and closes all connections; does nothing if it does not run. */
    public synchronized void stop() {
        if (server != null) {
            stop(server);
            server = null;
        }
    }

    /** The same as {@link #stop()}. */
    @Override
    public void close() {
        stop();
    }

    /**
     * {@return where clients connect, as {@code tcp://host:port}; the port is known after the
     * start}
     */
    public synchronized String url() {
        int actualPort =
                server == null
                        ? port
                        : server.getRemotingService().getAcceptor("mqtt").getActualPort();
        return "tcp://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + actualPort;
    }

    /** {@return the user name that the bridge's own clients present} */
    public String userName() {
        return BRIDGE;
    }

    /**
     * {@return the password of the bridge's own clients, new at each start; empty before the first}
     */
    public synchronized String password() {
        return password;
    }

    private BiFunction<String, byte[], ClientPrincipal> logins(String bridgePassword) {
        ClientPrincipal bridge = new ClientPrincipal(BRIDGE, null);
        ClientPrincipal anyone = new ClientPrincipal("", TopicPermissions.ofAnyOneKey(prefix));
        return (name, given) -> {
            if (BRIDGE.equals(name)) {
                return matches(bridgePassword, given) ? bridge : null;
            }
            if (users.isEmpty()) {
                return anyone;
            }
            String expected = name == null ? null : users.get(name);
            return expected != null && matches(expected, given)
                    ? new ClientPrincipal(name, TopicPermissions.ofKey(prefix, name))
                    : null;
        };
    }

    private static boolean matches(String expected, byte[] given) {
        return given != null && MessageDigest.isEqual(expected.getBytes(UTF_8), given);
    }

    private IllegalStateException cannotListen(Exception cause) {
        return new IllegalStateException(
                "The sandbox broker cannot listen on "
                        + host
                        + ":"
                        + port
                        + "; set sandbox.mqtt.port to another port, or to 0 for any free one",
                cause);
    }

    private static void stop(ActiveMQServer server) {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("The sandbox broker did not stop cleanly", e);
        }
    }
}
