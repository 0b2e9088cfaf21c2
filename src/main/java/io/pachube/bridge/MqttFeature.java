package io.pachube.bridge;

import io.pachube.bridge.config.BridgeConfig;
import io.pachube.bridge.mqtt.DurablePahoComponent;
import io.pachube.bridge.mqtt.MqttClientManager;
import io.pachube.bridge.mqtt.MqttSettings;

/** Adds the component {@code paho:} with the bridge's MQTT clients. */
final class MqttFeature {

    private MqttFeature() {}

    static MqttClientManager register(
            ContextRegistrar registrar, BridgeConfig.Mqtt config, BridgeResources resources) {
        EmbeddedServices embedded = resources.embedded();
        MqttClientManager mqtt =
                new MqttClientManager(
                        new MqttSettings(
                                embedded.mqttUrl(),
                                config.clientId(),
                                config.sharedGroup(),
                                embedded.mqttUsername(),
                                embedded.mqttPassword(),
                                resources.mqttTls().context().getSocketFactory(),
                                config.topicPrefix(),
                                config.maxInFlightBytes(),
                                config.publishTimeout()),
                        registrar.threadFactory("mqtt"));
        resources.cluster().restrict(mqtt);
        registrar.addComponent(registrar.componentName("paho"), new DurablePahoComponent(mqtt));
        return mqtt;
    }
}
