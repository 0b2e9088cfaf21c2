package io.pachube.bridge.callback;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

import java.nio.charset.StandardCharsets;

class NotificationPropertyTest {

    @Property(shrinking = ShrinkingMode.OFF)
    void anyBytesOfAnyType(@ForAll("contentTypes") String contentType, @ForAll byte[] body) {
        NotificationRules.hold(contentType, body);
    }

    @Property
    void anyPiecesOfNotifications(
            @ForAll("contentTypes") String contentType, @ForAll("pieces") String body) {
        NotificationRules.hold(contentType, body.getBytes(StandardCharsets.UTF_8));
    }

    @Provide
    Arbitrary<String> contentTypes() {
        return Arbitraries.oneOf(
                        Arbitraries.of(
                                "application/x-www-form-urlencoded",
                                "Application/JSON; charset=utf-16",
                                "multipart/form-data",
                                "text/plain"),
                        Arbitraries.strings())
                .injectNull(0.1);
    }

    @Provide
    Arbitrary<String> pieces() {
        return Arbitraries.of(
                        "body=",
                        "&",
                        "%7B",
                        "%22",
                        "%",
                        "{",
                        "}",
                        "[",
                        "\"triggering_datastream\":",
                        "{\"triggering_datastream\":{\"value\":{\"value\":",
                        "\"value\":",
                        "\"current_value\":",
                        "}}}",
                        "1",
                        "-",
                        ".5",
                        "e",
                        "999",
                        "e9999999999",
                        "\"",
                        "\\u0000",
                        "\\ud800",
                        "null",
                        "true",
                        " ",
                        "\0",
                        ",")
                .list()
                .ofMaxSize(12)
                .map(pieces -> String.join("", pieces));
    }
}
