package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.callback.CallbackTarget;
import io.pachube.bridge.callback.CallbackTokenCodec;
import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.StateCipher;
import io.pachube.bridge.report.ErrorReportRoute;
import io.pachube.sandbox.SandboxPachube;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A publish that is slow, or that the broker refuses, holds up nothing else. */
@Tag("slow")
class PublishingIT {

    private static final String KEY = SandboxPachube.DEMO_KEY;
    private static final String FEED = "pb/" + KEY + "/1/";
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /**
     * Refused by the bridge: there are no such fields. The report repeats its first 1,024 bytes.
     */
    private static final String BAD = "{\"" + "x".repeat(2_000) + "\":1}";

    @TempDir Path folder;

    private final JsonMapper json = new JsonMapper();
    private SandboxPachube pachube;
    private Mosquitto mosquitto;
    private Forwarder forwarder;
    private TestBridge bridge;
    private MqttPeer peer;

    @BeforeEach
    void startPachube() throws Exception {
        pachube = new SandboxPachube("127.0.0.1", 0);
        pachube.start();
    }

    @AfterEach
    void stop() throws Exception {
        peer.close();
        bridge.close();
        if (forwarder != null) {
            forwarder.close();
        }
        mosquitto.close();
        pachube.close();
    }

    private void start(Duration delay, String... configuration) throws Exception {
        mosquitto = new Mosquitto(folder, configuration).start();
        forwarder = new Forwarder(mosquitto.port(), delay);
        forwarder.open();
        bridge =
                new TestBridge("tcp://127.0.0.1:" + forwarder.port(), pachube.url())
                        .with("pachube.create-missing-datastreams", "true")
                        .start();
        peer = new MqttPeer(mosquitto.url()).listen("pb/+/+/+/error", "pb/+/hot");
        await("the bridge takes values")
                .atMost(PATIENCE)
                .until(
                        () -> {
                            peer.publish(FEED + "ready", "1");
                            return isStored("ready");
                        });
    }

    private boolean isStored(String datastream) throws Exception {
        return Http.stored(pachube.url(), KEY, datastream).startsWith("1");
    }

    /** More than mosquitto's window of 20, so that they come only if those before them are done. */
    private void awaitOthers() throws Exception {
        for (int i = 0; i < 40; i++) {
            peer.publish(FEED + "good" + i, "1");
        }
        for (int i = 0; i < 40; i++) {
            String datastream = "good" + i;
            await(datastream).atMost(PATIENCE).until(() -> isStored(datastream));
        }
    }

    private String callback() {
        return bridge.callbackUrl()
                + "/"
                + new CallbackTokenCodec(new StateCipher(TestBridge.SECRET))
                        .encode(new CallbackTarget(KEY, "hot", NotificationOptions.DEFAULT));
    }

    private static String notification(String value) {
        return "{\"triggering_datastream\":{\"value\":{\"value\":\"" + value + "\"}}}";
    }

    @Test
    void aBrokerThatIsSlowerThanTheTimeOutGetsEachReportOnce() throws Exception {
        start(Duration.ofSeconds(1)); // 2 s there and back
        peer.publish(FEED + "temperature", BAD);
        awaitOthers();
        assertEquals(1, peer.payloads(FEED + "temperature/error").size());
    }

    @Test
    void aReportThatTheBrokerRefusesIsShortened() throws Exception {
        start(Duration.ZERO, "max_packet_size 1000");
        publishBad("temperature");
        awaitOthers();
        JsonNode report = json.readTree(peer.await(FEED + "temperature/error"));
        assertTrue(report.path("payload").isMissingNode(), report.toString());
        assertEquals(false, report.path("retrying").asBoolean(true));
        assertEquals(1, peer.payloads(FEED + "temperature/error").size());
    }

    /** Small enough for the broker, and refused; the report of it is larger. */
    private void publishBad(String datastream) throws Exception {
        peer.publish(FEED + datastream, "{\"" + "x".repeat(850) + "\":1}");
    }

    @Test
    void aReportThatIsRefusedShortenedTooIsDroppedWithOneLine() throws Exception {
        try (LogLines log = new LogLines(ErrorReportRoute.class)) {
            start(Duration.ZERO, "max_packet_size 200");
            String topic = FEED + "x".repeat(100);
            peer.publish(topic, "{\"y\":1}");
            awaitOthers();
            await().atMost(PATIENCE).until(() -> log.count("dropped") == 1);
            assertEquals(List.of(), peer.payloads(topic + "/error"));
        }
    }

    @Test
    void aNotificationThatTheBrokerRefusesIsAnswered503AndTheOthers200() throws Exception {
        start(Duration.ZERO, "max_packet_size 200");
        String url = callback();
        String large = notification("2".repeat(250));
        for (int i = 0; i < 3; i++) {
            assertEquals(503, Http.postForm(url, large).statusCode());
            await().atMost(PATIENCE)
                    .until(() -> Http.postForm(url, notification("7")).statusCode() == 200);
        }
        awaitOthers();
        assertTrue(peer.payloads("pb/" + KEY + "/hot").stream().allMatch("7"::equals));
    }

    /** It is answered in 2 s, unless the time-out is raised. */
    @Test
    void aCallbackWaitsForASlowBrokerAsLongAsTheTimeOutSays() throws Exception {
        start(Duration.ofMillis(600));
        assertEquals(200, Http.postForm(callback(), notification("7")).statusCode());
        bridge.stop();
        bridge.with("mqtt.publish-timeout", "100ms").start();
        await("the bridge is connected again")
                .atMost(PATIENCE)
                .until(
                        () -> {
                            Http.postForm(callback(), notification("8"));
                            return peer.payloads("pb/" + KEY + "/hot").contains("8");
                        });
        assertEquals(503, Http.postForm(callback(), notification("9")).statusCode());
        await("it is late, and comes all the same")
                .until(() -> peer.payloads("pb/" + KEY + "/hot").contains("9"));
    }
}
