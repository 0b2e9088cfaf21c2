package io.pachube.bridge.mqtt;

import org.eclipse.paho.client.mqttv3.MqttException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.EOFException;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Logs the connections of all clients to one broker: an outage is one line at its start, and one a
 * minute as long as it lasts, however many clients and attempts there are.
 *
 * <p>Thread safe.
 */
final class ConnectionLog {

    private static final Logger LOG = LoggerFactory.getLogger(ConnectionLog.class);
    private static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

    private enum Event {
        UNAVAILABLE,
        SHORT_LIVED,
        SESSION_LOST
    }

    private final String url;
    private final LongSupplier nanoTime;

    /** Client ids. */
    private final Set<String> disconnected = new HashSet<>();

    private final Map<Event, Long> logged = new HashMap<>();

    /**
     * @param nanoTime a clock as {@link System#nanoTime}
     */
    ConnectionLog(String url, LongSupplier nanoTime) {
        this.url = url;
        this.nanoTime = nanoTime;
    }

    synchronized void connected(String clientId) {
        disconnected.remove(clientId);
        LOG.info("{} is connected to {}", clientId, url);
    }

    /** The client is gone for good, connected or not. */
    synchronized void closed(String clientId) {
        disconnected.remove(clientId);
    }

    /**
     * The connection was lost, or none could be made.
     *
     * @param shortLived how many connections in a row were lost right after they were made
     */
    synchronized void unavailable(String clientId, Throwable cause, int shortLived) {
        boolean first = disconnected.isEmpty() && shortLived == 0;
        disconnected.add(clientId);
        if (first || isDue(Event.UNAVAILABLE)) {
            logged.put(Event.UNAVAILABLE, nanoTime.getAsLong());
            LOG.warn(
                    "{} is not connected to {}: {}. Connecting is retried; messages wait at the"
                            + " broker",
                    clientId,
                    url,
                    reason(cause));
        }
        if (shortLived > 2 && isDue(Event.SHORT_LIVED)) {
            logged.put(Event.SHORT_LIVED, nanoTime.getAsLong());
            LOG.warn(
                    "{} lost {} connections right after they were made. Another client, such as a"
                            + " second bridge, may use the same client id: set mqtt.client-id. Or"
                            + " the broker's log has the reason",
                    clientId,
                    shortLived);
        }
    }

    /** The broker has none, though it had one for an earlier connection. */
    synchronized void sessionLost(String clientId) {
        if (isDue(Event.SESSION_LOST)) {
            logged.put(Event.SESSION_LOST, nanoTime.getAsLong());
            LOG.warn(
                    "The broker has lost the session of {}: messages that it had queued are gone."
                            + " Set it to keep sessions (mosquitto: persistence true)",
                    clientId);
        }
    }

    private boolean isDue(Event event) {
        Long last = logged.get(event);
        return last == null || nanoTime.getAsLong() - last >= INTERVAL_NANOS;
    }

    /** Returns the reason in words. */
    static String reason(Throwable thrown) {
        Throwable cause = thrown;
        while (cause instanceof MqttException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof EOFException) {
            return "the broker closed the connection";
        }
        if (cause instanceof UnknownHostException) {
            return "unknown host " + cause.getMessage();
        }
        String message = cause.getMessage();
        return message == null || message.isBlank() ? "connection failed" : message;
    }
}
