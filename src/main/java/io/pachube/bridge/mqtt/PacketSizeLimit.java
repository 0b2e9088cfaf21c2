package io.pachube.bridge.mqtt;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The maximum packet size of the broker, as learned from its refusals: MQTT 3.1.1 has no way to ask
 * for it. Forgotten after a while, as the broker's configuration may change.
 *
 * <p>Not thread safe: {@link PendingPublishes} guards it.
 */
final class PacketSizeLimit {

    private static final Logger LOG = LoggerFactory.getLogger(PacketSizeLimit.class);
    private static final long VALID_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final LongSupplier nanoTime;

    /** Packets of this size and larger are refused without being sent. */
    private int limit = Integer.MAX_VALUE;

    private long since;
    private PendingPublish lastRefused;

    /**
     * @param nanoTime a clock as {@link System#nanoTime}
     */
    PacketSizeLimit(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    boolean isExceededBy(PendingPublish publish) {
        if (publish.size >= limit && nanoTime.getAsLong() - since >= VALID_NANOS) {
            limit = Integer.MAX_VALUE;
        }
        return publish.size >= limit;
    }

    void onRefused(PendingPublish publish) {
        lastRefused = publish;
    }

    /** If a smaller packet is acknowledged on the topic of a refused one, it was the size. */
    void onAcknowledged(PendingPublish publish) {
        if (lastRefused == null
                || !lastRefused.topic.equals(publish.topic)
                || lastRefused.size <= publish.size) {
            return;
        }
        limit = Math.min(limit, lastRefused.size);
        since = nanoTime.getAsLong();
        LOG.warn(
                "The broker refuses packets of {} bytes: none of this size is sent to it for {}"
                        + " minutes. Raise its maximum packet size (mosquitto: max_packet_size)",
                lastRefused.size,
                TimeUnit.NANOSECONDS.toMinutes(VALID_NANOS));
        lastRefused = null;
    }
}
