package io.pachube.bridge.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurableClientTest {

    @ParameterizedTest
    @CsvSource({
        "pb/+/+/+, pb/k/1/t, true",
        "pb/+/+/+, pb/k//t, true",
        "pb/+/+/+, pb///, true",
        "pb/+/+/+, pb/k/1, false",
        "pb/+/+/+, pb/k/1/t/error, false",
        "pb/+/+/+, pbx/k/1/t, false",
        "pb/+/+/+/trigger, pb/k/1/t/trigger, true",
        "pb/+/+/+/trigger, pb/k/1/t/error, false",
        "pb/#, pb, true",
        "pb/#, pb/k/1/t, true",
        "#, pb/k, true",
        "pb, pb/k, false"
    })
    void aFilterMatchesAsMqttSays(String filter, String topic, boolean matches) {
        assertEquals(matches, DurableClient.isMatched(filter, topic));
    }
}
