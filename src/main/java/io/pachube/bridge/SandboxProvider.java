package io.pachube.bridge;

import java.util.List;
import java.util.Map;

/**
 * Creates the services that run in the bridge's process because their address is {@code embedded}.
 * The jar with the classifier {@code sandbox} has an implementation, which the bridge finds with
 * {@link java.util.ServiceLoader}.
 */
public interface SandboxProvider {

    /**
     * Creates the services. No port is opened yet.
     *
     * @throws IllegalStateException if a library that a service needs is not on the class path
     */
    Services create(Options options);

    /**
     * Names the services to create.
     *
     * @param hasBroker if {@code mqtt.url} is {@code embedded}
     * @param hasPachube if {@code pachube.url} is {@code embedded}
     * @param users {@code sandbox.mqtt.users}; empty: everyone may connect
     */
    record Options(
            boolean hasBroker,
            boolean hasPachube,
            String host,
            int mqttPort,
            int pachubePort,
            String topicPrefix,
            String users) {}

    /** The embedded broker, the embedded Pachube, or both. */
    interface Services extends AutoCloseable {

        /**
         * Opens the ports. The broker accepts only the bridge until {@link #admitClients}.
         *
         * @throws IllegalStateException if a port is in use
         */
        void start();

        /**
         * Lets all clients connect to the broker, and logs how to try the bridge.
         *
         * @param mqttUrl the broker's address, embedded or not
         */
        void admitClients(String mqttUrl);

        /** Returns the embedded broker's address; its port is final after the start. */
        String mqttUrl();

        /** Returns the user name that the bridge presents to the embedded broker. */
        String mqttUsername();

        /** Returns the password that the bridge presents to the embedded broker. */
        String mqttPassword();

        /** Returns the embedded Pachube's base address; its port is final after the start. */
        String pachubeUrl();

        /** Returns an API key that may write to all feeds of the embedded Pachube. */
        String apiKey();

        /**
         * Returns the first feeds of the embedded Pachube with the latest datapoints, as JSON:
         * {@code id}, {@code title}, and {@code datastreams} with {@code id}, {@code value}, {@code
         * at}, and the columns {@code times} and {@code values} of those that are numbers. Times
         * are milliseconds since 1970.
         */
        List<Map<String, Object>> feeds();

        /** Closes the ports. Stored values and sessions are lost. */
        @Override
        void close();
    }
}
