package io.pachube.bridge.config;

import io.pachube.bridge.config.BridgeConfig.Callback;
import io.pachube.bridge.config.BridgeConfig.Cluster;
import io.pachube.bridge.config.BridgeConfig.Delivery;
import io.pachube.bridge.config.BridgeConfig.History;
import io.pachube.bridge.config.BridgeConfig.Management;
import io.pachube.bridge.config.BridgeConfig.Mqtt;
import io.pachube.bridge.config.BridgeConfig.Pachube;
import io.pachube.bridge.config.BridgeConfig.Routes;
import io.pachube.bridge.config.BridgeConfig.Sandbox;
import io.pachube.bridge.config.BridgeConfig.Tls;

/** Groups the values of settings by subject. */
final class ConfigReader {

    private final BridgeProperties properties;

    ConfigReader(BridgeProperties properties) {
        this.properties = properties;
    }

    private <T> T get(Setting<T> setting) {
        return properties.get(setting);
    }

    private Secret secret(Setting<String> setting) {
        return new Secret(get(setting));
    }

    private boolean hasScheme(Setting<String> address, String... schemes) {
        if (!properties.isValid(address)) {
            return true;
        }
        for (String scheme : schemes) {
            if (get(address).startsWith(scheme + "://")) {
                return true;
            }
        }
        return false;
    }

    BridgeConfig read(boolean usesPachube) {
        return new BridgeConfig(
                mqtt(),
                pachube(usesPachube),
                new Routes(get(Settings.ROUTES_DIRECTORY), get(Settings.ROUTES_RELOAD)),
                callback(),
                delivery(),
                new History(get(Settings.HISTORY_MAX_AGE), get(Settings.HISTORY_MAX_DATAPOINTS)),
                new Cluster(
                        get(Settings.CLUSTER_SERVICE),
                        get(Settings.CLUSTER_DIRECTORY),
                        get(Settings.CLUSTER_MEMBER),
                        get(Settings.CLUSTER_LEASE),
                        get(Settings.CLUSTER_STANDBY_READY)),
                new Management(
                        get(Settings.MANAGEMENT_ENABLED),
                        get(Settings.MANAGEMENT_HOST),
                        get(Settings.MANAGEMENT_PORT),
                        get(Settings.MANAGEMENT_CONSOLE)),
                new Sandbox(
                        get(Settings.SANDBOX_HOST),
                        get(Settings.SANDBOX_MQTT_PORT),
                        secret(Settings.SANDBOX_MQTT_USERS),
                        get(Settings.SANDBOX_PACHUBE_PORT)));
    }

    private Tls tls(Settings.TlsSettings files) {
        return new Tls(
                files.group(),
                get(files.trustStore()),
                secret(files.trustStorePassword()),
                get(files.keyStore()),
                secret(files.keyStorePassword()));
    }

    private Mqtt mqtt() {
        return new Mqtt(
                get(Settings.MQTT_URL),
                hasScheme(Settings.MQTT_URL, "ssl", "wss"),
                get(Settings.MQTT_USERNAME),
                secret(Settings.MQTT_PASSWORD),
                get(Settings.MQTT_CLIENT_ID),
                get(Settings.MQTT_SHARED_GROUP),
                get(Settings.MQTT_TOPIC_PREFIX),
                get(Settings.MAX_IN_FLIGHT_BYTES),
                get(Settings.PUBLISH_TIMEOUT),
                tls(Settings.MQTT_TLS));
    }

    private Pachube pachube(boolean isUsed) {
        String url = get(Settings.PACHUBE_URL);
        return new Pachube(
                !isUsed && url.equals(Settings.EMBEDDED) ? "" : url,
                hasScheme(Settings.PACHUBE_URL, "https"),
                get(Settings.API_KEY_HEADER),
                secret(Settings.PROXY),
                get(Settings.CONNECT_TIMEOUT),
                get(Settings.CREATE_MISSING_DATASTREAMS),
                get(Settings.TRIGGER_CREATE_METHOD),
                tls(Settings.PACHUBE_TLS));
    }

    private Callback callback() {
        return new Callback(
                get(Settings.CALLBACK_HOST),
                get(Settings.CALLBACK_PORT),
                get(Settings.CALLBACK_URL),
                properties.isValid(Settings.CALLBACK_URL),
                get(Settings.CALLBACK_MAX_CONCURRENT),
                get(Settings.CALLBACK_READ_TIMEOUT),
                secret(Settings.CALLBACK_SECRET),
                get(Settings.CALLBACK_SECRET_FILE),
                tls(Settings.CALLBACK_TLS));
    }

    private Delivery delivery() {
        return new Delivery(
                get(Settings.MAX_CONCURRENT_REQUESTS),
                get(Settings.BATCH).equals("feed"),
                properties.getText(Settings.RETRY_ON_STATUS),
                properties.getText(Settings.RETRY_EXCEPT_STATUS),
                get(Settings.MAX_ATTEMPTS_FORBIDDEN),
                get(Settings.RETRY_INITIAL_DELAY),
                get(Settings.RETRY_MAX_DELAY),
                get(Settings.RETRY_MAX_RETRY_AFTER),
                get(Settings.RETRY_TIMEOUT),
                get(Settings.RESPONSE_TIMEOUT));
    }
}
