package io.pachube.bridge.trigger;

import com.fasterxml.jackson.databind.json.JsonMapper;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

import java.util.List;

class TriggerCommandPropertyTest {

    private static final JsonMapper JSON = new JsonMapper();

    @Property
    void anyBytes(@ForAll byte[] payload) {
        TriggerCommandRules.hold(payload);
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void anyJson(@ForAll("json") Object value) throws Exception {
        TriggerCommandRules.hold(JSON.writeValueAsBytes(value));
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void anyCommand(@ForAll("command") Object command) throws Exception {
        TriggerCommandRules.hold(JSON.writeValueAsBytes(command));
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void anyCommands(@ForAll("commands") List<Object> commands) throws Exception {
        TriggerCommandRules.hold(JSON.writeValueAsBytes(commands));
    }

    @Provide
    Arbitrary<List<Object>> commands() {
        return command().list().ofMaxSize(5);
    }

    /** Mostly the right fields, with mostly the right values. */
    @Provide
    Arbitrary<Object> command() {
        return Arbitraries.maps(
                        Arbitraries.of(
                                "command",
                                "topic",
                                "trigger_type",
                                "threshold_value",
                                "public",
                                "format",
                                "retain",
                                "qos",
                                "history",
                                "mirror",
                                "url"),
                        Arbitraries.frequencyOf(Tuple.of(5, value()), Tuple.of(1, json())))
                .ofMinSize(1)
                .map(command -> command);
    }

    private static Arbitrary<Object> value() {
        return Arbitraries.of(
                "delete",
                "a",
                "b",
                "gt",
                "lte",
                "change",
                "1",
                "-.5e1",
                "json",
                2,
                "1e308",
                "1e309",
                "0x1p1",
                "NaN",
                15.0,
                1e300,
                true,
                false,
                "http://h/callback",
                "https://h:1/../x",
                "http:x",
                "http://h/?q",
                "a/b",
                "#",
                "\0",
                "\uD83C",
                "\uD83C\uDF21",
                "${header.x}",
                "");
    }

    @Provide
    Arbitrary<Object> json() {
        Arbitrary<Object> leaf =
                Arbitraries.oneOf(
                        Arbitraries.strings().asGeneric(),
                        Arbitraries.doubles().asGeneric(),
                        Arbitraries.longs().asGeneric(),
                        Arbitraries.of(true, false).asGeneric(),
                        Arbitraries.<Object>just(List.of()));
        return Arbitraries.recursive(
                () -> leaf,
                inner ->
                        Arbitraries.oneOf(
                                inner.list().ofMaxSize(3).asGeneric(),
                                Arbitraries.maps(Arbitraries.strings().ofMaxLength(8), inner)
                                        .ofMaxSize(3)
                                        .asGeneric()),
                0,
                4);
    }
}
