package io.pachube.bridge;

import com.fasterxml.jackson.databind.JsonNode;

import io.pachube.bridge.config.BridgeConfig;
import io.pachube.bridge.config.BridgeProperties;
import io.pachube.bridge.datapoint.Datapoint;
import io.pachube.bridge.datapoint.DatastreamDocument;
import io.pachube.bridge.datapoint.DeviceMessage;
import io.pachube.bridge.datapoint.FeedBatchFormat;
import io.pachube.bridge.datapoint.MissingDatastream;
import io.pachube.bridge.delivery.CallerThreadExecutor;
import io.pachube.bridge.delivery.JsonArrayBatchFormat;
import io.pachube.bridge.json.StrictJson;
import io.pachube.bridge.mqtt.MqttClientManager;
import io.pachube.bridge.reading.Reading;
import io.pachube.bridge.report.OversizedReports;

import org.apache.camel.Predicate;
import org.apache.camel.component.jackson.JacksonDataFormat;

/** Adds the beans of the routes that store values. */
final class DatapointFeature {

    private DatapointFeature() {}

    static void register(
            ContextRegistrar registrar,
            BridgeConfig config,
            BridgeProperties properties,
            MqttClientManager mqtt) {
        String prefix = config.mqtt().topicPrefix();
        boolean batchesByFeed = config.delivery().batchesByFeed();
        properties.setDerived(
                "pachube.batch-size", String.valueOf(batchesByFeed ? FeedBatchFormat.MAX_ROWS : 1));
        // not as an ObjectMapper: the host's own data formats would take that
        registrar.bind("pachubeJson", new JacksonDataFormat(StrictJson.MAPPER, JsonNode.class));
        registrar.bind("pachubeFeedRows", new FeedBatchFormat());
        registrar.bind("pachubeJsonArray", new JsonArrayBatchFormat());
        MissingDatastream missing =
                new MissingDatastream(batchesByFeed || config.pachube().createMissingDatastreams());
        registrar.bind("pachubeIsMissing", (Predicate) missing::matches);
        registrar.bind("pachubeMissingDatastream", missing::process);
        registrar.bind("pachubeRetained", (Predicate) mqtt::isRetained);
        Datapoint datapoint = new Datapoint(prefix, "publish", mqtt::isRetained);
        Datapoint trigger = new Datapoint(prefix, "trigger", exchange -> false);
        registrar.bind("pachubeDatapoint", datapoint);
        registrar.bind("pachubeDocument", new DatastreamDocument());
        registrar.bind("pachubeDevices", new DeviceMessage(prefix));
        registrar.bind("pachubeCallerThread", new CallerThreadExecutor());
        registrar.bind("pachubeTrigger", trigger);
        Reading reading = new Reading();
        registrar.bind("pachubeReading", reading);
        registrar.bind("pachubeTime", reading::stamp);
        OversizedReports oversized =
                new OversizedReports(registrar.context(), prefix, datapoint, trigger);
        registrar.onCleanup(oversized::close);
        mqtt.onOversized(oversized);
    }
}
