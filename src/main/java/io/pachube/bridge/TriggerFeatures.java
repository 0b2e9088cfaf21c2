package io.pachube.bridge;

import io.pachube.bridge.callback.CallbackFeature;
import io.pachube.bridge.callback.CallbackTokenCodec;
import io.pachube.bridge.callback.StateCipher;
import io.pachube.bridge.config.BridgeConfig;
import io.pachube.bridge.feature.Feature;
import io.pachube.bridge.history.HistoryFeature;
import io.pachube.bridge.history.HistorySubscriptionStore;
import io.pachube.bridge.mqtt.MqttClientManager;
import io.pachube.bridge.pachube.PachubeRequest;
import io.pachube.bridge.trigger.LoopbackAddresses;
import io.pachube.bridge.trigger.TriggerFeature;
import io.pachube.bridge.trigger.TriggerPlanner;
import io.pachube.bridge.trigger.TriggerProcessors;

import org.apache.camel.Processor;
import org.apache.camel.spi.DataFormat;

import java.net.URI;
import java.util.List;

/** Holds trigger commands, callbacks and history. */
record TriggerFeatures(
        TriggerProcessors triggers,
        CallbackFeature callbacks,
        HistorySubscriptionStore subscriptions,
        List<Feature> all) {

    /**
     * Binds the beans of their routes.
     *
     * @param pachube the API's base address
     * @param command parses the topics of trigger commands
     * @param json reads Pachube's answers
     */
    static TriggerFeatures register(
            ContextRegistrar registrar,
            BridgeConfig config,
            StateCipher cipher,
            String pachube,
            MqttClientManager mqtt,
            Cluster cluster,
            Processor command,
            DataFormat json) {
        String prefix = config.mqtt().topicPrefix();
        CallbackTokenCodec tokens = new CallbackTokenCodec(cipher);
        CallbackFeature callbacks =
                new CallbackFeature(
                        prefix,
                        tokens,
                        config.callback().maxConcurrent(),
                        config.callback().readTimeout(),
                        cluster::isLeader);
        PachubeRequest request = new PachubeRequest(config.pachube().apiKeyHeader());
        TriggerProcessors triggers =
                new TriggerProcessors(
                        command,
                        new TriggerPlanner(
                                tokens,
                                config.callback().url(),
                                LoopbackAddresses.contains(URI.create(pachube).getHost())),
                        config.pachube().triggerCreateMethod(),
                        request);
        HistorySubscriptionStore subscriptions = new HistorySubscriptionStore(prefix, cipher, mqtt);
        HistoryFeature histories =
                new HistoryFeature(
                        prefix,
                        subscriptions,
                        mqtt,
                        config.history().maxAge(),
                        config.history().maxDatapoints(),
                        triggers,
                        request,
                        json);
        List<Feature> all =
                List.of(
                        callbacks,
                        new TriggerFeature(triggers, histories.subscriptions(), json),
                        histories);
        all.forEach(feature -> feature.beans().forEach(registrar::bind));
        return new TriggerFeatures(triggers, callbacks, subscriptions, all);
    }
}
