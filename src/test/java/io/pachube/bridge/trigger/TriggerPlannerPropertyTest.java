package io.pachube.bridge.trigger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.pachube.bridge.callback.CallbackTarget;
import io.pachube.bridge.callback.CallbackTokenCodec;
import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.StateCipher;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

import java.math.BigDecimal;
import java.util.List;

/** Against a model of Pachube's triggers, as its API gives and takes them (contract, 4.1). */
class TriggerPlannerPropertyTest {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String KEY = "key";
    private static final String URL = "http://bridge.example.org/callback";
    private static final String FORMER = StateCipher.newSecret();
    private static final String CURRENT = StateCipher.newSecret();
    private static final CallbackTokenCodec TOKENS =
            new CallbackTokenCodec(new StateCipher(CURRENT + "," + FORMER));
    private static final TriggerPlanner PLAN = new TriggerPlanner(TOKENS, URL, false);

    private final ArrayNode pachube = JSON.createArrayNode();
    private int nextId = 1;

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void carriedOutThereIsNothingMoreToDoAndOthersAreLeftAlone(
            @ForAll("triggers") List<ObjectNode> ours,
            @ForAll("foreign") List<ObjectNode> foreign,
            @ForAll("commands") List<TriggerCommand> commands)
            throws Exception {
        for (int i = 0; i < Math.max(ours.size(), foreign.size()); i++) {
            ours.stream().skip(i).limit(1).forEach(this::add);
            foreign.stream().skip(i).limit(1).forEach(this::add);
        }
        List<JsonNode> untouched = foreign.stream().<JsonNode>map(ObjectNode::deepCopy).toList();
        PLAN.check(KEY, commands);

        List<TriggerChange> changes = PLAN.plan(KEY, "1", "t", commands, pachube);
        assertTrue(changes.size() >= commands.size());
        changes.forEach(this::carryOut);

        for (TriggerChange change : PLAN.plan(KEY, "1", "t", commands, pachube)) {
            assertEquals(TriggerChange.State.unchanged, change.state(), change.toString());
        }
        assertEquals(untouched, foreign);
        for (ObjectNode trigger : foreign) {
            assertTrue(isListed(trigger));
        }
    }

    private void add(ObjectNode trigger) {
        pachube.add(trigger.put("id", nextId++));
    }

    private boolean isListed(ObjectNode trigger) {
        for (JsonNode listed : pachube) {
            if (listed == trigger) {
                return true;
            }
        }
        return false;
    }

    private void carryOut(TriggerChange change) {
        switch (change.state()) {
            case created -> add(stored(JSON.createObjectNode(), change));
            case updated -> stored(find(change.id()), change);
            case deleted -> pachube.remove(pachube.findValuesAsText("id").indexOf(change.id()));
            case unchanged -> assertEquals(null, change.fields());
        }
    }

    private ObjectNode find(String id) {
        return (ObjectNode) pachube.get(pachube.findValuesAsText("id").indexOf(id));
    }

    /** Numbers in a spelling of its own. */
    private static ObjectNode stored(ObjectNode trigger, TriggerChange change) {
        trigger.setAll(JSON.<ObjectNode>valueToTree(change.fields()));
        if (change.fields().containsKey("threshold_value")) {
            BigDecimal number = new BigDecimal((String) change.fields().get("threshold_value"));
            trigger.put("threshold_value", number.stripTrailingZeros().toPlainString());
        }
        return trigger;
    }

    @Provide
    Arbitrary<List<TriggerCommand>> commands() {
        Arbitrary<TriggerCommand> create =
                Combinators.combine(
                                topics(),
                                types(),
                                Arbitraries.of("15", "15.0", "-.5", "+1e3"),
                                Arbitraries.of(true, false),
                                Arbitraries.of(URL, URL + "/", "https://h").injectNull(0.5))
                        .as(
                                (topic, type, threshold, isPublic, url) ->
                                        new TriggerCommand(
                                                false,
                                                topic,
                                                type,
                                                type.equals("change") ? null : threshold,
                                                new NotificationOptions(
                                                        isPublic, false, false, false, 1),
                                                url));
        Arbitrary<TriggerCommand> delete =
                topics().map(
                                topic ->
                                        new TriggerCommand(
                                                true,
                                                topic,
                                                null,
                                                null,
                                                NotificationOptions.DEFAULT,
                                                null));
        return Arbitraries.frequencyOf(
                Tuple.of(
                        9,
                        Arbitraries.frequencyOf(Tuple.of(3, create), Tuple.of(1, delete))
                                .list()
                                .ofMinSize(1)
                                .ofMaxSize(4)
                                .uniqueElements(TriggerCommand::topic)),
                Tuple.of(
                        1,
                        Arbitraries.just(
                                List.of(
                                        new TriggerCommand(
                                                true,
                                                null,
                                                null,
                                                null,
                                                NotificationOptions.DEFAULT,
                                                null)))));
    }

    /** The bridge's own, also twice, sealed with an older secret, or changed by hand. */
    @Provide
    Arbitrary<List<ObjectNode>> triggers() {
        return triggers(
                        KEY,
                        "1",
                        "t",
                        Arbitraries.of(TOKENS, new CallbackTokenCodec(new StateCipher(FORMER))))
                .list()
                .ofMaxSize(5);
    }

    /** Of another key, environment, datastream or bridge, or nobody's. */
    @Provide
    Arbitrary<List<ObjectNode>> foreign() {
        Arbitrary<CallbackTokenCodec> tokens = Arbitraries.just(TOKENS);
        Arbitrary<ObjectNode> plain =
                Arbitraries.of("", "x", URL, URL + "/", URL + "/token", "http://h/a?b=c")
                        .map(url -> trigger("1", "t", "lt", "15", url));
        return Arbitraries.oneOf(
                        triggers("other", "1", "t", tokens),
                        triggers(KEY, "2", "t", tokens),
                        triggers(KEY, "1", "T", tokens),
                        triggers(
                                KEY,
                                "1",
                                "t",
                                Arbitraries.just(
                                        new CallbackTokenCodec(
                                                new StateCipher(StateCipher.newSecret())))),
                        plain)
                .list()
                .ofMaxSize(4);
    }

    private static Arbitrary<ObjectNode> triggers(
            String key,
            String environment,
            String datastream,
            Arbitrary<CallbackTokenCodec> tokens) {
        return Combinators.combine(
                        tokens,
                        topics(),
                        types(),
                        Arbitraries.of("15.00", "15", "", "warm").injectNull(0.1),
                        Arbitraries.of(true, false),
                        Arbitraries.of(URL, "https://h"))
                .as(
                        (sealer, topic, type, threshold, isPublic, base) ->
                                trigger(
                                        environment,
                                        datastream,
                                        type,
                                        threshold,
                                        base
                                                + "/"
                                                + sealer.encode(
                                                        new CallbackTarget(
                                                                key,
                                                                topic,
                                                                new NotificationOptions(
                                                                        isPublic, false, false,
                                                                        false, 1)))));
    }

    private static ObjectNode trigger(
            String environment, String datastream, String type, String threshold, String url) {
        return JSON.createObjectNode()
                .put("environment_id", environment)
                .put("stream_id", datastream)
                .put("trigger_type", type)
                .put("threshold_value", threshold)
                .put("url", url);
    }

    private static Arbitrary<String> topics() {
        return Arbitraries.of("a", "b", "温");
    }

    private static Arbitrary<String> types() {
        return Arbitraries.of("gt", "lte", "change");
    }
}
