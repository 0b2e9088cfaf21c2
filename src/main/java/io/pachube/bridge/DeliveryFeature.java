package io.pachube.bridge;

import io.pachube.bridge.config.BridgeConfig;
import io.pachube.bridge.delivery.DeliveryComponent;
import io.pachube.bridge.delivery.DeliveryConfiguration;
import io.pachube.bridge.delivery.DeliveryHttpClient;
import io.pachube.bridge.delivery.DeliveryHttpComponent;
import io.pachube.bridge.delivery.DeliveryListener;
import io.pachube.bridge.mqtt.MqttClientManager;
import io.pachube.bridge.mqtt.PublishRefusedException;
import io.pachube.bridge.mqtt.ReceivedMessage;

import org.apache.camel.Exchange;
import org.eclipse.paho.client.mqttv3.MqttException;

import java.time.Duration;

/** Adds the component {@code delivery:} and the HTTP components of its requests. */
final class DeliveryFeature {

    private DeliveryFeature() {}

    static DeliveryComponent register(
            ContextRegistrar registrar,
            BridgeConfig.Delivery config,
            MqttClientManager mqtt,
            DeliveryListener listener) {
        DeliveryComponent delivery = new DeliveryComponent();
        delivery.setConfiguration(defaults(config));
        delivery.setLocalFailure(
                failure ->
                        failure instanceof MqttException
                                && !(failure instanceof PublishRefusedException));
        delivery.setDefaultOrderingKey(DeliveryFeature::topic);
        delivery.setListener(listener);
        mqtt.onBurst(delivery::cork, delivery::uncork);
        registrar.addComponent("delivery", delivery);
        return delivery;
    }

    private static String topic(Exchange exchange) {
        ReceivedMessage received = ReceivedMessage.of(exchange);
        return received == null ? null : received.topic();
    }

    /** Returns the settings as the defaults of the component's endpoints. */
    private static DeliveryConfiguration defaults(BridgeConfig.Delivery config) {
        DeliveryConfiguration defaults = new DeliveryConfiguration();
        defaults.setMaxConcurrentRequests(config.maxConcurrentRequests());
        defaults.setRetryOnStatus(config.retryOnStatus());
        defaults.setRetryExceptStatus(config.retryExceptStatus());
        defaults.setRetryMaxAttemptsForbidden(config.maxAttemptsForbidden());
        defaults.setRetryInitialDelay(config.initialDelay().toMillis());
        defaults.setRetryMaxDelay(config.maxDelay().toMillis());
        defaults.setRetryMaxRetryAfter(config.maxRetryAfter().toMillis());
        defaults.setRetryTimeout(config.retryTimeout().toMillis());
        defaults.setRequestTimeout(config.requestTimeout().toMillis());
        return defaults;
    }

    /** Adds the components {@code http:} and {@code https:}. */
    static DeliveryHttpClient registerHttp(
            ContextRegistrar registrar,
            Duration connectTimeout,
            BridgeResources resources,
            DeliveryComponent delivery) {
        DeliveryHttpClient http =
                delivery.newHttpClient(
                        () ->
                                PachubeHttpClient.create(
                                        connectTimeout,
                                        resources.pachubeTls().context(),
                                        resources.proxies()));
        registrar.addComponent(registrar.componentName("http"), new DeliveryHttpComponent(http));
        if (registrar.ownsContext()) {
            registrar.addComponent("https", new DeliveryHttpComponent(http));
        }
        return http;
    }
}
