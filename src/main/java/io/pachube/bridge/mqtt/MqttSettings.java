package io.pachube.bridge.mqtt;

import org.eclipse.paho.client.mqttv3.MqttConnectOptions;

import java.time.Duration;

import javax.net.ssl.SSLSocketFactory;

/**
 * The settings of the bridge's MQTT clients.
 *
 * @param url {@code tcp://host:port} or {@code ssl://host:port}
 * @param clientId the prefix of the client ids; unique on the broker among bridges
 * @param sharedGroup share the consumers' work with other bridges of this group; empty: not
 * @param username empty: none
 * @param password empty: none
 * @param tls makes the connections of {@code ssl://}
 * @param topicPrefix how the bridge's topics begin; below it reports are not consumed
 * @param maxInFlightBytes bytes of messages in flight, for each consumer; 0: a share of the heap
 * @param publishTimeout how long a publish waits for the broker's acknowledgement
 */
public record MqttSettings(
        String url,
        String clientId,
        String sharedGroup,
        String username,
        String password,
        SSLSocketFactory tls,
        String topicPrefix,
        long maxInFlightBytes,
        Duration publishTimeout) {

    private static final int CONNECT_TIMEOUT_SECONDS = 10;
    private static final int KEEP_ALIVE_SECONDS = 30;
    private static final int PUBLISHER_MAX_IN_FLIGHT = 1_000;
    private static final int CONSUMER_MAX_IN_FLIGHT = 10;

    private static final long MAX_SHARE = 64 << 20;

    /** A quarter of the heap; a message costs more while it is in flight. */
    private static final long FOR_ALL = Runtime.getRuntime().maxMemory() / 4;

    /** Returns how many bytes of messages each of so many consumers may have in flight. */
    long maxInFlightBytes(int consumers) {
        return maxInFlightBytes > 0
                ? maxInFlightBytes
                : Math.min(MAX_SHARE, FOR_ALL / Math.max(2, consumers));
    }

    /** Returns true if a broker's address asks for TLS. */
    private boolean isSecure() {
        return url.startsWith("ssl://") || url.startsWith("wss://");
    }

    MqttConnectOptions consumerOptions() {
        MqttConnectOptions options = options();
        options.setCleanSession(false);
        options.setMaxInflight(CONSUMER_MAX_IN_FLIGHT);
        return options;
    }

    MqttConnectOptions publisherOptions() {
        MqttConnectOptions options = options();
        options.setCleanSession(true);
        options.setMaxInflight(PUBLISHER_MAX_IN_FLIGHT);
        return options;
    }

    private MqttConnectOptions options() {
        MqttConnectOptions options = new MqttConnectOptions();
        options.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1);
        // MqttConnection does, also when the first attempt fails
        options.setAutomaticReconnect(false);
        options.setConnectionTimeout(CONNECT_TIMEOUT_SECONDS);
        options.setKeepAliveInterval(KEEP_ALIVE_SECONDS);
        if (isSecure()) {
            options.setSocketFactory(tls);
            // the name in the certificate must be the broker's
            options.setHttpsHostnameVerificationEnabled(true);
        }
        if (!username.isEmpty()) {
            options.setUserName(username);
            options.setPassword(password.toCharArray());
        }
        return options;
    }

    @Override
    public String toString() {
        return "MqttSettings[url=" + url + ", clientId=" + clientId + "]";
    }
}
