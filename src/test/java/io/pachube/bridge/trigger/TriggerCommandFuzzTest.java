package io.pachube.bridge.trigger;

import com.code_intelligence.jazzer.junit.FuzzTest;

class TriggerCommandFuzzTest {

    @FuzzTest
    void command(byte[] payload) {
        TriggerCommandRules.hold(payload);
    }
}
