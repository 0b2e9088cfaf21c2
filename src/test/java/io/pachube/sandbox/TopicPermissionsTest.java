package io.pachube.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicPermissionsTest {
    private final TopicPermissions anyOneKey = TopicPermissions.ofAnyOneKey("pb");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pb/demo-key/1/temperature",
                "pb/demo-key",
                "pb/demo-key/#",
                "pb/demo-key/+/+/error",
                "pb/public/#",
                "$share/group/pb/demo-key/#",
                "house/kitchen",
                "house/#",
                "house/+/temperature",
                "/pb/#",
                "PB/#",
                "pbx/+",
                "pb",
                "$share/group/house/#",
            })
    void allowed(String filter) {
        assertEquals(true, anyOneKey.mayRead(filter));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "#",
                "+",
                "+/#",
                "+/+/1/temperature",
                "+/demo-key/#",
                "+/kitchen",
                "pb/#",
                "pb/+",
                "pb/+/#",
                "pb/+/1/temperature",
                "$share/group/#",
                "$share/group/+/demo-key/#",
                "$share/group/pb/#",
                "$share/group/pb/+/1/temperature",
                "$share/a.b/pb/demo-key/#",
                "$share/group",
                "$share/group/",
                "$share//pb/demo-key/#",
                "$share/group/$share/group/pb/#",
                "$SYS/#",
                "$sys.mqtt.retain.pb/demo-key/#",
                "",
                "pb/#/temperature",
                "#/temperature",
                "pb#",
                "pb/demo+/#",
                "pb/demo-key/#/1",
                "house::bridge.pb/+/+/+",
                "pb/.bridge/#",
                "pb/.bridge/+",
                "pb/.bridge/0123456789abcdef0123456789abcdef",
                "$share/group/pb/.bridge/+",
            })
    void refused(String filter) {
        assertEquals(false, anyOneKey.mayRead(filter));
    }

    @ParameterizedTest
    @CsvSource({
        "a/pb/demo-key/#, true",
        "pb/#, true",
        "a/house/#, true",
        "+/house/#, false",
        "+/v2/feeds/#, false",
        "+/v1/feeds/+/datastreams/+, false",
        "$share/group/+/v2/feeds/#, false",
        "a, true",
        "a/pb, true",
        "#, false",
        "a/#, false",
        "a/+, false",
        "+/pb/demo-key, false",
        "a/+/demo-key, false",
        "a/pb/#, false",
        "a/pb/+/1, false",
        "$share/group/a/#, false",
    })
    void aPrefixMayHaveSeveralLevels(String filter, boolean allowed) {
        assertEquals(allowed, TopicPermissions.ofAnyOneKey("a/pb").mayRead(filter));
    }

    @ParameterizedTest
    @CsvSource({
        "pb/mine/1/temperature, true, true",
        "pb/public/lt15, true, false",
        "pb/other/1/temperature, false, false",
        "pb/Mine/1/temperature, false, false",
        "pb/, false, false",
        "house/kitchen, false, false",
        "pb, false, false",
        "pb/#, false, false",
        "$SYS/broker, false, false",
        "pb/.bridge/0123, false, false",
        "mine/v2/feeds/1.csv, false, true",
        "mine/v2/feeds/1/datastreams/0.csv, false, true",
        "mine/v1/feeds/1/datastreams/0.csv, false, true",
        "mine/v2/feeds, false, false",
        "mine/v2, false, false",
        "other/v2/feeds/1.csv, false, false",
        "pb/v2/feeds/1.csv, false, false",
        "$share/g/mine/v2/feeds/#, false, false",
    })
    void theOwnerOfAKeyReachesNoOther(String topic, boolean reads, boolean writes) {
        TopicPermissions own = TopicPermissions.ofKey("pb", "mine");
        assertEquals(reads, own.mayRead(topic));
        assertEquals(writes, own.mayWrite(topic));
    }

    @ParameterizedTest
    @CsvSource({
        "pb/demo-key/1/temperature, true",
        "house/kitchen, true",
        "$sys.mqtt.sessions, false",
        "house::bridge.pb/+/+/+, false",
        "pb/.bridge/0123456789abcdef0123456789abcdef, false",
    })
    void whoKnowsAKeyMayPublishUnderIt(String topic, boolean allowed) {
        assertEquals(allowed, anyOneKey.mayWrite(topic));
    }

    /** Of a key that is spelled like the prefix. */
    @Test
    void noDevicesTopicIsBelowThePrefix() {
        assertEquals(false, TopicPermissions.ofKey("pb", "pb").mayWrite("pb/v2/feeds/1.csv"));
    }
}
