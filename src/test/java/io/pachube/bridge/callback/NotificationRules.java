package io.pachube.bridge.callback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What holds for whatever is posted to a callback address. */
final class NotificationRules {

    private NotificationRules() {}

    static void hold(String contentType, byte[] body) {
        try {
            String value = Notification.parse(contentType, body).value();
            assertNotNull(value);
            assertTrue(value.length() <= body.length + 1000, "longer than what was sent");
        } catch (CallbackRejectedException e) {
            assertEquals(400, e.status());
            assertTrue(
                    e.getMessage().matches("This is no notification of a trigger: [A-Za-z_.,' -]+"),
                    e.getMessage());
        }
    }
}
