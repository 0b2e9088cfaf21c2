package io.pachube.sandbox;

import com.fasterxml.jackson.databind.JsonNode;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/** Holds the triggers and decides when they fire (contract, section 4.3). */
final class TriggerEvaluator {
    /** Least time between two notifications of one trigger; what falls within is dropped. */
    private static final Duration HOLD = Duration.ofSeconds(5);

    /** Fire at every value for which the condition holds, not only at the first. */
    volatile boolean levelTriggered;

    /** Let a change trigger fire at an equal value too. */
    volatile boolean changeOnEqual;

    private final ConcurrentSkipListMap<Long, Trigger> triggers = new ConcurrentSkipListMap<>();
    private final AtomicLong lastId = new AtomicLong();
    private final Clock clock;
    private final NotificationSender notifier;

    TriggerEvaluator(Clock clock, NotificationSender notifier) {
        this.clock = clock;
        this.notifier = notifier;
    }

    Collection<Trigger> all() {
        return triggers.values();
    }

    Trigger get(long id) {
        Trigger trigger = triggers.get(id);
        if (trigger == null) {
            throw ApiException.notFound();
        }
        return trigger;
    }

    Trigger create(Feed feed, String stream, JsonNode document) {
        synchronized (feed) {
            Datastream watched = feed.stream(stream);
            ApiException.requireAtMost(
                    triggers.size() + 1, SandboxPachube.MAX_TRIGGERS, "triggers");
            Trigger trigger = new Trigger(lastId.incrementAndGet(), feed, watched, document);
            watched.triggers.add(trigger);
            triggers.put(trigger.id, trigger);
            return trigger;
        }
    }

    void delete(Trigger trigger) {
        synchronized (trigger.feed) {
            trigger.stream.triggers.remove(trigger);
            triggers.remove(trigger.id);
        }
    }

    /** A datastream goes, and its triggers with it. */
    void forget(Datastream stream) {
        stream.triggers.forEach(trigger -> triggers.remove(trigger.id));
        stream.triggers.clear();
    }

    /** Evaluates the triggers of a new current value. The caller holds the feed's lock. */
    void evaluate(Feed feed, Datastream stream, String previous, Instant received, Instant now) {
        for (Trigger trigger : stream.triggers) {
            boolean condition =
                    switch (trigger.type) {
                        case "change" -> changeOnEqual || !same(previous, stream.value);
                        case "live" -> isFrozen(received, now);
                        case "frozen" -> false;
                        default -> compares(trigger, stream.value);
                    };
            // A change and a return to life are edges in themselves.
            boolean edge =
                    levelTriggered
                            || !trigger.conditionMet
                            || trigger.type.equals("change")
                            || trigger.type.equals("live");
            notifyIfDue(trigger, condition, edge, now);
        }
    }

    /** Evaluates the triggers for frozen datastreams, which no write causes. */
    void sweep() {
        Instant now = clock.instant();
        for (Trigger trigger : triggers.values()) {
            synchronized (trigger.feed) {
                if (trigger.type.equals("frozen")) {
                    boolean frozen = isFrozen(trigger.stream.received, now);
                    notifyIfDue(trigger, frozen, !trigger.conditionMet, now);
                }
            }
        }
    }

    /** Sends the notification of a debug trigger, whatever its condition. */
    void debug(Trigger trigger) {
        synchronized (trigger.feed) {
            notifier.notify(trigger, clock.instant(), true);
        }
    }

    private void notifyIfDue(Trigger trigger, boolean condition, boolean edge, Instant now) {
        trigger.conditionMet = condition;
        Instant last = trigger.notifiedAt;
        if (condition && edge && (last == null || !now.isBefore(last.plus(HOLD)))) {
            trigger.notifiedAt = now;
            notifier.notify(trigger, now, false);
        }
    }

    private static boolean isFrozen(Instant received, Instant now) {
        return received != null && !now.isBefore(received.plus(Feed.LIVE));
    }

    private static boolean compares(Trigger trigger, String value) {
        if (trigger.type.equals("eq")) {
            return same(value, trigger.threshold);
        }
        OptionalDouble left = Datastream.number(value);
        OptionalDouble right = Datastream.number(trigger.threshold);
        if (left.isEmpty() || right.isEmpty()) {
            return false;
        }
        int order = Double.compare(left.getAsDouble() + 0.0, right.getAsDouble() + 0.0);
        return switch (trigger.type) {
            case "gt" -> order > 0;
            case "gte" -> order >= 0;
            case "lt" -> order < 0;
            default -> order <= 0;
        };
    }

    /** Numbers are the same by value, other texts by their letters. */
    private static boolean same(String one, String other) {
        OptionalDouble left = Datastream.number(one);
        OptionalDouble right = Datastream.number(other);
        return left.isPresent() && right.isPresent()
                ? left.getAsDouble() == right.getAsDouble()
                : Objects.equals(one, other);
    }
}
