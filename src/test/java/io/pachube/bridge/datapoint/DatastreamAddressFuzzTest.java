package io.pachube.bridge.datapoint;

import com.code_intelligence.jazzer.junit.FuzzTest;

import java.nio.charset.StandardCharsets;

class DatastreamAddressFuzzTest {

    @FuzzTest
    void topic(byte[] levels) {
        String topic = new String(levels, StandardCharsets.UTF_8);
        DatastreamAddressRules.hold("pb", topic);
        DatastreamAddressRules.hold("pb", "pb/" + topic);
        DatastreamAddressRules.hold("pb", "pb/Zu7x_Secret-Api-Key/1/" + topic);
    }
}
