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

class WatchesTest {

    private static final Instant TIME = Instant.parse("2012-01-01T00:00:00.123456Z");
    private static final Watch WATCH =
            new Watch(
                    "secret-key",
                    "1",
                    "größe+1",
                    "/value",
                    new NotificationOptions(false, true, true, true, 2),
                    "http://bridge.example.org/callback",
                    TIME);

    private final String secret = StateCipher.newSecret();
    private final Broker broker = new Broker();
    private final Watches watches = new Watches("pb", new StateCipher(secret), broker);

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
    private Watches another(String secrets) {
        Watches another = new Watches("pb", new StateCipher(secrets), broker);
        broker.kept.forEach(another::received);
        broker.listener = another::received;
        another.subscribed();
        assertTrue(another.isLoaded());
        return another;
    }

    @Test
    void whatIsKeptComesBack() throws Exception {
        watches.keep(WATCH);
        Watch fresh = WATCH.at(null);
        assertEquals(WATCH, watches.get(fresh));
        assertEquals(List.of(WATCH), another(secret).all());

        watches.keep(fresh);
        assertEquals(List.of(fresh), another(secret).all());

        watches.end(WATCH);
        assertNull(watches.get(WATCH));
        assertEquals(Set.of(), broker.kept.keySet());
        assertTrue(watches.hasEnded(WATCH));
        watches.keep(WATCH);
        assertFalse(watches.hasEnded(WATCH));
    }

    @Test
    void theBrokerSeesNoKeyAndHasOneMessageForEach() throws Exception {
        watches.keep(WATCH);
        watches.keep(WATCH.at(TIME.plusSeconds(1)));
        assertEquals(1, broker.kept.size());
        broker.kept.forEach(
                (topic, payload) -> {
                    assertTrue(topic.matches("pb/\\.bridge/[0-9a-f]{32}"), topic);
                    assertFalse(
                            new String(payload, StandardCharsets.ISO_8859_1).contains("secret"));
                });
        assertFalse(WATCH.toString().contains("secret-key"));
    }

    @Test
    void nothingIsKeptTwice() throws Exception {
        watches.keep(WATCH);
        byte[] first = broker.kept.values().iterator().next();
        watches.keep(WATCH);
        assertEquals(first, broker.kept.values().iterator().next());
        watches.advance(WATCH, TIME.plusSeconds(2));
        assertEquals(TIME.plusSeconds(2), watches.get(WATCH).last());
        assertEquals(TIME, another(secret).get(WATCH).last());
        watches.keep(watches.get(WATCH));
        assertEquals(TIME.plusSeconds(2), another(secret).get(WATCH).last());
    }

    /** The client joins a retry to the first attempt if its payload is the same. */
    @Test
    void whatTheBrokerDidNotTakeIsPublishedAgainAsItWas() throws Exception {
        broker.silent = true;
        assertThrows(MqttException.class, () -> watches.keep(WATCH));
        assertThrows(MqttException.class, () -> watches.keep(WATCH));
        broker.silent = false;
        watches.keep(WATCH);
        assertEquals(3, broker.published.size());
        assertSame(broker.published.get(0), broker.published.get(1));
        assertSame(broker.published.get(0), broker.published.get(2));

        watches.keep(WATCH.at(TIME.plusSeconds(1)));
        assertEquals(4, broker.published.size());
        assertEquals(TIME.plusSeconds(1), another(secret).get(WATCH).last());
    }

    /** A mirror ended without a word. */
    @Test
    void aWatchThatIsDeletedAtTheBrokerIsOneLine() throws Exception {
        try (LogLines log = new LogLines(Watches.class)) {
            broker.listener = watches::received;
            watches.keep(WATCH);
            watches.end(WATCH);
            assertEquals(List.of(), log.lines(), "it was a command");

            watches.keep(WATCH);
            String topic = broker.kept.keySet().iterator().next();
            watches.received(topic, new byte[0]);
            watches.received(topic, new byte[0]);
            assertNull(watches.get(WATCH));
            assertEquals(1, log.lines().size());
            assertTrue(log.lines().get(0).contains("datastream größe+1"), log.lines().get(0));
            assertFalse(log.lines().get(0).contains("secret-key"));
        }
    }

    @Test
    void anotherBridgesProgressIsSeenAndNothingGoesBack() throws Exception {
        watches.keep(WATCH);
        Watches other = another(secret);
        broker.listener = watches::received;
        other.keep(WATCH.at(TIME.plusSeconds(5)));
        assertEquals(TIME.plusSeconds(5), watches.get(WATCH).last());

        watches.advance(WATCH, TIME.plusSeconds(9));
        other.keep(WATCH.at(TIME.plusSeconds(6)));
        assertEquals(TIME.plusSeconds(9), watches.get(WATCH).last());

        other.end(WATCH);
        assertNull(watches.get(WATCH));
        assertTrue(watches.hasEnded(WATCH));
    }

    @Test
    void whatIsForeignOrInAWrongPlaceIsPassedOver() throws Exception {
        watches.keep(WATCH);
        byte[] sealed = broker.kept.values().iterator().next();
        Watches other = another(secret);
        String topic = broker.kept.keySet().iterator().next();
        for (byte[] payload :
                List.of(
                        new byte[1],
                        new byte[200],
                        "{\"key\":\"x\"}".getBytes(StandardCharsets.UTF_8),
                        new StateCipher(StateCipher.newSecret()).encrypt((byte) 2, WATCH.toJson()),
                        new StateCipher(secret).encrypt((byte) 1, WATCH.toJson()),
                        new StateCipher(secret).encrypt((byte) 2, new byte[] {1, 2}))) {
            other.received(topic, payload);
        }
        other.received("pb/.bridge/0123", sealed);
        assertEquals(List.of(WATCH), other.all());
    }

    @Test
    void withANewSecretItIsSealedAnew() throws Exception {
        watches.keep(WATCH);
        Set<String> before = Set.copyOf(broker.kept.keySet());
        String newer = StateCipher.newSecret();
        Watches rotated = another(newer + "," + secret);
        assertEquals(List.of(WATCH), rotated.all());
        rotated.renew();
        assertEquals(1, broker.kept.size());
        assertFalse(broker.kept.keySet().equals(before));
        assertEquals(List.of(WATCH), another(newer).all());
    }

    @Test
    void beforeAllIsKnownNothingIsDone() throws Exception {
        assertThrows(MqttException.class, watches::awaitLoaded);
        watches.received("pb/.bridge/end.0123", new byte[] {1});
        assertFalse(watches.isLoaded(), "another bridge's");
        broker.listener = watches::received;
        watches.subscribed();
        watches.awaitLoaded();
    }
}
