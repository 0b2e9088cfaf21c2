package io.pachube.bridge.trigger;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.delivery.InvalidMessageException;

import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.internal.wire.MqttPublish;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.List;

class TriggerCommandTest {

    private static final NotificationOptions PUBLIC =
            new NotificationOptions(true, false, false, false, 1);

    private static final String NO_COMMAND =
            "A trigger command is a JSON object, or an array of them, such as"
                    + " {\"topic\":\"hot\",\"trigger_type\":\"gt\",\"threshold_value\":\"30\"}";
    private static final String NO_JSON = "The trigger command is not JSON: ";
    private static final String NO_TOPIC =
            "'topic' is one level of 1 to 128 characters up to U+FDCF, without / + # and control"
                    + " characters";
    private static final String NO_NUMBER =
            "'threshold_value' is no number, such as 15.0 or \"15.0\"";
    private static final String NO_URL =
            "'url' is no address such as http://bridge.example.org:8080/callback";
    private static final String SAME_TOPIC = "an earlier command is for the same topic";

    @Test
    void aTriggerHasATopicATypeAndAThreshold() throws Exception {
        assertEquals(
                List.of(
                        new TriggerCommand(
                                false, "lt15", "lt", "15.0", NotificationOptions.DEFAULT, null)),
                parse(
                        """
                        {"topic":"lt15","trigger_type":"lt","threshold_value":"15.0"}
                        """));
    }

    @Test
    void aTriggerMayNotifyEverybody() throws Exception {
        assertEquals(
                List.of(new TriggerCommand(false, "lt15", "lt", "15.0", PUBLIC, null)),
                parse(
                        """
                        {"topic":"lt15","trigger_type":"lt","threshold_value":"15.0","public":true}
                        """));
    }

    @Test
    void aTriggerMayHaveACallbackOfItsOwn() throws Exception {
        String url = "http://example.com/pachubeBridge/callback";

        assertEquals(
                List.of(
                        new TriggerCommand(
                                false, "lt15", "lt", "15.0", NotificationOptions.DEFAULT, url)),
                parse(
                        """
                        {"topic":"lt15","url":"http://example.com/pachubeBridge/callback",
                         "threshold_value":"15.0","trigger_type":"lt"}
                        """));
    }

    @Test
    void aDeleteMayNameATopicOrMeanAll() throws Exception {
        assertEquals(
                List.of(
                        new TriggerCommand(
                                true, "lt15", null, null, NotificationOptions.DEFAULT, null)),
                parse("{\"command\":\"delete\",\"topic\":\"lt15\"}"));
        assertEquals(
                List.of(
                        new TriggerCommand(
                                true, null, null, null, NotificationOptions.DEFAULT, null)),
                parse("{\"command\":\"delete\"}"));
    }

    @Test
    void aMirrorIsATriggerBelowTheDatastream() throws Exception {
        assertEquals(
                List.of(
                        new TriggerCommand(
                                false,
                                "/value",
                                "change",
                                null,
                                new NotificationOptions(false, false, true, true, 1),
                                null)),
                parse("{\"mirror\":true}"));
        assertEquals(
                new TriggerCommand(
                        false,
                        "/value",
                        "change",
                        null,
                        new NotificationOptions(false, true, true, true, 2),
                        "http://h/cb"),
                parse("{\"mirror\":true,\"format\":\"json\",\"qos\":2,\"url\":\"http://h/cb\"}")
                        .get(0));
        assertEquals(
                List.of(
                        new TriggerCommand(
                                true, "/value", null, null, NotificationOptions.DEFAULT, null)),
                parse("{\"mirror\":false}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"mirror\":true,\"topic\":\"x\"}",
                "{\"mirror\":true,\"public\":true}",
                "{\"mirror\":true,\"trigger_type\":\"gt\"}",
                "{\"mirror\":true,\"retain\":false}",
                "{\"mirror\":true,\"command\":\"delete\"}",
                "{\"mirror\":false,\"qos\":1}",
            })
    void aMirrorHasFewOptions(String payload) {
        assertEquals(
                "with \"mirror\":true there may be 'format', 'qos' and 'url', with \"mirror\":false"
                        + " nothing else",
                refusal(payload));
    }

    @Test
    void aMirrorIsDeclaredOnce() {
        assertEquals("'mirror' is true or false", refusal("{\"mirror\":null}"));
        assertEquals("'mirror' is true or false", refusal("{\"mirror\":\"true\"}"));
        assertEquals(
                "Command 2 of 2: an earlier command is for the same topic",
                refusal("[{\"mirror\":true},{\"mirror\":false}]"));
        assertEquals(NO_TOPIC, refusal(trigger("/value", "lt", "15")));
    }

    @Test
    void onlyAChangeHasAHistory() throws Exception {
        assertEquals(
                new NotificationOptions(false, false, false, true, 1),
                parse("{\"topic\":\"t\",\"trigger_type\":\"change\",\"history\":true}")
                        .get(0)
                        .options());
        assertEquals(
                "'history' is for trigger_type 'change'",
                refusal(
                        "{\"topic\":\"t\",\"trigger_type\":\"gt\",\"threshold_value\":1,"
                                + "\"history\":true}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'\"format\":\"json\"'|true|false|1",
                "'\"format\":\"value\"'|false|false|1",
                "'\"format\":null,\"retain\":null,\"qos\":null'|false|false|1",
                "'\"retain\":true'|false|true|1",
                "'\"qos\":0'|false|false|0",
                "'\"qos\":2,\"retain\":true,\"format\":\"json\"'|true|true|2",
            })
    void optionsAreRead(String fields, boolean isJson, boolean retain, int qos) throws Exception {
        assertEquals(
                new NotificationOptions(false, isJson, retain, false, qos),
                parse("{\"topic\":\"t\",\"trigger_type\":\"change\"," + fields + "}")
                        .get(0)
                        .options());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'\"format\":\"xml\"'|'format' is \"value\" or \"json\"",
                "'\"format\":true'|'format' is a string",
                "'\"retain\":1'|'retain' is true or false",
                "'\"qos\":3'|'qos' is 0, 1 or 2",
                "'\"qos\":-1'|'qos' is 0, 1 or 2",
                "'\"qos\":1.0'|'qos' is 0, 1 or 2",
                "'\"qos\":\"1\"'|'qos' is 0, 1 or 2",
                "'\"qos\":4294967297'|'qos' is 0, 1 or 2",
            },
            quoteCharacter = '`')
    void anOptionThatIsNoneIsRefused(String fields, String problem) {
        assertEquals(
                problem,
                refusal(
                        "{\"topic\":\"t\",\"trigger_type\":\"change\","
                                + fields.replace("'", "")
                                + "}"));
    }

    @Test
    void anArrayIsSeveralCommandsInOrder() throws Exception {
        assertEquals(
                List.of(
                        new TriggerCommand(
                                false, "b", "change", null, NotificationOptions.DEFAULT, null),
                        new TriggerCommand(
                                true, "c", null, null, NotificationOptions.DEFAULT, null),
                        new TriggerCommand(
                                false, "a", "gt", "1", NotificationOptions.DEFAULT, null)),
                parse(
                        """
                        [{"topic":"b","trigger_type":"change"},
                         {"command":"delete","topic":"c"},
                         {"topic":"a","trigger_type":"gt","threshold_value":1}]
                        """));
    }

    @Test
    void anArrayMayHoldOneCommand() throws Exception {
        assertEquals(parse("{\"command\":\"delete\"}"), parse("[{\"command\":\"delete\"}]"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gt", "gte", "lt", "lte", "eq"})
    void fiveTypesNeedAThreshold(String type) throws Exception {
        assertEquals("15", parse(trigger("t", type, "\"15\"")).get(0).threshold());
        String missing = "'threshold_value' is missing: trigger_type '" + type + "' needs a number";
        assertEquals(missing, refusal("{\"topic\":\"t\",\"trigger_type\":\"" + type + "\"}"));
        assertEquals(missing, refusal(trigger("t", type, "null")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"change", "frozen", "live"})
    void threeTypesHaveNoThreshold(String type) throws Exception {
        assertNull(parse("{\"topic\":\"t\",\"trigger_type\":\"" + type + "\"}").get(0).threshold());
        assertNull(parse(trigger("t", type, "\"\"")).get(0).threshold());
    }

    @ParameterizedTest
    @CsvSource({
        "'\"15.0\"', 15.0",
        "'\"15.00\"', 15.00",
        "'\" 15 \"', 15",
        "'\"-0.5\"', -0.5",
        "'\"+3\"', +3",
        "'\".5\"', .5",
        "'\"5.\"', 5.",
        "'\"1e-3\"', 1e-3",
        "15, 15",
        "15.0, 15.0",
        "15.10, 15.10",
        "-7.25, -7.25",
        "100.0, 100.0",
        "0.1234567890123456789, 0.1234567890123456789",
        "12345678901234567890123, 12345678901234567890123"
    })
    void aThresholdIsANumberAsItWasWritten(String json, String threshold) throws Exception {
        assertEquals(threshold, parse(trigger("t", "lt", json)).get(0).threshold());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"\"",
                "\" \"",
                "\"warm\"",
                "\"15,0\"",
                "\"15 °C\"",
                "\"NaN\"",
                "\"Infinity\"",
                "\"0x10\"",
                "\"15d\"",
                "\"١٥\"",
                "\".\"",
                "\"1e\"",
                "\"1e999\"",
                "\"-1e999\"",
                "1e999",
                "-1e999",
                "1e9999",
                "1e999999999",
                "true",
                "[15]",
                "{\"a\":15}",
                "123456789012345678901234567890123"
            })
    void aThresholdIsNothingElse(String json) {
        assertEquals(NO_NUMBER, refusal(trigger("t", "lt", json)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n"})
    void nothingIsNoCommand(String payload) {
        assertEquals(NO_COMMAND, refusal(payload));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "true", "15", "\"delete\"", "[]"})
    void jsonThatIsNoObjectIsNoCommand(String payload) {
        assertEquals(NO_COMMAND, refusal(payload));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "delete",
                "{",
                "{\"topic\":\"t\"",
                "[{\"command\":\"delete\"}",
                "{'topic':'t'}",
                "{\"topic\":\"t\",}",
                "{\"topic\":NaN}",
                "{\"topic\":\"t\" // no\n}",
                "topic=t",
                "<trigger/>"
            })
    void whatIsNoJsonIsRefused(String payload) {
        assertRefusedAsNoJson(payload.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"command\":\"delete\"} x",
                "{\"command\":\"delete\"}}",
                "{\"command\":\"delete\"}{\"command\":\"delete\"}",
                "{\"command\":\"delete\"},",
                "[{\"command\":\"delete\"}] []"
            })
    void nothingMayFollowTheDocument(String payload) {
        assertRefusedAsNoJson(payload.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"topic\":\"a\",\"topic\":\"b\",\"trigger_type\":\"change\"}",
                "{\"command\":\"delete\",\"topic\":\"a\",\"t\\u006fpic\":\"a\"}"
            })
    void noFieldMayComeTwice(String payload) {
        assertEquals(NO_JSON + "Duplicate field 'topic'", refusal(payload));
    }

    @ParameterizedTest
    @ValueSource(ints = {1_001, 30_000})
    void deepNestingIsRefused(int depth) {
        assertRefusedAsNoJson("[".repeat(depth).getBytes(StandardCharsets.UTF_8));
        assertRefusedAsNoJson(
                ("{\"topic\":" + "[".repeat(depth) + "]".repeat(depth) + "}")
                        .getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void nestingThatCanBeReadIsJustNoString() {
        assertEquals(
                "'topic' is a string",
                refusal("{\"topic\":" + "[".repeat(500) + "]".repeat(500) + "}"));
    }

    @Test
    void whatIsNoUtf8IsRefused() {
        byte[] latin1 =
                "{\"command\":\"delete\",\"topic\":\"é\"}".getBytes(StandardCharsets.ISO_8859_1);
        byte[] bytes = {(byte) 0xff, (byte) 0xfe, (byte) 0xfd, (byte) 0xfc};

        assertRefusedAsNoJson(latin1);
        String message = refusal(bytes);
        assertTrue(
                message.startsWith(NO_JSON) || message.equals("The trigger command is not UTF-8"),
                message);
    }

    @Test
    void utf8ThatHidesASlashIsRefused() {
        byte[] payload =
                "{\"command\":\"delete\",\"topic\":\"aXY\"}".getBytes(StandardCharsets.UTF_8);
        int at = new String(payload, StandardCharsets.UTF_8).indexOf("XY");
        payload[at] = (byte) 0xc0;
        payload[at + 1] = (byte) 0xaf;

        refusal(payload);
    }

    @Test
    void aByteOrderMarkIsPassedOver() throws Exception {
        assertEquals(parse("{\"command\":\"delete\"}"), parse("\uFEFF{\"command\":\"delete\"}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"create", "DELETE", "", "update"})
    void deleteIsTheOnlyCommand(String command) {
        assertEquals(
                "the only command is 'delete'; without one the trigger is created or updated",
                refusal("{\"command\":\"" + command + "\",\"topic\":\"t\"}"));
    }

    @Test
    void aTriggerNeedsATopic() {
        String missing = "'topic' is missing: the last level of the topic that notifications go to";

        assertEquals(missing, refusal("{}"));
        assertEquals(missing, refusal("{\"trigger_type\":\"lt\",\"threshold_value\":\"15.0\"}"));
        assertEquals(missing, refusal("{\"topic\":null,\"trigger_type\":\"change\"}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "GT", "below", " lt"})
    void aTriggerNeedsOneOfTheTypes(String type) {
        boolean missing = type.equals("null");
        assertEquals(
                "'trigger_type' is "
                        + (missing ? "missing" : "'" + type + "'")
                        + "; it is one of gt, gte, lt, lte, eq, change, frozen, live",
                refusal(
                        "{\"topic\":\"t\",\"trigger_type\":"
                                + (missing ? "null" : "\"" + type + "\"")
                                + ",\"threshold_value\":1}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"t", "lt 15", "trigger", "error", "a.b", "温度", "ёж", "가", "$a", "\uFDCF"})
    void aTopicIsAnyOneLevel(String topic) throws Exception {
        MqttPublish message = new MqttPublish("pb/k/" + topic, new MqttMessage(new byte[0]));
        message.setMessageId(1);
        assertDoesNotThrow(message::getHeader, "Paho would not send it");
        assertEquals(topic, parse(trigger(topic, "lt", "15")).get(0).topic());
        assertEquals(
                topic,
                parse("{\"command\":\"delete\",\"topic\":\"" + topic + "\"}").get(0).topic());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "a/b",
                "+",
                "a+",
                "#",
                "a#",
                "\\u0000",
                "a\\u0000b",
                "a\\nb",
                "\\u001f",
                "\\u007f",
                "\\u0085",
                "\\u009f",
                "\\ud800",
                "\\udc00",
                "a\\ud83c",
                "\\udf21\\ud83c",
                "\\ufeff",
                "Ａ",
                "\uD83C\uDF21",
                "\\uffff",
                "\\ufffe",
                "\\ufdd0",
                "\\ud83f\\udfff"
            })
    void aTopicIsNothingThatABrokerMayRefuseOrTakeForAFilter(String topic) {
        assertEquals(NO_TOPIC, refusal(trigger(topic, "lt", "15")));
        assertEquals(NO_TOPIC, refusal("{\"command\":\"delete\",\"topic\":\"" + topic + "\"}"));
    }

    @Test
    void aTopicHasUpTo128Characters() throws Exception {
        String longest = "t".repeat(128);

        assertEquals(longest, parse(trigger(longest, "lt", "15")).get(0).topic());
        assertEquals(NO_TOPIC, refusal(trigger(longest + "t", "lt", "15")));
    }

    @Test
    void anUnknownFieldIsRefusedAndTheKnownOnesAreNamed() {
        String known =
                "'; the fields are [command, format, history, mirror, public, qos, retain, threshold_value, topic, trigger_type, url]";

        assertEquals(
                "there is no field 'threshold" + known,
                refusal("{\"topic\":\"t\",\"trigger_type\":\"lt\",\"threshold\":\"15\"}"));
        assertEquals(
                "there is no field 'Topic" + known,
                refusal("{\"command\":\"delete\",\"Topic\":\"t\"}"));
        assertEquals(
                "there is no field '" + "x".repeat(64) + "..." + known,
                refusal("{\"" + "x".repeat(1000) + "\":1}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"command", "topic", "trigger_type", "url"})
    void fourFieldsAreStrings(String field) {
        String others = field.equals("topic") ? "" : ",\"topic\":\"t\"";
        others += field.equals("trigger_type") ? "" : ",\"trigger_type\":\"change\"";
        for (String value : List.of("1", "true", "[]", "{}")) {
            assertEquals(
                    "'" + field + "' is a string",
                    refusal("{\"" + field + "\":" + value + others + "}"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"true\"", "1", "[]"})
    void publicIsTrueOrFalse(String value) {
        assertEquals(
                "'public' is true or false",
                refusal("{\"topic\":\"t\",\"trigger_type\":\"change\",\"public\":" + value + "}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://example.com",
                "https://example.com:8443/a/b/",
                "HTTP://192.0.2.1/callback",
                "http://[2001:db8::1]:8080/callback"
            })
    void aUrlIsAnHttpAddress(String url) throws Exception {
        assertEquals(url, parse(withUrl(url)).get(0).url());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "example.com/callback",
                "/callback",
                "http:///callback",
                "http:callback",
                "ftp://example.com/callback",
                "mailto:a@example.com",
                "http://exa mple.com/",
                "http://example.com/a b",
                "http://[::1/callback",
                "http://example.com/%zz"
            })
    void aUrlIsNothingElse(String url) {
        assertEquals(NO_URL, refusal(withUrl(url)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://user@example.com/callback",
                "http://user:password@example.com/callback",
                "http://example.com/callback?a=b",
                "http://example.com/callback?",
                "http://example.com/callback#a"
            })
    void aUrlHoldsNothingThatWouldNotStandBeforeAToken(String url) {
        assertEquals(
                "'url' may hold no user, query or fragment: a token is put behind it",
                refusal(withUrl(url)));
    }

    @Test
    void oneBadCommandRefusesTheWholeArray() {
        assertEquals(
                "Command 2 of 3: " + NO_TOPIC,
                refusal(
                        """
                        [{"topic":"a","trigger_type":"change"},
                         {"topic":"a/b","trigger_type":"change"},
                         {"topic":"c","trigger_type":"change"}]
                        """));
        assertEquals("Command 1 of 1: it is no JSON object", refusal("[[]]"));
        assertEquals(
                "Command 2 of 2: it is no JSON object", refusal("[{\"command\":\"delete\"},null]"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"topic\":\"a\",\"trigger_type\":\"change\"},{\"topic\":\"a\",\"trigger_type\":\"live\"}]",
                "[{\"topic\":\"a\",\"trigger_type\":\"change\"},{\"command\":\"delete\",\"topic\":\"a\"}]",
                "[{\"command\":\"delete\",\"topic\":\"a\"},{\"topic\":\"\\u0061\",\"trigger_type\":\"change\"}]",
                "[{\"command\":\"delete\"},{\"command\":\"delete\"}]"
            })
    void noTwoCommandsAreForOneTopic(String payload) {
        assertEquals("Command 2 of 2: " + SAME_TOPIC, refusal(payload));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"command\":\"delete\"},{\"topic\":\"a\",\"trigger_type\":\"change\"}]",
                "[{\"topic\":\"a\",\"trigger_type\":\"change\"},{\"command\":\"delete\"}]",
                "[{\"command\":\"delete\",\"topic\":\"a\"},{\"command\":\"delete\"}]"
            })
    void aDeleteOfAllIsForEveryTopic(String payload) {
        assertEquals("Command 2 of 2: " + SAME_TOPIC, refusal(payload));
    }

    private static String trigger(String topic, String type, String threshold) {
        return "{\"topic\":\""
                + topic
                + "\",\"trigger_type\":\""
                + type
                + "\",\"threshold_value\":"
                + threshold
                + "}";
    }

    private static String withUrl(String url) {
        return "{\"topic\":\"t\",\"trigger_type\":\"change\",\"url\":\"" + url + "\"}";
    }

    private static List<TriggerCommand> parse(String payload) throws InvalidMessageException {
        return TriggerCommand.parse(payload.getBytes(StandardCharsets.UTF_8));
    }

    private static String refusal(String payload) {
        return refusal(payload.getBytes(StandardCharsets.UTF_8));
    }

    private static String refusal(byte[] payload) {
        return assertThrows(InvalidMessageException.class, () -> TriggerCommand.parse(payload))
                .getMessage();
    }

    private static void assertRefusedAsNoJson(byte[] payload) {
        String message = refusal(payload);
        assertTrue(message.startsWith(NO_JSON), message);
    }
}
