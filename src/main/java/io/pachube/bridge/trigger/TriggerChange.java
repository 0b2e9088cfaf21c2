package io.pachube.bridge.trigger;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

import java.util.Map;

/**
 * One step of a {@link TriggerPlanner}, and what the client is told of it.
 *
 * @param topic the levels below the key where the trigger tells; null where a general delete found
 *     nothing
 * @param id Pachube's; null where there is none (yet)
 * @param state what the trigger is then
 * @param fields what Pachube is sent, as JSON; null: nothing
 */
public record TriggerChange(String topic, String id, State state, Map<String, Object> fields) {

    /** What became of the trigger. */
    public enum State {
        created,
        updated,
        unchanged,
        deleted
    }

    /** What is published on the {@code /status} topic. */
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

    /** The same, told of another topic. */
    TriggerChange withTopic(String newTopic) {
        return new TriggerChange(newTopic, id, state, fields);
    }

    /** The same, with the id that Pachube gave it. */
    TriggerChange withId(String newId) {
        return new TriggerChange(topic, newId, state, fields);
    }

    Status status() {
        return new Status(topic, id == null ? null : Long.valueOf(id), state);
    }
}
