package io.pachube.bridge.callback;

import com.code_intelligence.jazzer.junit.FuzzTest;

class NotificationFuzzTest {

    @FuzzTest
    void notification(byte[] body) {
        NotificationRules.hold(null, body);
        NotificationRules.hold("application/json", body);
        NotificationRules.hold("application/x-www-form-urlencoded; charset=UTF-8", body);
    }
}
