package io.pachube.bridge.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;

class ErrorReportTest {

    private static final String KEY = "Zu7x_Secret-Api-Key_0123456789";
    private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void anAnswersReportHasAllFieldsInOrder() {
        ErrorReport report =
                ErrorReport.of(
                        "publish",
                        403,
                        "Forbidden",
                        "You do not have the necessary permissions to access this resource",
                        false,
                        3,
                        utf8("21.5"),
                        KEY,
                        AT);

        assertEquals(
                "{\"operation\":\"publish\",\"status\":403,\"error\":\"Forbidden\",\"message\":\"You"
                        + " do not have the necessary permissions to access this"
                        + " resource\",\"retrying\":false,\"attempts\":3,\"payload\":\"21.5\","
                        + "\"at\":\"2026-01-01T00:00:00.000Z\"}",
                new String(report.toJson(), StandardCharsets.UTF_8));
    }

    @Test
    void withoutAnAnswerThereIsNoStatus() {
        ErrorReport report =
                ErrorReport.of(
                        "trigger", null, "No answer", "refused", true, 1, utf8("{}"), KEY, AT);

        assertEquals(
                "{\"operation\":\"trigger\",\"error\":\"No answer\",\"message\":\"refused\","
                        + "\"retrying\":true,\"attempts\":1,\"payload\":\"{}\","
                        + "\"at\":\"2026-01-01T00:00:00.000Z\"}",
                new String(report.toJson(), StandardCharsets.UTF_8));
    }

    @Test
    void aPayloadThatIsNoUtf8IsBase64InItsPlace() {
        ErrorReport report =
                ErrorReport.of(
                        "publish",
                        null,
                        "Invalid message",
                        "no",
                        false,
                        0,
                        new byte[] {(byte) 0xff, 0, (byte) 0xfe},
                        KEY,
                        AT);

        assertEquals(
                "{\"operation\":\"publish\",\"error\":\"Invalid message\",\"message\":\"no\","
                        + "\"retrying\":false,\"attempts\":0,\"payload_base64\":\"/wD+\","
                        + "\"at\":\"2026-01-01T00:00:00.000Z\"}",
                new String(report.toJson(), StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource({
        "2026-01-01T00:00:00Z, 2026-01-01T00:00:00.000Z",
        "2026-01-01T00:00:00.1Z, 2026-01-01T00:00:00.100Z",
        "2026-12-31T23:59:59.999999999Z, 2026-12-31T23:59:59.999Z"
    })
    void itsTimeHasMilliseconds(Instant at, String text) {
        assertEquals(
                text, ErrorReport.of("publish", 500, "e", "m", false, 1, utf8("1"), KEY, at).at());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "21.5",
                "2012-01-01T00:00:00Z,21.5\n",
                "21,5 °C \"\\\u0001 \uD83C\uDF21"
            })
    void aPayloadThatIsUtf8IsText(String payload) throws Exception {
        ErrorReport report = withPayload(utf8(payload));

        assertEquals(payload, report.payload());
        assertNull(report.payloadBase64());
        assertEquals(payload, json(report).get("payload").textValue());
    }

    @Test
    void aPayloadOfOneKibibyteIsWhole() {
        String payload = "x".repeat(1024);

        assertEquals(payload, withPayload(utf8(payload)).payload());
    }

    @Test
    void aLongerPayloadIsCutAtOneKibibyte() {
        assertEquals("x".repeat(1024), withPayload(utf8("x".repeat(1025))).payload());
        assertEquals("x".repeat(1024), withPayload(utf8("x".repeat(65536))).payload());
    }

    @ParameterizedTest
    @ValueSource(strings = {"é", "温", "\uD83C\uDF21"})
    void aPayloadIsNeverCutWithinACharacter(String character) {
        int length = utf8(character).length;
        for (int before = 1024 - length; before <= 1024; before++) {
            String start = "x".repeat(before);
            String expected = before + length <= 1024 ? start + character : start;
            ErrorReport report = withPayload(utf8(start + character + "y"));

            assertEquals(expected, report.payload(), "after " + before + " bytes");
            assertNull(report.payloadBase64());
        }
    }

    @Test
    void whatIsNoUtf8IsCutAtOneKibibyteToo() {
        byte[] payload = new byte[5000];
        Arrays.fill(payload, (byte) 0x80);

        ErrorReport report = withPayload(payload);

        assertNull(report.payload());
        assertArrayEquals(
                Arrays.copyOf(payload, 1024), Base64.getDecoder().decode(report.payloadBase64()));
    }

    @Test
    void aCharacterThatThePayloadItselfBreaksOffIsNoUtf8() {
        byte[] payload = Arrays.copyOf(utf8("21.5 °"), 6);

        assertArrayEquals(
                payload, Base64.getDecoder().decode(withPayload(payload).payloadBase64()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "%s",
                "key %s.",
                "http://api.pachube.com/v2/feeds/1?key=%s&x=1",
                "pb/%s/1/t",
                "%s %s",
                "%s%s",
                "{\"key\":\"%s\"}",
                "a%%3D%s",
                "{\"a\":\"\\n%s\"}",
                "Bearer_%s",
                "%sx"
            })
    void theKeyIsMaskedWhereverItStands(String text) throws Exception {
        String telling = text.formatted(KEY, KEY);
        String masked = text.formatted("***", "***");

        ErrorReport report =
                ErrorReport.of("publish", 400, telling, telling, false, 1, utf8(telling), KEY, AT);

        assertEquals(masked, report.error());
        assertEquals(masked, report.message());
        assertEquals(masked, report.payload());
        assertFalse(new String(report.toJson(), StandardCharsets.UTF_8).contains(KEY));
    }

    @Test
    void theKeyIsMaskedInWhatIsNoUtf8() {
        byte[] payload = ("\u00ff key=" + KEY + "\u00ff").getBytes(StandardCharsets.ISO_8859_1);

        assertArrayEquals(
                "\u00ff key=***\u00ff".getBytes(StandardCharsets.ISO_8859_1),
                Base64.getDecoder().decode(withPayload(payload).payloadBase64()));
    }

    @Test
    void noPartOfAKeyIsLeftByACut() {
        for (int before = 1024 - KEY.length(); before <= 1024; before++) {
            String payload = withPayload(utf8(" ".repeat(before) + KEY)).payload();
            assertTrue(payload.matches(" +\\**"), payload);
        }
        for (int before = 1024 - KEY.length(); before <= 1024; before++) {
            String message = withMessage(" ".repeat(before) + KEY + " ").message();
            assertTrue(message.matches(" +\\** ?(\\.\\.\\.)?"), message);
        }
    }

    @Test
    void aShortKeyIsMaskedAsAWordOnly() {
        ErrorReport report =
                ErrorReport.of("publish", 400, "e1", "key 1", false, 1, utf8("1,21.5"), "1", AT);

        assertEquals("e1", report.error());
        assertEquals("key ***", report.message());
        assertEquals("***,21.5", report.payload());
    }

    @ParameterizedTest
    @ValueSource(strings = {".*", "a+b(", "$1", "\\E"})
    void aKeyThatIsNoneIsNoPattern(String key) {
        ErrorReport report =
                ErrorReport.of(
                        "publish", null, "e", "<" + key + ">", false, 0, utf8("21.5"), key, AT);

        assertEquals("<***>", report.message());
        assertEquals("21.5", report.payload());
    }

    @Test
    void withoutAKeyNothingIsMasked() {
        ErrorReport report =
                ErrorReport.of("publish", 500, "e", "m", false, 1, utf8("null"), null, AT);

        assertEquals("null", report.payload());
    }

    @Test
    void aLongMessageIsCut() {
        assertEquals("m".repeat(1024), withMessage("m".repeat(1024)).message());
        assertEquals("m".repeat(1024) + "...", withMessage("m".repeat(1025)).message());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\uD83C", "\uDF21", "a\uDF21\uD83Cb"})
    void halfACharacterInAMessageIsNoObstacle(String text) throws Exception {
        assertFalse(json(withMessage(text)).get("message").textValue().isEmpty());
    }

    @Test
    void aMessageThatIsCutWithinACharacterIsNoObstacle() throws Exception {
        ErrorReport report = withMessage("m".repeat(1023) + "\uD83C\uDF21");

        assertEquals("m".repeat(1023) + "...", json(report).get("message").textValue());
    }

    private static ErrorReport withPayload(byte[] payload) {
        return ErrorReport.of("publish", 500, "Error", "message", false, 1, payload, KEY, AT);
    }

    private static ErrorReport withMessage(String message) {
        return ErrorReport.of("publish", 500, "Error", message, false, 1, utf8("21.5"), KEY, AT);
    }

    private static JsonNode json(ErrorReport report) throws IOException {
        return JSON.readTree(report.toJson());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
