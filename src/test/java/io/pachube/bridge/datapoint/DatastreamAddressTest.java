package io.pachube.bridge.datapoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.delivery.InvalidMessageException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatastreamAddressTest {

    private static final String KEY = "0123456789abcdefABCDEF_-xyz";
    private static final String NO_TOPIC =
            "The topic is not <prefix>/<key>/<environment>/<datastream>";
    private static final String NO_KEY =
            "The key is not 1 to 128 letters, digits, _ or -, or it is 'public'";

    @Test
    void aTopicNamesKeyEnvironmentAndDatastream() throws Exception {
        DatastreamAddress topic = DatastreamAddress.parse("pb", "pb/" + KEY + "/504/temperature");

        assertEquals(KEY, topic.key());
        assertEquals("504", topic.environment());
        assertEquals("temperature", topic.datastream());
    }

    @Test
    void aTriggersTopicNamesTheSameDatastream() throws Exception {
        assertEquals(
                DatastreamAddress.parse("pb", "pb/k/504/temperature"),
                DatastreamAddress.parse("pb", "pb/k/504/temperature/trigger"));
    }

    @Test
    void aTriggersTopicMayNameAllDatastreams() throws Exception {
        assertEquals(
                new DatastreamAddress("k", "1", "*"),
                DatastreamAddress.parse("pb", "pb/k/1/*/trigger"));
        for (String topic : new String[] {"pb/k/1/*", "pb/k/1/%2A/trigger", "pb/k/1/**/trigger"}) {
            assertTrue(refusal("pb", topic).startsWith("The datastream '*"), topic);
        }
    }

    @Test
    void thePrefixMayHaveSeveralLevels() throws Exception {
        assertEquals(
                new DatastreamAddress("k", "1", "t"),
                DatastreamAddress.parse("home/1/pb", "home/1/pb/k/1/t"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "pb",
                "pb/",
                "pb/k",
                "pb/k/1",
                "other/k/1/t",
                "pbx/k/1/t",
                "/pb/k/1/t",
                "PB/k/1/t",
                "pb/k/1/t/",
                "pb/k/1/t/error",
                "pb/k/1/t/Trigger",
                "pb/k/1/t/trigger/error",
                "pb/k/1/t/trigger/status",
                "pb/k/1/t/trigger/"
            })
    void whatHasOtherLevelsIsNoDatastreamsTopic(String topic) {
        assertEquals(NO_TOPIC, refusal("pb", topic));
    }

    @Test
    void aPrefixOfSeveralLevelsIsTakenAsAWhole() {
        assertEquals(NO_TOPIC, refusal("home/pb", "home/k/1/t"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "0", "_", "-", "Public", "publicly", "PUBLIC"})
    void aKeyIsLettersDigitsUnderscoresAndHyphens(String key) throws Exception {
        assertEquals(key, DatastreamAddress.parse("pb", "pb/" + key + "/1/t").key());
    }

    @Test
    void aKeyHasUpTo128Characters() throws Exception {
        String longest = "k".repeat(128);

        assertEquals(longest, DatastreamAddress.parse("pb", "pb/" + longest + "/1/t").key());
        assertEquals(NO_KEY, refusal("pb", "pb/" + longest + "k/1/t"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a.b", "a%41", "ключ", "k\n", "k\u0000", "k$", "public"})
    void aKeyIsNothingElse(String key) {
        assertEquals(NO_KEY, refusal("pb", "pb/" + key + "/1/t"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "504", "99999999999999999999999999"})
    void anEnvironmentIsAWholeNumberFromOneOn(String environment) throws Exception {
        assertEquals(
                environment,
                DatastreamAddress.parse("pb", "pb/k/" + environment + "/t").environment());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "0", "01", "-1", "+1", "1.0", "1e3", "0x1", " 1", "1 ", "1\n", "%31", "١", "a"
            })
    void anEnvironmentIsNothingElse(String environment) {
        assertEquals(
                "The environment '"
                        + environment
                        + "' is not a feed's id, a whole number from 1 on",
                refusal("pb", "pb/k/" + environment + "/t"));
    }

    @ParameterizedTest
    @CsvSource({
        "temperature, temperature",
        "0, 0",
        "a.b-c_d, a.b-c_d",
        ".., ..",
        "Température, Température",
        "温度, 温度",
        "ёж, ёж",
        "\uD835\uDC9C, \uD835\uDC9C",
        "a+b, a+b",
        "a%2Bb, a+b",
        "a%2bb, a+b",
        "%41%42, AB",
        "%E6%B8%A9%e5%ba%a6, 温度",
        "temp%C3%A9, tempé",
        "ё%2Bж, ё+ж"
    })
    void aDatastreamIsLettersDigitsAndFourSignsPercentDecoded(String level, String id)
            throws Exception {
        assertEquals(id, DatastreamAddress.parse("pb", "pb/k/1/" + level).datastream());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "%20", "a b", "a%2Fb", "a%00", "a,b", "a~b", "a:b", "1°", "a\n", "a\uD800"
            })
    void aDatastreamIsNothingElse(String level) {
        String message = refusal("pb", "pb/k/1/" + level);

        assertTrue(
                message.endsWith(
                        "' may hold letters, digits, _ - + and . only ('+' is written %2B in a"
                                + " topic)"),
                message);
    }

    @Test
    void aRefusalNamesTheDecodedDatastream() {
        assertTrue(refusal("pb", "pb/k/1/a%20b").startsWith("The datastream 'a b' may hold "));
    }

    @Test
    void aRefusalNamesNoMoreThanTheBeginningOfALongLevel() {
        assertEquals(
                "The environment '"
                        + "x".repeat(64)
                        + "...' is not a feed's id, a whole number from 1 on",
                refusal("pb", "pb/k/" + "x".repeat(1000) + "/t"));
    }

    @Test
    void theDatastreamIsDecodedOnlyOnce() {
        assertTrue(refusal("pb", "pb/k/1/a%252Bb").startsWith("The datastream 'a%2Bb' may hold "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "%",
                "a%",
                "a%4",
                "%zz",
                "%4z",
                "%-1",
                "%+1",
                "% 41",
                "%u0041",
                "100%25%",
                "a%C3",
                "%C3x",
                "%FF",
                "%C0%AF",
                "%ED%A0%80",
                "%é1"
            })
    void whatIsNoPercentEncodedUtf8IsRefused(String level) {
        assertEquals(
                "The datastream '" + level + "' is not percent-encoded UTF-8 ('%' is written %25)",
                refusal("pb", "pb/k/1/" + level));
    }

    @ParameterizedTest
    @CsvSource({
        "temperature, /feeds/504/datastreams/temperature",
        "a.b-c_D9, /feeds/504/datastreams/a.b-c_D9",
        "a%2bb, /feeds/504/datastreams/a%2Bb",
        "a+b, /feeds/504/datastreams/a%2Bb",
        "温度, /feeds/504/datastreams/%E6%B8%A9%E5%BA%A6",
        "\uD835\uDC9C, /feeds/504/datastreams/%F0%9D%92%9C"
    })
    void thePathIsPercentEncodedWhateverTheTopicsSpelling(String level, String path)
            throws Exception {
        assertEquals(path, DatastreamAddress.parse("pb", "pb/k/504/" + level).path());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a%2Bb", "a%2bb", "%61+b"})
    void spellingsOfOneDatastreamShareALane(String level) throws Exception {
        assertEquals(
                DatastreamAddress.parse("pb", "pb/k/1/a+b").orderingKey(),
                DatastreamAddress.parse("pb", "pb/k/1/" + level).orderingKey());
    }

    @ParameterizedTest
    @ValueSource(strings = {"pb/k2/1/t", "pb/k/2/t", "pb/k/1/T", "pb/k/11/t"})
    void whateverElseIsAnotherLane(String topic) throws Exception {
        assertNotEquals(
                DatastreamAddress.parse("pb", "pb/k/1/t").orderingKey(),
                DatastreamAddress.parse("pb", topic).orderingKey());
    }

    @Test
    void itsTextNamesNoKey() throws Exception {
        assertEquals(
                "environment 504, datastream a+b",
                DatastreamAddress.parse("pb", "pb/" + KEY + "/504/a%2Bb").toString());
    }

    @Test
    void noRefusalNamesTheKey() {
        for (String topic :
                new String[] {KEY, KEY + "/0/t", KEY + "/1/a b", KEY + "/1/%", KEY + "$/1/t"}) {
            String message = refusal("pb", "pb/" + topic);
            assertFalse(message.contains(KEY), message);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "pb/public/1/t, true",
        "pb/public, true",
        "pb/publicly/1/t, false",
        "pb/k/1/public, false"
    })
    void aSharedTopicIsKnownByItsKey(String topic, boolean shared) {
        assertEquals(shared, DatastreamAddress.PUBLIC.equals(DatastreamAddress.key("pb", topic)));
    }

    @Test
    void theKeysLevelIsKnownEvenWhereItIsNone() {
        assertEquals("a b", DatastreamAddress.key("pb", "pb/a b/0"));
        assertEquals("k", DatastreamAddress.key("home/pb", "home/pb/k/1/t"));
        assertNull(DatastreamAddress.key("pb", "pb//1/t"));
        assertNull(DatastreamAddress.key("pb", "other/k/1/t"));
    }

    private static String refusal(String prefix, String topic) {
        return assertThrows(
                        InvalidMessageException.class, () -> DatastreamAddress.parse(prefix, topic))
                .getMessage();
    }
}
