package io.pachube.bridge.mqtt;

import org.apache.camel.Exchange;
import org.apache.camel.SafeCopyProperty;
import org.eclipse.paho.client.mqttv3.MqttMessage;

/**
 * The MQTT message that an exchange began with. It travels with the exchange and with all copies of
 * it, whatever the route removes. Thread safe.
 */
public final class ReceivedMessage implements SafeCopyProperty {

    private static final String PROPERTY = "pachubeReceivedMessage";

    private final String topic;
    private final MqttMessage message;
    private final DurableMqttClient client;
    private final ConsumerGeneration generation;
    private volatile boolean revoked;

    ReceivedMessage(
            String topic,
            MqttMessage message,
            DurableMqttClient client,
            ConsumerGeneration generation) {
        this.topic = topic;
        this.message = message;
        this.client = client;
        this.generation = generation;
    }

    /** Returns the message of an exchange; null if it began elsewhere. */
    public static ReceivedMessage of(Exchange exchange) {
        return exchange.getExchangeExtension().getSafeCopyProperty(PROPERTY, ReceivedMessage.class);
    }

    void attachTo(Exchange exchange) {
        exchange.getExchangeExtension().setSafeCopyProperty(PROPERTY, this);
    }

    @Override
    public SafeCopyProperty safeCopy() {
        return this;
    }

    /** Returns the topic as it was received. */
    public String topic() {
        return topic;
    }

    /** Returns the payload as it was received. */
    public byte[] payload() {
        return message.getPayload();
    }

    /** Counts the memory of what a step makes of the message, until its exchange ends. */
    public void addCost(int bytes) {
        client.addCost(message, bytes);
    }

    /** However its exchange ends, the message is not acknowledged: the broker sends it again. */
    public void revoke() {
        revoked = true;
    }

    boolean isRevoked() {
        return revoked;
    }

    /** Returns true if its route stops or is replaced: the broker sends the message again. */
    boolean isGenerationRevoked() {
        return generation.isRevoked();
    }
}
