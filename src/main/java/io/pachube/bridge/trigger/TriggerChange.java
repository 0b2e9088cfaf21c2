package io.pachube.bridge.trigger;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

import java.util.Map;

/**
 * One change that a {@link TriggerPlanner} plans, and its status.
 *
 * @param topic the levels below the key on which the trigger publishes; null if a delete of all
 *     triggers found none
 * @param id Pachube's id; null: there is none yet
 * @param state the state of the trigger after the change
 * @param fields the JSON of the request; null: the request has none
 */
public record TriggerChange(String topic, String id, State state, Map<String, Object> fields) {

    /** The state of a trigger after a change. */
    public enum State {
        created,
        updated,
        unchanged,
        deleted
    }

    /** The document that is published on the {@code /status} topic. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonPropertyOrder({"topic", "id", "state"})
    record Status(String topic, Long id, State state) {}

    static TriggerChange create(String topic, Map<String, Object> fields) {
        return new TriggerChange(topic, null, State.created, fields);
    }

    static TriggerChange update(String topic, String id, Map<String, Object> fields) {
        return new TriggerChange(topic, id, State.updated, fields);
    }

    static TriggerChange delete(String topic, String id) {
        return new TriggerChange(topic, id, State.deleted, null);
    }

    static TriggerChange none(String topic, String id) {
        return new TriggerChange(topic, id, State.unchanged, null);
    }

    /** Returns this change with another topic. */
    TriggerChange withTopic(String newTopic) {
        return new TriggerChange(newTopic, id, state, fields);
    }

    /** Returns this change with the id that Pachube has assigned. */
    TriggerChange withId(String newId) {
        return new TriggerChange(topic, newId, state, fields);
    }

    Status status() {
        return new Status(topic, id == null ? null : Long.valueOf(id), state);
    }
}
