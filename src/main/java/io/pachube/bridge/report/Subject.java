package io.pachube.bridge.report;

import io.pachube.bridge.mqtt.ReceivedMessage;

import org.apache.camel.Exchange;
import org.apache.camel.SafeCopyProperty;

/**
 * What a report of an exchange would be about; kept with the exchange from its beginning, because
 * headers and body change on the way.
 *
 * @param operation {@code publish} or {@code trigger}
 * @param topic the topic as it was received; null: nobody is to be told, only the log
 * @param key the API key, to keep it out of the report; null where the topic holds none
 * @param payload as it was received
 */
public record Subject(String operation, String topic, String key, byte[] payload)
        implements SafeCopyProperty {

    private static final String PROPERTY = "pachubeSubject";

    /**
     * Returns the subject of an exchange: the one that a step has attached, or the MQTT message
     * that it began with; null without both.
     */
    public static Subject of(Exchange exchange) {
        Subject attached =
                exchange.getExchangeExtension().getSafeCopyProperty(PROPERTY, Subject.class);
        if (attached != null) {
            return attached;
        }
        ReceivedMessage received = ReceivedMessage.of(exchange);
        return received == null
                ? null
                : new Subject("message", received.topic(), null, received.payload());
    }

    /** Makes this the exchange's subject. */
    public void keep(Exchange exchange) {
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
