package io.pachube.bridge;

import io.pachube.bridge.config.BridgeConfig;
import io.pachube.bridge.config.BridgeProperties;
import io.pachube.bridge.datapoint.DeviceMessage;
import io.pachube.bridge.datapoint.FeedBatchFormat;
import io.pachube.bridge.datapoint.InboundTopicProcessor;
import io.pachube.bridge.datapoint.MissingDatastream;
import io.pachube.bridge.datapoint.PayloadFormatProcessor;
import io.pachube.bridge.delivery.CallerThreadExecutor;
import io.pachube.bridge.delivery.JsonArrayBatchFormat;
import io.pachube.bridge.mqtt.MqttClientManager;
import io.pachube.bridge.reading.Reading;
import io.pachube.bridge.report.OversizedReports;

import org.apache.camel.Predicate;

/** Adds the beans of the routes that store values. */
final class DatapointFeature {

    private DatapointFeature() {}

    /**
     * Binds the beans.
     *
     * @param command parses the topics of trigger commands
     */
    static void register(
            ContextRegistrar registrar,
            BridgeConfig config,
            BridgeProperties properties,
            MqttClientManager mqtt,
            InboundTopicProcessor command) {
        String prefix = config.mqtt().topicPrefix();
        boolean batchesByFeed = config.delivery().batchesByFeed();
        properties.setDerived(
                "pachube.batch-size", String.valueOf(batchesByFeed ? FeedBatchFormat.MAX_ROWS : 1));
        registrar.bind("pachubeFeedRows", new FeedBatchFormat());
        registrar.bind("pachubeJsonArray", new JsonArrayBatchFormat());
        MissingDatastream missing =
                new MissingDatastream(batchesByFeed || config.pachube().createMissingDatastreams());
        registrar.bind("pachubeIsMissing", (Predicate) missing::matches);
        registrar.bind("pachubeMissingDatastream", missing::process);
        registrar.bind("pachubeIsRetained", (Predicate) mqtt::isRetained);
        InboundTopicProcessor datapoint =
                new InboundTopicProcessor(prefix, "publish", mqtt::isRetained);
        registrar.bind("pachubeDatapointTopic", datapoint);
        registrar.bind("pachubePayloadFormat", new PayloadFormatProcessor());
        registrar.bind("pachubeDevices", new DeviceMessage(prefix));
        registrar.bind("pachubeCallerThread", new CallerThreadExecutor());
        Reading reading = new Reading();
        registrar.bind("pachubeReading", reading);
        registrar.bind("pachubeTime", reading::stamp);
        OversizedReports oversized =
                new OversizedReports(registrar.context(), prefix, datapoint, command);
        registrar.onCleanup(oversized::close);
        mqtt.onOversized(oversized);
    }
}
