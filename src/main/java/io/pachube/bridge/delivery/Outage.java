package io.pachube.bridge.delivery;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;

/**
 * Whether a target answers nobody, since when and why. Times are nanoseconds of one clock. Guarded
 * by its {@link RetryPolicy}.
 */
final class Outage {

    private static final Logger LOG = LoggerFactory.getLogger(Outage.class);
    private static final long LOGGED_AFTER = Duration.ofSeconds(5).toNanos();

    private final String name;
    private boolean open;
    private long since;

    /** How long the ended ones were together. */
    private long ended;

    private String reason;
    private boolean logged;

    /**
     * @param name of the target, for the log
     */
    Outage(String name) {
        this.name = name;
    }

    boolean isOpen() {
        return open;
    }

    Duration duration(long now) {
        return open ? Duration.ofNanos(Math.max(1, now - since)) : Duration.ZERO;
    }

    /** Returns why nobody is answered; null: there is no outage. */
    String reason() {
        return open ? reason : null;
    }

    /** Returns the time outside outages, from some beginning. */
    long upTime(long now) {
        return (open ? since : now) - ended;
    }

    void begin(long now) {
        if (!open) {
            open = true;
            since = now;
        }
    }

    /** Called when an attempt was not answered, whether in an outage or not. */
    void onFailure(long now, String reason) {
        if (!open) {
            return;
        }
        this.reason = reason;
        if (!logged && now - since > LOGGED_AFTER) {
            logged = true;
            LOG.warn(
                    "delivery:{} does not answer ({}); messages are retried until it does",
                    name,
                    reason);
        }
    }

    void end(long now) {
        if (open) {
            open = false;
            ended += now - since;
        }
        if (logged) {
            logged = false;
            LOG.info("delivery:{} answers again", name);
        }
    }
}
