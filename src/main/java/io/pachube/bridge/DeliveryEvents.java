package io.pachube.bridge;

import io.pachube.bridge.console.Samples;
import io.pachube.bridge.delivery.DeliveryListener;
import io.pachube.bridge.mqtt.MqttClientManager;
import io.pachube.bridge.mqtt.ReceivedMessage;
import io.pachube.bridge.observability.BridgeMetrics;
import io.pachube.bridge.report.ErrorReporter;

import org.apache.camel.Exchange;

/** Reports delayed messages, revokes messages at the broker, and measures requests. */
final class DeliveryEvents implements DeliveryListener {

    private final MqttClientManager mqtt;
    private final ErrorReporter reporter;
    private final BridgeMetrics metrics;
    private final Samples samples;

    DeliveryEvents(
            MqttClientManager mqtt,
            ErrorReporter reporter,
            BridgeMetrics metrics,
            Samples samples) {
        this.mqtt = mqtt;
        this.reporter = reporter;
        this.metrics = metrics;
        this.samples = samples;
    }

    @Override
    public void onDelayed(Exchange exchange, Throwable failure, String host, int attempts) {
        mqtt.publishIfConnected(
                ErrorReporter.topic(exchange),
                reporter.delayed(exchange, failure, host, attempts).toJson());
    }

    @Override
    public void onRevoked(Exchange exchange) {
        ReceivedMessage received = ReceivedMessage.of(exchange);
        if (received != null) {
            received.revoke();
        }
    }

    @Override
    public void onAttempt(String name, int messages) {
        metrics.onAttempt(name, messages);
    }

    @Override
    public void onRequest(String name, int status, long nanos) {
        metrics.onRequest(name, status, nanos);
        samples.onRequest(name, status, nanos);
    }

    @Override
    public void onRateLimited(String name, long nanos) {
        metrics.onRateLimited(name, nanos);
    }
}
