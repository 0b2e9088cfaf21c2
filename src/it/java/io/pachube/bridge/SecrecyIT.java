package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.callback.CallbackTarget;
import io.pachube.bridge.callback.CallbackTokenCodec;
import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.StateCipher;
import io.pachube.sandbox.FaultInjector;
import io.pachube.sandbox.FaultInjector.Action;
import io.pachube.sandbox.TestPachube;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.RuntimeMBeanException;

/** Promise 5: no API key, password or token is seen, whatever fails, at any level of the log. */
@Tag("slow")
class SecrecyIT {

    private static final String GOOD = "Kgood7Qx-zY_31abcdefgh";
    private static final String WRONG = "Kwrong8Rw-aB_42ijklmnop";
    private static final String INVALID = "Kinvalid!9Sv_53qrstuvwx";
    private static final String PASSWORD = "Pw6Tu-cD_64yzabcdef";
    private static final String OTHERS_KEY = "Kother9Ef-gH_75ijklmnop";
    private static final String OTHERS_PASSWORD = "Pw7!$Gh-iJ_86klmnopq";

    @TempDir Path folder;

    private final int observed = Ports.free();
    private final Set<String> tokens = new TreeSet<>();

    private List<String> leaks(String where, String text) {
        return Stream.concat(
                        Stream.of(
                                GOOD,
                                WRONG,
                                INVALID,
                                PASSWORD,
                                OTHERS_KEY,
                                OTHERS_PASSWORD,
                                TestBridge.SECRET),
                        tokens.stream())
                .filter(text::contains)
                .map(secret -> secret + " in " + where + ": " + around(text, secret))
                .toList();
    }

    private static String around(String text, String secret) {
        int at = text.indexOf(secret);
        return text.substring(Math.max(0, at - 200), Math.min(text.length(), at + 100));
    }

    @Test
    void promise5_noKeyPasswordOrTokenIsSeenWhateverFails() throws Exception {
        TraceLog log = new TraceLog(folder, "masked", "%masked{%m%n%xEx}");
        List<String> leaks;
        try (log) {
            leaks = everyKindOfFailure();
        }
        String all = log.text();
        assertTrue(all.contains("pb/***/1/temperature"), "topics were logged, and masked");
        leaks.addAll(leaks("the log", all));
        assertEquals(List.of(), leaks);
    }

    @Test
    void withoutTheMaskTheyWouldBeSeen() throws Exception {
        TraceLog log = new TraceLog(folder, "unmasked", "%m%n%xEx");
        try (log) {
            everyKindOfFailure();
        }
        assertFalse(leaks("the log", log.text()).isEmpty());
    }

    /** Texts that were seen elsewhere than in the log. */
    private List<String> everyKindOfFailure() throws Exception {
        List<String> leaks = new ArrayList<>();
        try (TestPachube pachube = new TestPachube("127.0.0.1", 0);
                Mosquitto mosquitto = new Mosquitto(folder).start()) {
            pachube.addMasterKey(GOOD);
            pachube.start();
            try (TestBridge bridge =
                            new TestBridge(mosquitto.url(), pachube.url())
                                    .with("mqtt.username", "bridge")
                                    .with("mqtt.password", PASSWORD)
                                    .with("sandbox.mqtt.users", OTHERS_KEY + ":" + OTHERS_PASSWORD)
                                    .with("management.enabled", "true")
                                    .with("management.port", String.valueOf(observed))
                                    .with("retry.timeout", "1s")
                                    .with("pachube.response-timeout", "500ms")
                                    .start();
                    MqttPeer peer = new MqttPeer(mosquitto.url())) {
                MqttPeer.awaitBridge(mosquitto.url(), "pb/ready/1/x", "pb/ready/1/x/trigger");
                fail(bridge, peer, mosquitto, pachube);
                peer.received().stream()
                        .filter(
                                message ->
                                        message.topic().matches(".*/(error|status|\\.bridge/.*)"))
                        .forEach(report -> leaks.addAll(leaks("a report", report.payload())));
                leaks.addAll(leaks("health", observe("health?data=true&stackTrace=true")));
                leaks.addAll(leaks("metrics", observe("metrics")));
                leaks.addAll(leaks("JMX", jmx()));
                pachube.setFault((method, path, key) -> Action.drop());
                // held when the bridge stops
                try (MqttPeer last = new MqttPeer(mosquitto.url())) {
                    last.publish("pb/" + GOOD + "/1/temperature", "9");
                }
            }
        }
        return leaks;
    }

    private void fail(TestBridge bridge, MqttPeer peer, Mosquitto mosquitto, TestPachube pachube)
            throws Exception {
        String good = "pb/" + GOOD + "/1/temperature";
        String hot = "{\"topic\":\"hot\",\"trigger_type\":\"gt\",\"threshold_value\":\"3\"}";
        peer.listen(good + "/#", "pb/" + WRONG + "/#", "pb/" + GOOD + "/#");
        peer.listen("pb/" + INVALID + "/1/t/error");

        peer.publish("pb/" + INVALID + "/1/t", "1");
        peer.await("pb/" + INVALID + "/1/t/error");
        peer.publish("pb/" + WRONG + "/1/temperature", "my key is " + WRONG);
        peer.await("pb/" + WRONG + "/1/temperature/error");
        peer.publish(good + "/trigger", "no JSON " + GOOD);
        peer.await(good + "/trigger/error", 1);
        peer.publish("pb/" + WRONG + "/1/temperature/trigger", hot);
        peer.await("pb/" + WRONG + "/1/temperature/trigger/error");

        peer.publish(good + "/trigger", hot);
        peer.await(good + "/trigger/status", 1);
        String triggers = Http.get(pachube.url() + "/triggers.json", GOOD);
        tokens.add(triggers.replaceFirst("(?s).*/callback/([^\"]+)\".*", "$1"));
        peer.publish(good, "4");
        peer.await("pb/" + GOOD + "/hot", 1);

        peer.listen("pb/.bridge/#");
        peer.publish(good + "/trigger", "{\"mirror\":true}");
        peer.await("pb/" + GOOD + "/1/temperature/value", 1);
        await("what the bridge keeps of it")
                .until(
                        () ->
                                peer.received().stream()
                                        .anyMatch(r -> r.topic().contains("/.bridge/")));

        pachube.setFault((method, path, key) -> Action.status(500));
        int before = peer.payloads(good + "/error").size();
        peer.publish(good, "5");
        peer.await(good + "/error", before + 2);
        pachube.setFault((method, path, key) -> Action.hang());
        peer.publish(good, "6");
        peer.await(good + "/error", before + 3);
        pachube.setFault(FaultInjector.NONE);
        pachube.stop();
        peer.publish("pb/" + GOOD + "/1/humidity", "7");
        peer.await("pb/" + GOOD + "/1/humidity/error", 1);
        pachube.start();

        String token =
                new CallbackTokenCodec(new StateCipher(TestBridge.SECRET))
                        .encode(new CallbackTarget(GOOD, "hot", NotificationOptions.DEFAULT));
        tokens.add(token);
        Http.postForm(bridge.callbackUrl() + "/" + token, "{}");
        Http.postForm(bridge.callbackUrl() + "/x" + token, "{}");
        mosquitto.stop();
        String document = "{\"triggering_datastream\":{\"value\":{\"value\":\"7\"}}}";
        assertEquals(503, Http.postForm(bridge.callbackUrl() + "/" + token, document).statusCode());
        mosquitto.start();
        await().atMost(Duration.ofSeconds(30))
                .until(
                        () ->
                                Http.postForm(bridge.callbackUrl() + "/" + token, document)
                                                .statusCode()
                                        == 200);
    }

    private String observe(String what) throws Exception {
        return Http.get("http://127.0.0.1:" + observed + "/observe/" + what, "");
    }

    private static String jmx() throws JMException {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        StringBuilder all = new StringBuilder();
        for (ObjectName name : server.queryNames(null, null)) {
            all.append(name).append('\n');
            for (MBeanAttributeInfo attribute : server.getMBeanInfo(name).getAttributes()) {
                try {
                    all.append(server.getAttribute(name, attribute.getName())).append('\n');
                } catch (JMException | RuntimeMBeanException e) {
                    // one that cannot be read shows nothing
                }
            }
        }
        assertTrue(
                all.toString().contains("org.apache.camel"), String.join(",", server.getDomains()));
        return all.toString();
    }
}
