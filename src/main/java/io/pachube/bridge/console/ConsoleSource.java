package io.pachube.bridge.console;

import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.history.SubscriptionState;
import io.pachube.bridge.mqtt.MqttClientStatistics;
import io.pachube.bridge.trigger.LatestTriggers;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Where the console reads the state of the bridge.
 *
 * @param brokerUrl address of the broker
 * @param clients state of each MQTT client
 * @param routes the route files
 * @param subscriptions mirrors and histories
 * @param triggers the triggers that commands have created or found
 * @param feeds the sandbox's feeds, as JSON; null without a sandbox
 */
public record ConsoleSource(
        String brokerUrl,
        Supplier<? extends Map<String, MqttClientStatistics>> clients,
        DeliveryComponent delivery,
        Supplier<List<RouteFileState>> routes,
        Supplier<List<SubscriptionState>> subscriptions,
        LatestTriggers triggers,
        Supplier<List<Map<String, Object>>> feeds) {}
