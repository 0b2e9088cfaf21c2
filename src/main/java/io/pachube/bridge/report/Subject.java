package io.pachube.bridge.report;

import org.apache.camel.Exchange;

/**
 * What a report of an exchange would be about; kept with the exchange from its beginning, because
 * headers and body change on the way.
 *
 * @param operation {@code publish} or {@code trigger}
 * @param topic the topic as it was received; null: nobody is to be told, only the log
 * @param key the API key, to keep it out of the report; null where the topic holds none
 * @param payload as it was received
 */
public record Subject(String operation, String topic, String key, byte[] payload) {

    private static final String PROPERTY = "pachubeSubject";

    /** The subject of an exchange, or null. */
    public static Subject of(Exchange exchange) {
        return exchange.getProperty(PROPERTY, Subject.class);
    }

    /** Makes this the exchange's subject. */
    public void keep(Exchange exchange) {
        exchange.setProperty(PROPERTY, this);
    }

    /** Names no key. */
    @Override
    public String toString() {
        return operation + " of " + payload.length + " bytes";
    }
}
