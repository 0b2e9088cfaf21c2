package io.pachube.sandbox;

import io.pachube.bridge.SandboxProvider;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Map;

/** Runs the embedded broker, the embedded Pachube, or both. */
public final class Sandbox implements SandboxProvider.Services {

    private static final Logger LOG = LoggerFactory.getLogger(Sandbox.class);

    private final SandboxBroker broker;
    private final SandboxPachube pachube;
    private final String topicPrefix;
    private final String login;
    private boolean started;

    Sandbox(SandboxProvider.Options options) {
        broker = options.hasBroker() ? broker(options) : null;
        pachube =
                options.hasPachube()
                        ? new SandboxPachube(options.host(), options.pachubePort())
                        : null;
        topicPrefix = options.topicPrefix();
        login =
                broker == null || options.users().isEmpty()
                        ? ""
                        : " -u " + SandboxPachube.DEMO_KEY + " -P <its password>";
    }

    private static SandboxBroker broker(SandboxProvider.Options options) {
        try {
            return new SandboxBroker(
                    options.host(),
                    options.mqttPort(),
                    options.topicPrefix(),
                    SandboxBroker.parseUsers(options.users()));
        } catch (NoClassDefFoundError e) {
            // a host without Artemis; the cause would tell no more
            throw new IllegalStateException(
                    "mqtt.url is 'embedded', but Artemis is not on the class path: add artemis-server"
                            + " and artemis-mqtt-protocol, or set mqtt.url to a broker's address, such"
                            + " as tcp://localhost:1883");
        }
    }

    @Override
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

    @Override
    public void admitClients(String mqttUrl) {
        if (broker != null) {
            broker.setAdmitsClients(true);
        }
        if (pachube != null && started) {
            logUsageHints(mqttUrl);
        }
    }

    private void logUsageHints(String mqttUrl) {
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

    @Override
    public String mqttUrl() {
        return broker.url();
    }

    @Override
    public String mqttUsername() {
        return broker.userName();
    }

    @Override
    public String mqttPassword() {
        return broker.password();
    }

    @Override
    public String pachubeUrl() {
        return pachube.url();
    }

    @Override
    public String apiKey() {
        return SandboxPachube.DEMO_KEY;
    }

    @Override
    public List<Map<String, Object>> feeds() {
        return pachube.overview();
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
