package io.pachube.bridge.datapoint;

import com.code_intelligence.jazzer.junit.FuzzTest;

class PayloadFormatProcessorFuzzTest {

    @FuzzTest
    void document(byte[] payload) {
        PayloadFormatProcessorRules.hold(payload);
    }
}
