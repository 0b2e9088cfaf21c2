package io.pachube.bridge.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

class ReportPropertyTest {

    /** Stands for the key in the generated texts. */
    private static final String KEY = "\uE000";

    @Property(shrinking = ShrinkingMode.OFF)
    void neverTheKeyAndNeverTooLong(
            @ForAll("keys") String key,
            @ForAll("pieces") List<String> error,
            @ForAll("pieces") List<String> message,
            @ForAll("pieces") List<String> payload,
            @ForAll byte[] bytes)
            throws Exception {
        byte[] text = with(key, payload).getBytes(StandardCharsets.UTF_8);
        for (byte[] body : List.of(text, join(text, bytes), join(bytes, text))) {
            ErrorReport report =
                    ErrorReport.of(
                            "publish",
                            500,
                            with(key, error),
                            with(key, message),
                            true,
                            1,
                            body,
                            key,
                            Instant.now());
            check(key, report.toJson());
        }
    }

    private static void check(String key, byte[] json) throws Exception {
        assertFalse(new String(json, StandardCharsets.UTF_8).contains(key));
        JsonNode report = new JsonMapper().readTree(json);
        for (JsonNode field : report) {
            assertFalse(field.asText().contains(key), field.asText());
        }
        assertTrue(report.path("error").asText().length() <= 1027);
        assertTrue(report.path("message").asText().length() <= 1027);
        assertEquals(report.has("payload"), !report.has("payload_base64"));
        byte[] payload =
                report.has("payload")
                        ? report.path("payload").asText().getBytes(StandardCharsets.UTF_8)
                        : Base64.getDecoder().decode(report.path("payload_base64").asText());
        assertTrue(payload.length <= 1024, payload.length + " bytes");
        assertFalse(new String(payload, StandardCharsets.ISO_8859_1).contains(key));
    }

    private static String with(String key, List<String> pieces) {
        return String.join("", pieces).replace(KEY, key);
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** None is a word of the report's own. */
    @Provide
    Arbitrary<String> keys() {
        return Arbitraries.strings()
                .alpha()
                .numeric()
                .withChars("_-")
                .ofMinLength(5)
                .ofMaxLength(125)
                .map(letters -> "Zz9" + letters);
    }

    @Provide
    Arbitrary<List<String>> pieces() {
        return Arbitraries.oneOf(
                        Arbitraries.of(
                                KEY,
                                KEY + KEY,
                                "Zz9",
                                "x".repeat(1000),
                                "x".repeat(1020),
                                "\"",
                                "\\",
                                "\0",
                                "\uD83C\uDF21",
                                "\uD83C",
                                "温",
                                "***"),
                        Arbitraries.strings())
                .list()
                .ofMaxSize(6);
    }
}
