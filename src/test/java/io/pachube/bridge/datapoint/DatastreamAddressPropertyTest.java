package io.pachube.bridge.datapoint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NumericChars;
import net.jqwik.api.constraints.StringLength;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

class DatastreamAddressPropertyTest {

    @Property
    void anyText(@ForAll String topic) {
        DatastreamAddressRules.hold("pb", topic);
        DatastreamAddressRules.hold("pb", "pb/" + topic);
    }

    @Property
    void anyLevels(@ForAll("levels") String topic) {
        DatastreamAddressRules.hold("pb", "pb/" + topic);
    }

    @Property
    void aKeyThatIsRepeatedInOtherLevels(
            @ForAll @AlphaChars @NumericChars @StringLength(min = 7, max = 127) String letters,
            @ForAll("level") String before,
            @ForAll("level") String behind) {
        String key = "7" + letters;
        for (String level : new String[] {before + key + behind, "%20" + key, key + "%"}) {
            DatastreamAddressRules.hold("pb", "pb/" + key + "/" + level + "/t");
            DatastreamAddressRules.hold("pb", "pb/" + key + "/1/" + level);
        }
    }

    @Property
    void anyDatastreamArrivesAsItIs(
            @ForAll @IntRange(min = 1) int environment, @ForAll("datastream") String datastream)
            throws Exception {
        String level = URLEncoder.encode(datastream, StandardCharsets.UTF_8);
        assertEquals(
                new DatastreamAddress("k", String.valueOf(environment), datastream),
                DatastreamAddress.parse("a/b", "a/b/k/" + environment + "/" + level));
    }

    @Provide
    Arbitrary<String> datastream() {
        return Arbitraries.strings()
                .alpha()
                .numeric()
                .withChars("_-+.")
                .withChars("ößа温")
                .ofMinLength(1);
    }

    @Provide
    Arbitrary<String> levels() {
        return level().list().ofMinSize(2).ofMaxSize(5).map(levels -> String.join("/", levels));
    }

    /** Words that mean something here, and pieces of addresses, expressions and encodings. */
    @Provide
    Arbitrary<String> level() {
        Arbitrary<String> piece =
                Arbitraries.of(
                        "",
                        "1",
                        "0",
                        "public",
                        "trigger",
                        "error",
                        "..",
                        "%2e",
                        "%2F",
                        "%2B",
                        "%00",
                        "%0d%0a",
                        "%",
                        "%f",
                        "%c3",
                        "%ED%A0%80",
                        "?key=k",
                        "#",
                        "+",
                        "\r\n",
                        "\0",
                        "${header.x}",
                        "{{pachube.url}}",
                        "温",
                        "\uD83C\uDF21",
                        "\uD83C",
                        "k",
                        "t");
        return Arbitraries.oneOf(piece, Arbitraries.strings().ofMaxLength(3))
                .list()
                .ofMaxSize(4)
                .map(pieces -> String.join("", pieces));
    }
}
