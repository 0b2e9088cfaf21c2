package io.pachube.bridge.mqtt;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;

class DurableMqttClientTest {

    @ParameterizedTest
    @CsvSource({
        "pb/+/+/+, pb/k/1/t, true",
        "pb/+/+/+, pb/k//t, true",
        "pb/+/+/+, pb///, true",
        "pb/+/+/+, pb/k/1, false",
        "pb/+/+/+, pb/k/1/t/error, false",
        "pb/+/+/+, pbx/k/1/t, false",
        "pb/+/+/+/trigger, pb/k/1/t/trigger, true",
        "pb/+/+/+/trigger, pb/k/1/t/error, false",
        "pb/#, pb, true",
        "pb/#, pb/k/1/t, true",
        "#, pb/k, true",
        "pb, pb/k, false"
    })
    void aFilterMatchesAsMqttSays(String filter, String topic, boolean matches) {
        assertEquals(matches, new TopicFilter(filter).matches(topic));
    }

    @ParameterizedTest
    @CsvSource({
        "pb/k/1/t/error, true",
        "pb/k/1/t/trigger/error, true",
        "pb/k/1/t/trigger/status, true",
        "pb/k/error, true",
        "pb/k/1/t/error/error, true",
        "pb/k/1/error, false",
        "pb/k/1/t/value, false",
        "pb/k/1/t/status, false",
        "pb/k/1/t/trigger, false",
        "house/k/1/t/error, false",
        "pbx/k/1/t/error, false"
    })
    void reportsAreToldFromOtherTopics(String topic, boolean isReport) {
        assertEquals(isReport, ReportTopics.isReport("pb", topic));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "house/hall/power/error | {\"operation\":\"message\"} | true",
                "house/hall/power/error | {\"code\":1} | false",
                "house/hall/power | {\"operation\":\"message\"} | false"
            })
    void reportsOutsideThePrefixAreToldFromOtherMessages(
            String topic, String payload, boolean isReport) {
        assertEquals(isReport, ReportTopics.isReport(topic, payload.getBytes()));
    }

    @Test
    void aBrokerThatClosesAtOnceCostsNoThread() throws Exception {
        try (ServerSocket broker = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            var settings =
                    new MqttSettings(
                            "tcp://127.0.0.1:" + broker.getLocalPort(),
                            "closed-at-once",
                            "",
                            "",
                            "",
                            null,
                            "x",
                            1 << 20,
                            Duration.ofSeconds(1));
            try (MqttClientManager clients = new MqttClientManager(settings, Thread::new)) {
                clients.subscribeState("x/.bridge/+", (topic, payload) -> {}, () -> {});
                for (int i = 0; i < 4; i++) {
                    broker.accept().close();
                }
            }
        }
        await().untilAsserted(
                        () ->
                                assertEquals(
                                        List.of(),
                                        Thread.getAllStackTraces().keySet().stream()
                                                .map(Thread::getName)
                                                .filter(name -> name.contains("closed-at-once"))
                                                .toList()));
    }
}
