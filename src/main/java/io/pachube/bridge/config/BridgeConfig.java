package io.pachube.bridge.config;

import java.time.Duration;
import java.util.List;

/** Holds the bridge's settings, validated; a wrong one has its default. */
public record BridgeConfig(
        Mqtt mqtt,
        Pachube pachube,
        Routes routes,
        Callback callback,
        Delivery delivery,
        History history,
        Cluster cluster,
        Management management,
        Sandbox sandbox) {

    /**
     * Holds the files of one TLS connection.
     *
     * @param group what the names of the settings start with
     * @param trustStore empty for the JDK's certificates
     * @param keyStore empty for none
     */
    public record Tls(
            String group,
            String trustStore,
            Secret trustStorePassword,
            String keyStore,
            Secret keyStorePassword) {

        /** Returns true if a certificate of its own is shown. */
        public boolean hasKeyStore() {
            return !keyStore.isEmpty();
        }
    }

    /**
     * @param usesTls true also if the address is wrong, so that no more is said about it
     */
    public record Mqtt(
            String url,
            boolean usesTls,
            String username,
            Secret password,
            String clientId,
            String sharedGroup,
            String topicPrefix,
            long maxInFlightBytes,
            Duration publishTimeout,
            Tls tls) {

        public boolean isEmbedded() {
            return url.equals(Settings.EMBEDDED);
        }
    }

    /**
     * @param url empty if no route uses Pachube
     * @param usesTls true also if the address is wrong, so that no more is said about it
     */
    public record Pachube(
            String url,
            boolean usesTls,
            String apiKeyHeader,
            Secret proxy,
            Duration connectTimeout,
            boolean createMissingDatastreams,
            String triggerCreateMethod,
            Tls tls) {

        public boolean isEmbedded() {
            return url.equals(Settings.EMBEDDED);
        }
    }

    public record Routes(String directory, boolean reload) {}

    /**
     * @param isUrlValid false if {@code url} stands in for a wrong one
     */
    public record Callback(
            String host,
            int port,
            String url,
            boolean isUrlValid,
            int maxConcurrent,
            Duration readTimeout,
            Secret secret,
            String secretFile,
            Tls tls) {

        /** Returns the parts of the URL. */
        public Address address() {
            return Address.parse(url, List.of("http", "https"), "");
        }
    }

    /** Statuses are texts: the delivery component parses them. */
    public record Delivery(
            int maxConcurrentRequests,
            boolean batchesByFeed,
            String retryOnStatus,
            String retryExceptStatus,
            int maxAttemptsForbidden,
            Duration initialDelay,
            Duration maxDelay,
            Duration maxRetryAfter,
            Duration retryTimeout,
            Duration requestTimeout) {}

    public record History(Duration maxAge, int maxDatapoints) {}

    /**
     * @param service {@code none}, {@code file} or {@code context}
     * @param member empty for the name of the machine
     */
    public record Cluster(
            String service,
            String directory,
            String member,
            Duration lease,
            boolean isStandbyReady) {

        public boolean isAlone() {
            return service.equals("none");
        }
    }

    public record Management(boolean isEnabled, String host, int port, boolean hasConsole) {}

    public record Sandbox(String host, int mqttPort, Secret users, int pachubePort) {}

    /**
     * Validates the settings of a context.
     *
     * @param usesPachube if a route file makes requests to Pachube
     * @param isStandalone if health and metrics have a listener
     */
    public static BridgeConfig read(
            BridgeProperties properties,
            ConfigProblems problems,
            boolean usesPachube,
            boolean isStandalone) {
        if (usesPachube && properties.get(Settings.PACHUBE_URL).isEmpty()) {
            problems.add("pachube.url is not set");
        }
        SettingConflicts.check(properties, problems, usesPachube, isStandalone);
        return new ConfigReader(properties).read(usesPachube);
    }
}
