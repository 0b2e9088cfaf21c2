package io.pachube.bridge.datapoint;

import com.code_intelligence.jazzer.junit.FuzzTest;

class DatastreamDocumentFuzzTest {

    @FuzzTest
    void document(byte[] payload) {
        DatastreamDocumentRules.hold(payload);
    }
}
