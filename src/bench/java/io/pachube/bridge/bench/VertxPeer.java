package io.pachube.bridge.bench;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.mqtt.MqttClient;
import io.vertx.mqtt.MqttClientOptions;
import io.vertx.mqtt.messages.MqttPublishMessage;

/**
 * What one would write by hand instead of the bridge: one PUT a value, acknowledged after its 200.
 * It keeps no order and retries nothing.
 */
public final class VertxPeer extends AbstractVerticle {

    private final int mqttPort;
    private final int pachubePort;
    private final int pool;
    private HttpClient http;

    private VertxPeer(String[] args) {
        mqttPort = Integer.parseInt(args[0]);
        pachubePort = Integer.parseInt(args[1]);
        pool = Integer.parseInt(args[2]);
    }

    /**
     * @param args the broker's port, Pachube's port, how many connections to Pachube
     */
    public static void main(String[] args) {
        Vertx.vertx().deployVerticle(new VertxPeer(args));
    }

    @Override
    public void start(Promise<Void> started) {
        http = vertx.createHttpClient(new HttpClientOptions().setMaxPoolSize(pool));
        MqttClientOptions options = new MqttClientOptions();
        options.setClientId("peer").setCleanSession(false).setAutoAck(false);
        MqttClient mqtt = MqttClient.create(vertx, options);
        mqtt.publishHandler(this::put);
        mqtt.connect(mqttPort, "127.0.0.1")
                .compose(connected -> mqtt.subscribe("pb/+/+/+", 1))
                .<Void>mapEmpty()
                .onComplete(started);
    }

    private void put(MqttPublishMessage message) {
        String[] topic = message.topicName().split("/");
        String path = "/v2/feeds/" + topic[2] + "/datastreams/" + topic[3] + ".csv";
        http.request(HttpMethod.PUT, pachubePort, "127.0.0.1", path)
                .compose(
                        request ->
                                request.putHeader("X-PachubeApiKey", topic[1])
                                        .putHeader("Content-Type", "text/csv")
                                        .send(message.payload()))
                .onSuccess(
                        response -> {
                            if (response.statusCode() == 200) {
                                message.ack();
                            }
                        });
    }
}
