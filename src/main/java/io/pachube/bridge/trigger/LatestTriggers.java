package io.pachube.bridge.trigger;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The triggers that commands have created, updated or found since the start; Pachube has them all.
 * Thread safe, bounded.
 */
public final class LatestTriggers {

    private static final int MAX_TRIGGERS = 200;

    /**
     * @param id Pachube's; null if it has given none
     */
    public record Trigger(
            String environment,
            String datastream,
            String topic,
            String id,
            String state,
            Instant at) {}

    private record Place(String environment, String datastream, String topic) {}

    private final Map<Place, Trigger> triggers =
            new LinkedHashMap<>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Place, Trigger> eldest) {
                    return size() > MAX_TRIGGERS;
                }
            };

    synchronized void add(String environment, String datastream, TriggerChange change) {
        if (change.topic() == null) {
            return;
        }
        Place place = new Place(environment, datastream, change.topic());
        triggers.remove(place);
        if (change.state() != TriggerChange.State.deleted && change.id() != null) {
            triggers.put(
                    place,
                    new Trigger(
                            environment,
                            datastream,
                            change.topic(),
                            change.id(),
                            change.state().name(),
                            Instant.now()));
        }
    }

    /** Returns all, the latest first. */
    public synchronized List<Trigger> all() {
        List<Trigger> all = new ArrayList<>(triggers.values());
        Collections.reverse(all);
        return all;
    }
}
