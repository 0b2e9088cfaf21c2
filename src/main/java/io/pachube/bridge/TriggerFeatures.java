package io.pachube.bridge;

import io.pachube.bridge.config.BridgeConfig;
import io.pachube.bridge.history.Failures;
import io.pachube.bridge.history.HistorySteps;
import io.pachube.bridge.history.Watches;
import io.pachube.bridge.mqtt.MqttClientManager;
import io.pachube.bridge.trigger.CallbackSteps;
import io.pachube.bridge.trigger.CallbackToken;
import io.pachube.bridge.trigger.Loopback;
import io.pachube.bridge.trigger.Seal;
import io.pachube.bridge.trigger.TriggerPlan;
import io.pachube.bridge.trigger.TriggerSteps;

import java.net.URI;

/**
 * Holds trigger commands, callbacks and history.
 *
 * @param failures has the route configuration of scheduled routes
 */
record TriggerFeatures(
        TriggerSteps triggers, CallbackSteps callbacks, Watches watches, Failures failures) {

    /**
     * Binds the beans of their routes.
     *
     * @param pachube the API's base address
     */
    static TriggerFeatures register(
            ContextRegistrar registrar,
            BridgeConfig config,
            Seal cipher,
            String pachube,
            MqttClientManager mqtt,
            Cluster cluster) {
        String prefix = config.mqtt().topicPrefix();
        CallbackToken tokens = new CallbackToken(cipher);
        TriggerSteps triggers =
                new TriggerSteps(
                        new TriggerPlan(
                                tokens,
                                config.callback().url(),
                                Loopback.is(URI.create(pachube).getHost())),
                        config.pachube().triggerCreateMethod());
        CallbackSteps callbacks =
                new CallbackSteps(
                        prefix,
                        tokens,
                        config.callback().maxConcurrent(),
                        config.callback().readTimeout());
        Watches watches = new Watches(prefix, cipher, mqtt);
        Failures failures = new Failures();
        bindTriggers(registrar, triggers);
        registrar.bind(
                "pachubeNotification",
                exchange -> {
                    callbacks.read(exchange);
                    cluster.admit(exchange);
                });
        registrar.bind("pachubePublished", callbacks::published);
        bindHistory(
                registrar,
                new HistorySteps(
                        prefix,
                        watches,
                        mqtt,
                        config.history().maxAge(),
                        config.history().maxDatapoints(),
                        failures,
                        triggers));
        return new TriggerFeatures(triggers, callbacks, watches, failures);
    }

    private static void bindTriggers(ContextRegistrar registrar, TriggerSteps triggers) {
        registrar.bind("pachubeTriggerCommands", triggers::commands);
        registrar.bind("pachubeTriggerFeed", triggers::feed);
        registrar.bind("pachubeTriggerPlan", triggers::plan);
        registrar.bind("pachubeTriggerCall", triggers::call);
        registrar.bind("pachubeTriggerCalled", triggers::called);
        registrar.bind("pachubeTriggerStatuses", triggers::statuses);
    }

    private static void bindHistory(ContextRegistrar registrar, HistorySteps history) {
        registrar.bind("pachubeWatchesKnown", history::known);
        registrar.bind("pachubeWatches", history::declare);
        registrar.bind("pachubeTurn", history::turn);
        registrar.bind("pachubeHistoryBegin", history::begin);
        registrar.bind("pachubeHistoryPoints", history::points);
        registrar.bind("pachubeHistoryPoint", history::point);
        registrar.bind("pachubeHistoryDropped", HistorySteps::dropped);
        registrar.bind("pachubeHistoryPublished", history::published);
        registrar.bind("pachubeHistoryKeep", history::keep);
        registrar.bind("pachubeSweep", history::feeds);
        registrar.bind("pachubeSweepFeed", history::feed);
        registrar.bind("pachubeSweepBehind", history::behind);
        registrar.bind("pachubeRefresh", history::mirrors);
        registrar.bind("pachubeRefreshMirror", history::mirror);
    }
}
