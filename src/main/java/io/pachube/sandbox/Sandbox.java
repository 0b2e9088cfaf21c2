package io.pachube.sandbox;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of the bridge's surroundings that run in its process because their address is {@code
 * embedded}: a broker, a Pachube, both or none.
 */
public final class Sandbox implements AutoCloseable {

    /** The address that stands for a part that runs in this process. */
    public static final String EMBEDDED = "embedded";

    /** Nothing is embedded. */
    public static final Sandbox NONE = new Sandbox(null, null, "");

    private static final Logger LOG = LoggerFactory.getLogger(Sandbox.class);

    private final SandboxBroker broker;
    private final SandboxPachube pachube;
    private final String login;
    private boolean started;

    private Sandbox(SandboxBroker broker, SandboxPachube pachube, String login) {
        this.broker = broker;
        this.pachube = pachube;
        this.login = broker == null ? "" : login;
    }

    /**
     * What is wanted, not started yet.
     *
     * @param mqttUrl {@code mqtt.url}
     * @param pachubeUrl {@code pachube.url}
     * @param users {@code sandbox.mqtt.users}; empty: everyone may connect
     * @throws IllegalStateException if the broker is not on the class path
     */
    public static Sandbox of(
            String mqttUrl,
            String pachubeUrl,
            String host,
            int mqttPort,
            int pachubePort,
            String topicPrefix,
            String users) {
        return new Sandbox(
                mqttUrl.equals(EMBEDDED) ? broker(host, mqttPort, topicPrefix, users) : null,
                pachubeUrl.equals(EMBEDDED) ? new SandboxPachube(host, pachubePort) : null,
                users.isEmpty() ? "" : " -u " + SandboxPachube.DEMO_KEY + " -P <its password>");
    }

    private static SandboxBroker broker(String host, int port, String topicPrefix, String users) {
        try {
            return new SandboxBroker(host, port, topicPrefix, SandboxBroker.parseUsers(users));
        } catch (NoClassDefFoundError e) {
            // a host, or Karaf, without Artemis; the cause would tell no more
            throw new IllegalStateException(
                    "mqtt.url is embedded, but there is no broker to embed here (Artemis is not on the"
                            + " class path): set it to a real one's address, such as"
                            + " tcp://localhost:1883");
        }
    }

    /**
     * Starts it. Clients other than the bridge are let in by {@link #open}.
     *
     * @throws IllegalStateException if a port is taken
     */
    public void start() {
        started = true;
        if (broker != null) {
            broker.setAdmitsClients(false);
            broker.start();
            LOG.info(
                    "The MQTT broker is embedded, for trying: {} (mqtt.url names a real one)",
                    broker.url());
        }
        if (pachube != null) {
            pachube.start();
            LOG.info(
                    "Pachube is embedded, a sandbox that forgets when it stops: {} (pachube.url"
                            + " names a real one)",
                    pachube.url());
        }
    }

    /**
     * Lets clients in once the bridge's sessions exist, so that the broker queues what they
     * publish, and says how to try the bridge, where there is something to try.
     */
    public void open(String mqttUrl, String topicPrefix) {
        if (broker != null) {
            broker.setAdmitsClients(true);
        }
        if (pachube == null || !started) {
            return;
        }
        String topic = topicPrefix + "/" + SandboxPachube.DEMO_KEY + "/1/temperature";
        String port = mqttUrl.replaceFirst(".*:(\\d+)/?$", "$1");
        String to = port.equals("1883") || !port.matches("\\d+") ? "" : " -p " + port;
        to += login;
        LOG.info(
                """
                Try it:
                  mosquitto_sub{} -v -t '{}/#'
                  mosquitto_pub{} -q 1 -t {} -m 21.5
                  curl -H 'X-PachubeApiKey: {}' {}/feeds/1/datastreams/temperature.csv""",
                to,
                topicPrefix + "/" + SandboxPachube.DEMO_KEY,
                to,
                topic,
                SandboxPachube.DEMO_KEY,
                pachube.url());
    }

    /** The broker's address: the given one, or the embedded one's. */
    public String mqttUrl(String configured) {
        return broker == null ? configured : broker.url();
    }

    /** Pachube's address: the given one, or the embedded one's. */
    public String pachubeUrl(String configured) {
        return pachube == null ? configured : pachube.url();
    }

    /** The name under which the bridge connects. */
    public String mqttUsername(String configured) {
        return broker == null ? configured : broker.userName();
    }

    /** The password with which the bridge connects. */
    public String mqttPassword(String configured) {
        return broker == null ? configured : broker.password();
    }

    /** Returns true if a broker runs in this process. */
    public boolean hasBroker() {
        return broker != null;
    }

    /** Returns true if a Pachube runs in this process. */
    public boolean hasPachube() {
        return pachube != null;
    }

    @Override
    public void close() {
        if (pachube != null) {
            pachube.close();
        }
        if (broker != null) {
            broker.close();
        }
    }
}
