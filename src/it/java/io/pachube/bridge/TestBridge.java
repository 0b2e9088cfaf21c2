package io.pachube.bridge;

import io.pachube.bridge.mqtt.DurableMqttClient;

import org.apache.camel.CamelContext;
import org.apache.camel.component.paho.PahoConsumer;
import org.apache.camel.main.Main;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The bridge as it runs standalone, with the project's own route files, in the test's process. */
final class TestBridge implements AutoCloseable {

    static final String SECRET = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private final Map<String, String> settings = new HashMap<>();
    private final Map<String, Object> beans = new HashMap<>();
    private final int callbackPort = Ports.free();
    private Main camel;

    TestBridge(String mqttUrl, String pachubeUrl) {
        with("mqtt.url", mqttUrl);
        with("pachube.url", pachubeUrl);
        with("callback.host", "127.0.0.1");
        with("callback.port", String.valueOf(callbackPort));
        with("callback.url", callbackUrl());
        with("callback.secret", SECRET);
        with("management.enabled", "false");
        with("sandbox.mqtt.port", "0");
        with("sandbox.pachube.port", "0");
        with("retry.initial-delay", "50ms");
        with("retry.max-delay", "400ms");
    }

    TestBridge with(String name, String value) {
        settings.put(name, value);
        return this;
    }

    /** For a bridge that runs elsewhere. */
    Map<String, String> settings() {
        return settings;
    }

    TestBridge routes(Path folder) {
        return with("routes.directory", folder.toString());
    }

    /** Adds a bean to the context's registry. */
    TestBridge bind(String name, Object bean) {
        beans.put(name, bean);
        return this;
    }

    TestBridge start() {
        camel = io.pachube.bridge.Main.createCamelMain(new PachubeBridge());
        beans.forEach(camel::bind);
        settings.forEach(camel::addOverrideProperty);
        camel.start();
        return this;
    }

    void stop() {
        camel.stop();
        camel = null;
    }

    CamelContext context() {
        return camel.getCamelContext();
    }

    /** The client with which a route consumes. */
    DurableMqttClient client(String route) {
        return (DurableMqttClient)
                ((PahoConsumer) context().getRoute(route).getConsumer()).getClient();
    }

    int callbackPort() {
        return callbackPort;
    }

    String callbackUrl() {
        return "http://127.0.0.1:" + callbackPort + "/callback";
    }

    @Override
    public void close() {
        if (camel != null) {
            stop();
        }
    }
}
