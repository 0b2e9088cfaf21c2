package io.pachube.bridge.trigger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.delivery.InvalidMessageException;

import org.eclipse.paho.client.mqttv3.MqttTopic;

import java.math.BigDecimal;
import java.net.URI;
import java.util.List;
import java.util.Set;

/** What holds for every trigger command, whatever a client makes of it. */
final class TriggerCommandRules {

    private static final Set<String> WITH_THRESHOLD = Set.of("gt", "gte", "lt", "lte", "eq");
    private static final Set<String> WITHOUT_THRESHOLD = Set.of("change", "frozen", "live");

    private TriggerCommandRules() {}

    /** Gives the commands; none where they are refused. */
    static List<TriggerCommand> hold(byte[] payload) {
        List<TriggerCommand> commands;
        try {
            commands = TriggerCommand.parse(payload);
        } catch (InvalidMessageException e) {
            assertNotNull(e.getMessage());
            return List.of();
        }
        assertFalse(commands.isEmpty());
        commands.forEach(TriggerCommandRules::hold);
        List<String> topics = commands.stream().map(TriggerCommand::topic).toList();
        assertEquals(topics.size(), topics.stream().distinct().count());
        assertTrue(topics.size() == 1 || !topics.contains(null));
        return commands;
    }

    private static void hold(TriggerCommand command) {
        if (command.isMirror()) {
            assertEquals("/value", command.topic());
        } else if (command.topic() != null) {
            isOneLevel(command.topic());
        }
        if (command.delete()) {
            assertEquals(
                    new TriggerCommand(
                            true, command.topic(), null, null, NotificationOptions.DEFAULT, null),
                    command);
            return;
        }
        assertNotNull(command.topic());
        if (WITHOUT_THRESHOLD.contains(command.type())) {
            assertNull(command.threshold());
        } else {
            assertTrue(WITH_THRESHOLD.contains(command.type()), command.type());
            assertTrue(Double.isFinite(new BigDecimal(command.threshold()).doubleValue()));
        }
        assertTrue(command.options().qos() >= 0 && command.options().qos() <= 2);
        if (command.url() != null) {
            isBase(URI.create(command.url()));
        }
    }

    private static void isOneLevel(String topic) {
        assertTrue(!topic.isEmpty() && topic.length() <= 128);
        assertTrue(topic.matches("[^/+#\\p{Cntrl}]+"), topic);
        MqttTopic.validate("pb/k/" + topic, false);
    }

    private static void isBase(URI url) {
        assertTrue(url.getScheme().matches("(?i)https?"));
        assertNotNull(url.getHost());
        assertNull(url.getRawUserInfo());
        assertNull(url.getRawQuery());
        assertNull(url.getRawFragment());
    }
}
