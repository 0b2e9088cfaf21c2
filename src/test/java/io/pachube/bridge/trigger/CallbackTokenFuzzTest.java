package io.pachube.bridge.trigger;

import com.code_intelligence.jazzer.junit.FuzzTest;

import java.nio.charset.StandardCharsets;

class CallbackTokenFuzzTest {

    private static final Options PUBLIC = new Options(true, false, false, false, 1);

    /** The same bytes as a forged token, as a change of a good one, and as a topic. */
    @FuzzTest
    void token(byte[] bytes) {
        String topic = new String(bytes, StandardCharsets.UTF_8);
        CallbackToken.Content content = new CallbackToken.Content("key", topic, PUBLIC);
        CallbackTokenRules.comesBack(content);
        CallbackTokenRules.neverOpens(bytes);
        CallbackTokenRules.neverOpensChanged(content, bytes);
    }
}
