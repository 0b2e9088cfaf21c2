package io.pachube.bridge.datapoint;

import com.fasterxml.jackson.databind.json.JsonMapper;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

import java.util.Map;

class PayloadFormatProcessorPropertyTest {

    private static final JsonMapper JSON = new JsonMapper();

    @Property
    void anyBytes(@ForAll byte[] payload) {
        PayloadFormatProcessorRules.hold(payload);
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void anyJson(@ForAll("json") Object value) throws Exception {
        PayloadFormatProcessorRules.hold(JSON.writeValueAsBytes(value));
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void anyDocument(@ForAll("document") Object document) throws Exception {
        PayloadFormatProcessorRules.hold(JSON.writeValueAsBytes(document));
    }

    /** Mostly the right fields, with mostly the right values. */
    @Provide
    Arbitrary<Object> document() {
        return Arbitraries.maps(
                        Arbitraries.of(
                                "current_value",
                                "at",
                                "tags",
                                "unit",
                                "datapoints",
                                "id",
                                "version",
                                "max_value"),
                        Arbitraries.frequencyOf(
                                Tuple.of(5, value()),
                                Tuple.of(1, value().list().ofMaxSize(3)),
                                Tuple.of(1, json())))
                .ofMinSize(1)
                .map(document -> document);
    }

    private static Arbitrary<Object> value() {
        return Arbitraries.of(
                "t",
                "1.0.0",
                "21.5",
                21.5,
                1e300,
                0,
                true,
                "",
                " ",
                "2012-01-01T00:00:00Z",
                "2012-01-01T00:00:00+25:00",
                "2012-01-01",
                "+12012-01-01",
                "\0",
                "\uD83C",
                "${header.x}",
                "x".repeat(256),
                Map.of(),
                Map.of("symbol", "C"),
                Map.of("type", "basicSI", "label", "x"),
                Map.of("at", "2012-01-01T00:00:00Z", "value", "1"),
                Map.of("at", "2012-01-01T00:00:00Z", "value", Map.of()));
    }

    @Provide
    Arbitrary<Object> json() {
        Arbitrary<Object> leaf =
                Arbitraries.oneOf(
                        Arbitraries.strings().asGeneric(),
                        Arbitraries.doubles().asGeneric(),
                        Arbitraries.of(true, false).asGeneric(),
                        value());
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
