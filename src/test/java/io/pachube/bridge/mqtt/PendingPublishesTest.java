package io.pachube.bridge.mqtt;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.eclipse.paho.client.mqttv3.IMqttActionListener;
import org.eclipse.paho.client.mqttv3.MqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

class PendingPublishesTest {

    private static final long SHORT = 20;
    private static final long LONG = 30_000;

    private record Packet(String payload, IMqttActionListener listener) {
        void acknowledge() {
            listener.onSuccess(null);
        }

        void lose(int reason) {
            listener.onFailure(null, new MqttException(reason));
        }

        /** As Paho does it for each packet; one is enough. */
        void close() {
            lose(MqttException.REASON_CODE_CONNECTION_LOST);
        }
    }

    private final List<Packet> sent = new CopyOnWriteArrayList<>();
    private volatile long later;
    private final PendingPublishes publishes =
            new PendingPublishes(
                    (topic, message, listener) -> {
                        sent.add(new Packet(message.toString(), listener));
                        return new MqttDeliveryToken("test");
                    },
                    1 << 20,
                    () -> System.nanoTime() + later);

    private void publish(byte[] payload, long millis) throws MqttException {
        publishes.publish("t", payload, 1, false, millis);
    }

    private CompletableFuture<Void> start(byte[] payload) {
        int before = sent.size();
        CompletableFuture<Void> started =
                CompletableFuture.runAsync(
                        () -> {
                            try {
                                publish(payload, LONG);
                            } catch (MqttException e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        task -> new Thread(task).start());
        await().until(() -> sent.size() > before);
        return started;
    }

    private void timeOut(byte[] payload) {
        assertEquals(
                MqttException.REASON_CODE_CLIENT_TIMEOUT,
                assertThrows(MqttException.class, () -> publish(payload, SHORT)).getReasonCode());
    }

    private static Throwable failure(CompletableFuture<Void> started) throws Exception {
        ExecutionException failed =
                assertThrows(
                        ExecutionException.class, () -> started.get(LONG, TimeUnit.MILLISECONDS));
        return failed.getCause().getCause();
    }

    private static byte[] bytes(String payload) {
        return payload.getBytes();
    }

    private List<String> payloads() {
        return sent.stream().map(Packet::payload).toList();
    }

    @Test
    void aRetryJoinsThePublishThatIsNotAcknowledgedYet() throws Exception {
        byte[] payload = bytes("1");
        timeOut(payload);
        timeOut(payload);
        timeOut(bytes("1"));
        assertEquals(List.of("1"), payloads());
    }

    @Test
    void aLateAcknowledgementIsTheSuccessOfTheRetry() throws Exception {
        byte[] payload = bytes("1");
        timeOut(payload);
        sent.get(0).acknowledge();
        publish(payload, SHORT);
        assertEquals(List.of("1"), payloads());

        timeOut(payload); // it succeeded once: this is another one
        assertEquals(List.of("1", "1"), payloads());
    }

    @Test
    void equalPublishesOfTwoCallersAreTwo() throws Exception {
        byte[] payload = bytes("1");
        CompletableFuture<Void> one = start(payload);
        CompletableFuture<Void> other = start(payload);
        sent.get(0).acknowledge();
        one.get(LONG, TimeUnit.MILLISECONDS);
        assertFalse(other.isDone());
        sent.get(1).acknowledge();
        other.get(LONG, TimeUnit.MILLISECONDS);
    }

    @Test
    void anEqualOneIsNoRetryAfterAnotherOnTheTopic() {
        byte[] one = bytes("1");
        timeOut(one);
        timeOut(bytes("2"));
        timeOut(bytes("1"));
        assertEquals(List.of("1", "2", "1"), payloads());

        timeOut(one);
        assertEquals(3, sent.size(), "the same array is the same publish");
    }

    @Test
    void anAcknowledgementIsNoSuccessOfAMuchLaterEqualPublish() {
        timeOut(bytes("1"));
        sent.get(0).acknowledge();
        later = Duration.ofMinutes(3).toNanos();
        timeOut(bytes("1"));
        assertEquals(2, sent.size());
    }

    @Test
    void aPublishThatClosesTwoConnectionsIsRefused() throws Exception {
        byte[] payload = bytes("too large");
        CompletableFuture<Void> first = start(payload);
        sent.get(0).close();
        assertEquals(
                MqttException.REASON_CODE_CONNECTION_LOST,
                ((MqttException) failure(first)).getReasonCode());

        CompletableFuture<Void> second = start(payload);
        sent.get(1).close();
        assertInstanceOf(PublishRefusedException.class, failure(second));
    }

    @Test
    void aRefusalIsToldToTheRetryWhereNobodyWaited() {
        byte[] payload = bytes("too large");
        timeOut(payload);
        sent.get(0).close();
        timeOut(payload);
        sent.get(1).close();
        assertThrows(PublishRefusedException.class, () -> publish(payload, SHORT));
        assertEquals(2, sent.size());
    }

    /** Of two refused ones in flight neither hides the other. */
    @Test
    void theOldestIsTheSuspect() throws Exception {
        byte[] one = bytes("too large");
        byte[] other = bytes("also too large");
        timeOut(one);
        timeOut(other);
        sent.get(1).close(); // Paho tells of them in any order
        timeOut(other);
        sent.get(2).close();
        timeOut(one);
        sent.get(3).close();
        assertThrows(PublishRefusedException.class, () -> publish(one, SHORT));
        timeOut(other);
        sent.get(4).close();
        assertThrows(PublishRefusedException.class, () -> publish(other, SHORT));
    }

    @Test
    void whatIsAcknowledgedInItsRetryIsSuspectNoMore() throws Exception {
        byte[] payload = bytes("1");
        for (int i = 0; i < 3; i++) {
            timeOut(payload);
            sent.get(2 * i).close();
            timeOut(payload);
            sent.get(2 * i + 1).acknowledge();
            publish(payload, SHORT);
        }
    }

    @Test
    void aConnectionThatIsNotClosedByTheBrokerAccusesNobody() {
        byte[] payload = bytes("1");
        for (int i = 0; i < 4; i++) {
            timeOut(payload);
            sent.get(i).lose(MqttException.REASON_CODE_CLIENT_TIMEOUT);
        }
    }

    @Test
    void theRetryOfASuspectIsSentAlone() throws Exception {
        byte[] suspect = bytes("1");
        timeOut(suspect);
        sent.get(0).close();
        CompletableFuture<Void> retry = start(suspect);

        timeOut(bytes("2"));
        publishes.tryPublish("t", bytes("3"));
        assertEquals(List.of("1", "1"), payloads());

        CompletableFuture<Void> next =
                CompletableFuture.runAsync(
                        () -> {
                            try {
                                publish(bytes("4"), LONG);
                            } catch (MqttException e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        task -> new Thread(task).start());
        sent.get(1).acknowledge();
        retry.get(LONG, TimeUnit.MILLISECONDS);
        await().until(() -> payloads().equals(List.of("1", "1", "4")));
        sent.get(2).acknowledge();
        next.get(LONG, TimeUnit.MILLISECONDS);
    }

    @Test
    void aSuspectThatGetsNoAnswerHoldsNobodyForLonger() throws Exception {
        byte[] suspect = bytes("1");
        timeOut(suspect);
        sent.get(0).close();
        timeOut(suspect);
        timeOut(bytes("2"));
        assertEquals(List.of("1", "1", "2"), payloads());
    }

    @Test
    void aSizeThatIsRefusedIsNotSentAgain() throws Exception {
        byte[] large = new byte[1_000];
        timeOut(large);
        sent.get(0).close();
        timeOut(large);
        sent.get(1).close();
        assertThrows(PublishRefusedException.class, () -> publish(large, SHORT));
        CompletableFuture<Void> small = start(bytes("small"));
        sent.get(2).acknowledge();
        small.get(LONG, TimeUnit.MILLISECONDS);

        assertThrows(PublishRefusedException.class, () -> publish(new byte[1_001], SHORT));
        assertEquals(3, sent.size());

        later = Duration.ofMinutes(11).toNanos();
        timeOut(new byte[1_001]);
        assertEquals(4, sent.size());
    }

    @Test
    void whatIsNotAnsweredWhileOthersAreIsRefusedInTime() throws Exception {
        byte[] payload = bytes("1");
        timeOut(payload);
        CompletableFuture<Void> other = start(bytes("2"));
        sent.get(1).acknowledge();
        other.get(LONG, TimeUnit.MILLISECONDS);
        timeOut(payload);

        later = Duration.ofSeconds(61).toNanos();
        assertThrows(PublishRefusedException.class, () -> publish(payload, SHORT));
        assertEquals(2, sent.size());
    }

    @Test
    void whatIsInFlightIsBounded() {
        timeOut(new byte[1 << 19]);
        timeOut(new byte[1 << 18]);
        assertEquals(
                MqttException.REASON_CODE_MAX_INFLIGHT,
                assertThrows(MqttException.class, () -> publish(new byte[1 << 19], SHORT))
                        .getReasonCode());
        timeOut(bytes("1"));
        assertTrue(sent.size() == 3);
    }
}
