package io.pachube.bridge.history;

import io.pachube.bridge.callback.StateCipher;
import io.pachube.bridge.mqtt.RetainedStore;

import org.eclipse.paho.client.mqttv3.MqttException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The history subscriptions: in memory, and in the broker, in encrypted retained messages on {@code
 * <prefix>/.bridge/<name>}. The bridge has no other store.
 *
 * <p>Sees changes by other bridges, too. Thread safe; {@link #received} never waits.
 */
public final class HistorySubscriptionStore {

    private static final Logger LOG = LoggerFactory.getLogger(HistorySubscriptionStore.class);

    /** Of the encryption, so that no callback token passes for a subscription. */
    private static final byte PURPOSE = 2;

    /** Begins the last level of the topic of a message that follows all retained ones. */
    private static final String MARKER = "end.";

    private static final long LOAD_TIMEOUT_NANOS = Duration.ofSeconds(5).toNanos();
    private static final int MAX_ENDED = 10_000;

    /**
     * @param persisted as the broker has it
     * @param encrypted the payload that the broker did not acknowledge yet; a retry joins its
     *     publish
     */
    private record Entry(
            HistorySubscription subscription, HistorySubscription persisted, byte[] encrypted) {
        Entry(HistorySubscription subscription, HistorySubscription persisted) {
            this(subscription, persisted, null);
        }
    }

    private final String prefix;
    private final StateCipher cipher;
    private final RetainedStore broker;
    private final String marker;
    private final Map<String, Entry> entries = new ConcurrentHashMap<>();

    /** Names of removed subscriptions; a notification may still be on its way. */
    private final Set<String> ended =
            Collections.synchronizedSet(
                    Collections.newSetFromMap(
                            new LinkedHashMap<>() {
                                @Override
                                protected boolean removeEldestEntry(
                                        Map.Entry<String, Boolean> eldest) {
                                    return size() > MAX_ENDED;
                                }
                            }));

    /** Names that the bridge itself deletes at the broker now. */
    private final Set<String> ending = ConcurrentHashMap.newKeySet();

    /** Names of messages of another secret; logged once, as another bridge may rewrite them. */
    private final Set<String> foreign = ConcurrentHashMap.newKeySet();

    /** Topics of messages that an older secret has encrypted. */
    private final Queue<String> oldKeyTopics = new ConcurrentLinkedQueue<>();

    private volatile boolean loaded;
    private volatile long loadStarted = System.nanoTime();
    private volatile boolean warned;

    /**
     * @param prefix the topics' first level, or levels
     */
    public HistorySubscriptionStore(String prefix, StateCipher cipher, RetainedStore broker) {
        this.prefix = prefix + "/.bridge/";
        this.cipher = cipher;
        this.broker = broker;
        this.marker = this.prefix + MARKER + UUID.randomUUID();
    }

    /** Returns the filter of the messages; no API key is in their topics. */
    public String filter() {
        return prefix + "+";
    }

    /** Publishes the marker: the broker sends it behind the retained messages. */
    public void subscribed() {
        loadStarted = System.nanoTime();
        broker.publishIfConnected(marker, new byte[] {1});
    }

    /** Reads a retained message, or a change by another bridge. */
    public void received(String topic, byte[] payload) {
        if (topic.equals(marker)) {
            loaded = true;
            return;
        }
        String name = topic.substring(Math.min(prefix.length(), topic.length()));
        if (name.startsWith(MARKER)) {
            return; // another bridge's
        }
        if (payload.length == 0) {
            Entry deleted = entries.remove(name);
            if (deleted != null) {
                ended.add(name);
                if (!ending.contains(name)) {
                    LOG.warn(
                            "{} has no history subscription any more: somebody, or another bridge,"
                                    + " deleted the retained message on {}. Publish the command again"
                                    + " to subscribe",
                            deleted.subscription,
                            topic);
                }
            }
            return;
        }
        Optional<StateCipher.Decrypted> decrypted = cipher.decrypt(PURPOSE, payload);
        try {
            if (decrypted.isPresent()) {
                boolean current = decrypted.get().usesCurrentKey();
                if (add(name, HistorySubscription.fromJson(decrypted.get().content()), current)) {
                    return;
                }
            }
        } catch (IOException e) {
            // logged below
        }
        if (foreign.size() < MAX_ENDED && foreign.add(name)) {
            LOG.warn(
                    "The state on {} is ignored: it was encrypted with another callback.secret",
                    topic);
        }
    }

    private boolean add(String name, HistorySubscription subscription, boolean current) {
        String right = name(subscription);
        if (current && !name.equals(right)) {
            return false;
        }
        if (!current) {
            oldKeyTopics.add(prefix + name);
        }
        ended.remove(right);
        entries.merge(
                right,
                new Entry(subscription, current ? subscription : null),
                (known, more) ->
                        more.subscription.lags(known.subscription.cursor())
                                ? new Entry(
                                        more.subscription.withCursor(known.subscription.cursor()),
                                        more.persisted)
                                : more);
        return true;
    }

    /** Returns true if all retained messages were received. */
    boolean isLoaded() {
        return loaded;
    }

    /**
     * Checks that the subscriptions are loaded.
     *
     * @throws MqttException if not all retained messages were received yet
     */
    void requireLoaded() throws MqttException {
        if (loaded) {
            return;
        }
        if (System.nanoTime() - loadStarted > LOAD_TIMEOUT_NANOS) {
            if (!warned) {
                warned = true;
                LOG.warn(
                        "Histories and mirrors wait: the broker does not return the bridge's state on"
                                + " {}. Allow the bridge to read and write it",
                        filter());
            }
            subscribed(); // it may not have been published
        }
        throw new MqttException(MqttException.REASON_CODE_CLIENT_NOT_CONNECTED);
    }

    private String name(HistorySubscription subscription) {
        return cipher.pseudonym(subscription.id());
    }

    /** Returns the stored subscription with the same id; null: there is none. */
    HistorySubscription get(HistorySubscription subscription) {
        Entry entry = entries.get(name(subscription));
        return entry == null ? null : entry.subscription;
    }

    /** Returns true if it was removed lately. */
    boolean hasEnded(HistorySubscription subscription) {
        return ended.contains(name(subscription));
    }

    List<HistorySubscription> all() {
        return entries.values().stream().map(Entry::subscription).toList();
    }

    /** Returns all mirrors and histories. */
    public List<SubscriptionState> subscriptions() {
        return all().stream()
                .map(
                        subscription ->
                                new SubscriptionState(
                                        subscription.environment(),
                                        subscription.datastream(),
                                        subscription.isMirror() ? null : subscription.topic(),
                                        subscription.cursor()))
                .toList();
    }

    /** Moves the cursor in memory; {@link #save} moves it in the broker. */
    void moveCursor(HistorySubscription subscription, Instant last) {
        entries.computeIfPresent(
                name(subscription),
                (name, entry) ->
                        entry.subscription.lags(last)
                                ? new Entry(entry.subscription.withCursor(last), entry.persisted)
                                : entry);
    }

    /** Saves a subscription in memory and in the broker. */
    void save(HistorySubscription subscription) throws MqttException {
        String name = name(subscription);
        Entry entry = entries.get(name);
        if (entry == null || !subscription.equals(entry.persisted)) {
            byte[] encrypted =
                    entry != null
                                    && entry.encrypted != null
                                    && subscription.equals(entry.subscription)
                            ? entry.encrypted
                            : cipher.encrypt(PURPOSE, subscription.toJson());
            entries.put(
                    name,
                    new Entry(subscription, entry == null ? null : entry.persisted, encrypted));
            ended.remove(name);
            broker.put(prefix + name, encrypted);
            entries.computeIfPresent(name, (n, now) -> new Entry(now.subscription, subscription));
        }
    }

    /** Removes a subscription from memory and from the broker. */
    void remove(HistorySubscription subscription) throws MqttException {
        String name = name(subscription);
        ending.add(name);
        try {
            broker.put(prefix + name, new byte[0]);
            entries.remove(name);
            ended.add(name);
        } finally {
            ending.remove(name);
        }
    }

    /** Encrypts with the first secret what an older one has encrypted. */
    void reencrypt() throws MqttException {
        if (oldKeyTopics.isEmpty()) {
            return;
        }
        for (HistorySubscription subscription : all()) {
            save(subscription);
        }
        for (String topic = oldKeyTopics.peek(); topic != null; topic = oldKeyTopics.peek()) {
            broker.put(topic, new byte[0]);
            oldKeyTopics.remove();
        }
    }
}
