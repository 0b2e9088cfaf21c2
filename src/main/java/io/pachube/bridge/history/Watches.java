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
 * All watches: in memory, and in the broker, in retained messages on {@code
 * <prefix>/.bridge/<name>} that show nothing of what is in them. The bridge has no other store.
 *
 * <p>What other bridges keep there is seen, too. Thread safe; {@link #received} never waits.
 */
public final class Watches {

    private static final Logger LOG = LoggerFactory.getLogger(Watches.class);

    /** What is sealed is a watch, and no callback's token. */
    private static final byte KIND = 2;

    /** The last level of what is published behind all that the broker keeps. */
    private static final String END = "end.";

    private static final long PATIENCE_NANOS = Duration.ofSeconds(5).toNanos();
    private static final int MOST_ENDED = 10_000;

    /**
     * @param kept what the broker has of it
     * @param sealed of what it is to have, where it did not take that yet: a retry joins the
     *     publish
     */
    private record Entry(Watch watch, Watch kept, byte[] sealed) {
        Entry(Watch watch, Watch kept) {
            this(watch, kept, null);
        }
    }

    private final String prefix;
    private final StateCipher cipher;
    private final RetainedStore broker;
    private final String end;
    private final Map<String, Entry> entries = new ConcurrentHashMap<>();

    /** Names of those that have ended; a notification may still be on its way. */
    private final Set<String> ended =
            Collections.synchronizedSet(
                    Collections.newSetFromMap(
                            new LinkedHashMap<>() {
                                @Override
                                protected boolean removeEldestEntry(
                                        Map.Entry<String, Boolean> eldest) {
                                    return size() > MOST_ENDED;
                                }
                            }));

    /** Names of those that the bridge itself deletes at the broker now. */
    private final Set<String> ending = ConcurrentHashMap.newKeySet();

    /** Names of what another secret has sealed; logged once, as another bridge may renew it. */
    private final Set<String> foreign = ConcurrentHashMap.newKeySet();

    /** Topics whose messages an older secret has sealed. */
    private final Queue<String> stale = new ConcurrentLinkedQueue<>();

    private volatile boolean loaded;
    private volatile long since = System.nanoTime();
    private volatile boolean told;

    /**
     * @param prefix the topics' first level, or levels
     */
    public Watches(String prefix, StateCipher cipher, RetainedStore broker) {
        this.prefix = prefix + "/.bridge/";
        this.cipher = cipher;
        this.broker = broker;
        this.end = this.prefix + END + UUID.randomUUID();
    }

    /** Where the messages are: nobody's key is in it, and no route takes it. */
    public String filter() {
        return prefix + "+";
    }

    /** The broker has begun to send what it keeps: what is published now comes behind it. */
    public void subscribed() {
        since = System.nanoTime();
        broker.publishIfConnected(end, new byte[] {1});
    }

    /** Takes what the broker keeps, and what other bridges do. */
    public void received(String topic, byte[] payload) {
        if (topic.equals(end)) {
            loaded = true;
            return;
        }
        String name = topic.substring(Math.min(prefix.length(), topic.length()));
        if (name.startsWith(END)) {
            return; // another bridge's
        }
        if (payload.length == 0) {
            Entry deleted = entries.remove(name);
            if (deleted != null) {
                ended.add(name);
                if (!ending.contains(name)) {
                    LOG.warn(
                            "{} is watched no more: somebody, or another bridge, deleted the"
                                    + " retained message on {}. To watch it again, publish the"
                                    + " command again",
                            deleted.watch,
                            topic);
                }
            }
            return;
        }
        Optional<StateCipher.Decrypted> opened = cipher.decrypt(KIND, payload);
        try {
            if (opened.isPresent()) {
                boolean current = opened.get().usesCurrentKey();
                if (take(name, Watch.of(opened.get().content()), current)) {
                    return;
                }
            }
        } catch (IOException e) {
            // told below
        }
        if (foreign.size() < MOST_ENDED && foreign.add(name)) {
            LOG.warn(
                    "What is kept on {} is of no bridge with this callback.secret: passed over",
                    topic);
        }
    }

    private boolean take(String name, Watch watch, boolean current) {
        String right = name(watch);
        if (current && !name.equals(right)) {
            return false;
        }
        if (!current) {
            stale.add(prefix + name);
        }
        ended.remove(right);
        entries.merge(
                right,
                new Entry(watch, current ? watch : null),
                (known, more) ->
                        more.watch.isBehind(known.watch.last())
                                ? new Entry(more.watch.at(known.watch.last()), more.kept)
                                : more);
        return true;
    }

    /** Whether all that the broker had kept is known. */
    boolean isLoaded() {
        return loaded;
    }

    /**
     * @throws MqttException if not all that the broker had kept is known yet
     */
    void awaitLoaded() throws MqttException {
        if (loaded) {
            return;
        }
        if (System.nanoTime() - since > PATIENCE_NANOS) {
            if (!told) {
                told = true;
                LOG.warn(
                        "History and mirrors wait: the broker does not give back what is published"
                                + " on {} (the bridge must be allowed to read it)",
                        filter());
            }
            subscribed(); // it may not have been published
        }
        throw new MqttException(MqttException.REASON_CODE_CLIENT_NOT_CONNECTED);
    }

    private String name(Watch watch) {
        return cipher.pseudonym(watch.identity());
    }

    /** The same watch as it is now; null: there is none. */
    Watch get(Watch watch) {
        Entry entry = entries.get(name(watch));
        return entry == null ? null : entry.watch;
    }

    /** Whether there was one lately. */
    boolean hasEnded(Watch watch) {
        return ended.contains(name(watch));
    }

    List<Watch> all() {
        return entries.values().stream().map(Entry::watch).toList();
    }

    /** Returns all mirrors and histories. */
    public List<Subscription> subscriptions() {
        return all().stream()
                .map(
                        watch ->
                                new Subscription(
                                        watch.environment(),
                                        watch.datastream(),
                                        watch.isMirror() ? null : watch.topic(),
                                        watch.last()))
                .toList();
    }

    /** A datapoint was published. Forgotten at a restart until the watch is {@link #keep kept}. */
    void advance(Watch watch, Instant last) {
        entries.computeIfPresent(
                name(watch),
                (name, entry) ->
                        entry.watch.isBehind(last)
                                ? new Entry(entry.watch.at(last), entry.kept)
                                : entry);
    }

    /** From now on the watch is as it is here; the broker has it. */
    void keep(Watch watch) throws MqttException {
        String name = name(watch);
        Entry entry = entries.get(name);
        if (entry == null || !watch.equals(entry.kept)) {
            byte[] sealed =
                    entry != null && entry.sealed != null && watch.equals(entry.watch)
                            ? entry.sealed
                            : cipher.encrypt(KIND, watch.toJson());
            entries.put(name, new Entry(watch, entry == null ? null : entry.kept, sealed));
            ended.remove(name);
            broker.put(prefix + name, sealed);
            entries.computeIfPresent(name, (n, now) -> new Entry(now.watch, watch));
        }
    }

    /** There is no such watch any more. */
    void end(Watch watch) throws MqttException {
        String name = name(watch);
        ending.add(name);
        try {
            broker.put(prefix + name, new byte[0]);
            entries.remove(name);
            ended.add(name);
        } finally {
            ending.remove(name);
        }
    }

    /** What an older secret has sealed is kept anew. */
    void renew() throws MqttException {
        if (stale.isEmpty()) {
            return;
        }
        for (Watch watch : all()) {
            keep(watch);
        }
        for (String topic = stale.peek(); topic != null; topic = stale.peek()) {
            broker.put(topic, new byte[0]);
            stale.remove();
        }
    }
}
