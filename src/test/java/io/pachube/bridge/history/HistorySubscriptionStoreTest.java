package io.pachube.bridge.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.LogLines;
import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.StateCipher;
import io.pachube.bridge.mqtt.RetainedStore;

import org.eclipse.paho.client.mqttv3.MqttException;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

class HistorySubscriptionStoreTest {

    private static final Instant TIME = Instant.parse("2012-01-01T00:00:00.123456Z");
    private static final HistorySubscription SUBSCRIPTION =
            new HistorySubscription(
                    "secret-key",
                    "1",
                    "größe+1",
                    "/value",
                    new NotificationOptions(false, true, true, true, 2),
                    "http://bridge.example.org/callback",
                    TIME);

    private final String secret = StateCipher.newSecret();
    private final Broker broker = new Broker();
    private final HistorySubscriptionStore subscriptions =
            new HistorySubscriptionStore("pb", new StateCipher(secret), broker);

    /** Keeps in memory what is retained. */
    private static final class Broker implements RetainedStore {
        final Map<String, byte[]> kept = new TreeMap<>();
        final List<byte[]> published = new ArrayList<>();
        BiConsumer<String, byte[]> listener = (t, p) -> {};
        boolean silent;

        @Override
        public void put(String topic, byte[] payload) throws MqttException {
            published.add(payload);
            if (silent) {
                throw new MqttException(MqttException.REASON_CODE_CLIENT_TIMEOUT);
            }
            if (payload.length == 0) {
                kept.remove(topic);
            } else {
                kept.put(topic, payload);
            }
            listener.accept(topic, payload);
        }

        @Override
        public void publishIfConnected(String topic, byte[] payload) {
            listener.accept(topic, payload);
        }
    }

    /** As one that starts. */
    private HistorySubscriptionStore another(String secrets) {
        HistorySubscriptionStore another =
                new HistorySubscriptionStore("pb", new StateCipher(secrets), broker);
        broker.kept.forEach(another::received);
        broker.listener = another::received;
        another.subscribed();
        assertTrue(another.isLoaded());
        return another;
    }

    @Test
    void whatIsKeptComesBack() throws Exception {
        subscriptions.save(SUBSCRIPTION);
        HistorySubscription fresh = SUBSCRIPTION.withCursor(null);
        assertEquals(SUBSCRIPTION, subscriptions.get(fresh));
        assertEquals(List.of(SUBSCRIPTION), another(secret).all());

        subscriptions.save(fresh);
        assertEquals(List.of(fresh), another(secret).all());

        subscriptions.remove(SUBSCRIPTION);
        assertNull(subscriptions.get(SUBSCRIPTION));
        assertEquals(Set.of(), broker.kept.keySet());
        assertTrue(subscriptions.hasEnded(SUBSCRIPTION));
        subscriptions.save(SUBSCRIPTION);
        assertFalse(subscriptions.hasEnded(SUBSCRIPTION));
    }

    @Test
    void theBrokerSeesNoKeyAndHasOneMessageForEach() throws Exception {
        subscriptions.save(SUBSCRIPTION);
        subscriptions.save(SUBSCRIPTION.withCursor(TIME.plusSeconds(1)));
        assertEquals(1, broker.kept.size());
        broker.kept.forEach(
                (topic, payload) -> {
                    assertTrue(topic.matches("pb/\\.bridge/[0-9a-f]{32}"), topic);
                    assertFalse(
                            new String(payload, StandardCharsets.ISO_8859_1).contains("secret"));
                });
        assertFalse(SUBSCRIPTION.toString().contains("secret-key"));
    }

    @Test
    void nothingIsKeptTwice() throws Exception {
        subscriptions.save(SUBSCRIPTION);
        byte[] first = broker.kept.values().iterator().next();
        subscriptions.save(SUBSCRIPTION);
        assertEquals(first, broker.kept.values().iterator().next());
        subscriptions.moveCursor(SUBSCRIPTION, TIME.plusSeconds(2));
        assertEquals(TIME.plusSeconds(2), subscriptions.get(SUBSCRIPTION).cursor());
        assertEquals(TIME, another(secret).get(SUBSCRIPTION).cursor());
        subscriptions.save(subscriptions.get(SUBSCRIPTION));
        assertEquals(TIME.plusSeconds(2), another(secret).get(SUBSCRIPTION).cursor());
    }

    /** The client joins a retry to the first attempt if its payload is the same. */
    @Test
    void whatTheBrokerDidNotTakeIsPublishedAgainAsItWas() throws Exception {
        broker.silent = true;
        assertThrows(MqttException.class, () -> subscriptions.save(SUBSCRIPTION));
        assertThrows(MqttException.class, () -> subscriptions.save(SUBSCRIPTION));
        broker.silent = false;
        subscriptions.save(SUBSCRIPTION);
        assertEquals(3, broker.published.size());
        assertSame(broker.published.get(0), broker.published.get(1));
        assertSame(broker.published.get(0), broker.published.get(2));

        subscriptions.save(SUBSCRIPTION.withCursor(TIME.plusSeconds(1)));
        assertEquals(4, broker.published.size());
        assertEquals(TIME.plusSeconds(1), another(secret).get(SUBSCRIPTION).cursor());
    }

    /** A mirror ended without a word. */
    @Test
    void aWatchThatIsDeletedAtTheBrokerIsOneLine() throws Exception {
        try (LogLines log = new LogLines(HistorySubscriptionStore.class)) {
            broker.listener = subscriptions::received;
            subscriptions.save(SUBSCRIPTION);
            subscriptions.remove(SUBSCRIPTION);
            assertEquals(List.of(), log.lines(), "it was a command");

            subscriptions.save(SUBSCRIPTION);
            String topic = broker.kept.keySet().iterator().next();
            subscriptions.received(topic, new byte[0]);
            subscriptions.received(topic, new byte[0]);
            assertNull(subscriptions.get(SUBSCRIPTION));
            assertEquals(1, log.lines().size());
            assertTrue(log.lines().get(0).contains("datastream größe+1"), log.lines().get(0));
            assertFalse(log.lines().get(0).contains("secret-key"));
        }
    }

    @Test
    void anotherBridgesProgressIsSeenAndNothingGoesBack() throws Exception {
        subscriptions.save(SUBSCRIPTION);
        HistorySubscriptionStore other = another(secret);
        broker.listener = subscriptions::received;
        other.save(SUBSCRIPTION.withCursor(TIME.plusSeconds(5)));
        assertEquals(TIME.plusSeconds(5), subscriptions.get(SUBSCRIPTION).cursor());

        subscriptions.moveCursor(SUBSCRIPTION, TIME.plusSeconds(9));
        other.save(SUBSCRIPTION.withCursor(TIME.plusSeconds(6)));
        assertEquals(TIME.plusSeconds(9), subscriptions.get(SUBSCRIPTION).cursor());

        other.remove(SUBSCRIPTION);
        assertNull(subscriptions.get(SUBSCRIPTION));
        assertTrue(subscriptions.hasEnded(SUBSCRIPTION));
    }

    @Test
    void whatIsForeignOrInAWrongPlaceIsPassedOver() throws Exception {
        subscriptions.save(SUBSCRIPTION);
        byte[] sealed = broker.kept.values().iterator().next();
        HistorySubscriptionStore other = another(secret);
        String topic = broker.kept.keySet().iterator().next();
        for (byte[] payload :
                List.of(
                        new byte[1],
                        new byte[200],
                        "{\"key\":\"x\"}".getBytes(StandardCharsets.UTF_8),
                        new StateCipher(StateCipher.newSecret())
                                .encrypt((byte) 2, SUBSCRIPTION.toJson()),
                        new StateCipher(secret).encrypt((byte) 1, SUBSCRIPTION.toJson()),
                        new StateCipher(secret).encrypt((byte) 2, new byte[] {1, 2}))) {
            other.received(topic, payload);
        }
        other.received("pb/.bridge/0123", sealed);
        assertEquals(List.of(SUBSCRIPTION), other.all());
    }

    @Test
    void withANewSecretItIsSealedAnew() throws Exception {
        subscriptions.save(SUBSCRIPTION);
        Set<String> before = Set.copyOf(broker.kept.keySet());
        String newer = StateCipher.newSecret();
        HistorySubscriptionStore rotated = another(newer + "," + secret);
        assertEquals(List.of(SUBSCRIPTION), rotated.all());
        rotated.reencrypt();
        assertEquals(1, broker.kept.size());
        assertFalse(broker.kept.keySet().equals(before));
        assertEquals(List.of(SUBSCRIPTION), another(newer).all());
    }

    @Test
    void beforeAllIsKnownNothingIsDone() throws Exception {
        assertThrows(MqttException.class, subscriptions::requireLoaded);
        subscriptions.received("pb/.bridge/end.0123", new byte[] {1});
        assertFalse(subscriptions.isLoaded(), "another bridge's");
        broker.listener = subscriptions::received;
        subscriptions.subscribed();
        subscriptions.requireLoaded();
    }
}
