package io.pachube.bridge.callback;

import com.code_intelligence.jazzer.junit.FuzzTest;

import java.nio.charset.StandardCharsets;

class CallbackTokenCodecFuzzTest {

    private static final NotificationOptions PUBLIC =
            new NotificationOptions(true, false, false, false, 1);

    /** The same bytes as a forged token, as a change of a good one, and as a topic. */
    @FuzzTest
    void token(byte[] bytes) {
        String topic = new String(bytes, StandardCharsets.UTF_8);
        CallbackTarget content = new CallbackTarget("key", topic, PUBLIC);
        CallbackTokenCodecRules.comesBack(content);
        CallbackTokenCodecRules.neverOpens(bytes);
        CallbackTokenCodecRules.neverOpensChanged(content, bytes);
    }
}
