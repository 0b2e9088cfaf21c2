package io.pachube.bridge.report;

import io.pachube.bridge.mqtt.ReceivedMessage;

import org.apache.camel.Exchange;
import org.apache.camel.SafeCopyProperty;

/**
 * Holds the message that an exchange began with, for its error report; headers and body change on
 * the way.
 *
 * @param operation {@code publish} or {@code trigger}
 * @param topic the topic as it was received; null if only the log has the report
 * @param key the API key, to keep it out of the report; null where the topic holds none
 * @param payload as it was received
 */
public record OriginalMessage(String operation, String topic, String key, byte[] payload)
        implements SafeCopyProperty {

    private static final String PROPERTY = "pachubeOriginalMessage";

    /**
     * Returns the message of an exchange: the one that a step has attached, or the MQTT message
     * that it began with; null without both.
     */
    public static OriginalMessage of(Exchange exchange) {
        OriginalMessage attached =
                exchange.getExchangeExtension()
                        .getSafeCopyProperty(PROPERTY, OriginalMessage.class);
        if (attached != null) {
            return attached;
        }
        ReceivedMessage received = ReceivedMessage.of(exchange);
        return received == null
                ? null
                : new OriginalMessage("message", received.topic(), null, received.payload());
    }

    /** Attaches this to an exchange. */
    public void attachTo(Exchange exchange) {
        exchange.getExchangeExtension().setSafeCopyProperty(PROPERTY, this);
    }

    @Override
    public SafeCopyProperty safeCopy() {
        return this;
    }

    /** Names no key. */
    @Override
    public String toString() {
        return operation + " of " + payload.length + " bytes";
    }
}
