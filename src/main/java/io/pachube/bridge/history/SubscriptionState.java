package io.pachube.bridge.history;

import java.time.Instant;

/**
 * A mirror, or a trigger with a history.
 *
 * @param datastream its id; {@code *} for all of a feed
 * @param topic of the trigger; null for a mirror
 * @param last time of the datapoint that was published last; null before the first
 */
public record SubscriptionState(
        String environment, String datastream, String topic, Instant last) {}
