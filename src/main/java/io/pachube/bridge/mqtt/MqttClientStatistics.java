package io.pachube.bridge.mqtt;

/**
 * State and counters of one MQTT client.
 *
 * @param isConnected it is connected and subscribed
 * @param received messages dispatched to its route, each once
 * @param dropped messages of QoS 0 without capacity
 * @param oversized messages with too large a payload
 * @param inFlightBytes memory of the messages that are not acknowledged
 * @param unacknowledged messages that are not acknowledged
 * @param published publishes that the broker has acknowledged
 * @param refused publishes that the broker refuses
 */
public record MqttClientStatistics(
        boolean isConnected,
        long received,
        long dropped,
        long oversized,
        long inFlightBytes,
        int unacknowledged,
        long published,
        int refused) {}
