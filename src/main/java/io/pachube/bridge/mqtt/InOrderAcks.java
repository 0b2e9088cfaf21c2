package io.pachube.bridge.mqtt;

import org.eclipse.paho.client.mqttv3.MqttMessage;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The messages of one MQTT session that are received and not yet acknowledged.
 *
 * <p>Acknowledgements leave in the order of arrival (MQTT 3.1.1, 4.6.0-2), however the work on the
 * messages ends: a broker that gets them out of order sends again out of order. A copy that the
 * broker sends after a reconnect joins the unfinished first one.
 *
 * <p>Memory is bounded: a message counts until it is acknowledged, as it is kept until then. One
 * that comes when {@code limit} bytes are in flight is left to the broker, and so is all that comes
 * after it on this connection; once all that was taken has ended, the connection is to be made
 * again, and the broker sends the rest.
 *
 * <p>Not thread safe: {@link DurableClient} guards it.
 */
final class InOrderAcks {

    /** What a message costs beside its payload: the exchange, its headers, its place in a lane. */
    private static final int OVERHEAD = 2048;

    /** In work; one more has to wait for them, and may as well wait elsewhere. */
    private static final int PLENTY = 100;

    /** A smaller window than this is no broker's. */
    private static final int MIN_STUCK = 10;

    /** What to do with a message that has arrived. */
    enum Arrival {
        /** A new value: hand it on. */
        TAKE,
        /** A copy of a message in work: nothing to do. */
        JOINED,
        /** No room: leave it to the broker, which sends it again on the next connection. */
        LEAVE
    }

    /** Sends one acknowledgement on the current connection; the last one that there can be now. */
    interface Sender {
        void acknowledge(int id, int qos, boolean last);
    }

    private static final class Entry {
        final MqttMessage message;
        final String topic;
        boolean done;

        /** It has come on this connection. */
        boolean here;

        Entry(String topic, MqttMessage message) {
            this.topic = topic;
            this.message = message;
        }

        /** Told without the DUP flag: Artemis does not set it. */
        boolean isCopy(String topic, MqttMessage copy) {
            return this.topic.equals(topic)
                    && Arrays.equals(message.getPayload(), copy.getPayload());
        }
    }

    private final LongSupplier limit;
    private final Sender sender;
    private final Map<Integer, Entry> unacknowledged = new HashMap<>();
    private final ArrayDeque<Entry> arrived = new ArrayDeque<>();
    private long bytes;

    /** What messages in work cost beside, where their route has said so. */
    private final Map<MqttMessage, Integer> added = new IdentityHashMap<>();

    /** Of those that are done and whose copy has not come on this connection. */
    private long awaited;

    private int working;
    private boolean overflowed;

    /** Messages that ever arrived. */
    private long arrivals;

    private Entry checkedFirst;
    private long checkedArrivals;
    private Entry reportedFirst;

    /**
     * @param limit how many bytes may be in flight
     */
    InOrderAcks(LongSupplier limit, Sender sender) {
        this.limit = limit;
        this.sender = sender;
    }

    /** The connection is gone; the next one brings all that is unacknowledged, in its own order. */
    void disconnected() {
        for (Entry entry : arrived) {
            entry.here = false;
            if (entry.done) {
                awaitCopy(entry);
            }
        }
        arrived.clear();
        overflowed = false;
    }

    /**
     * The broker knows nothing of earlier connections: no copies come, its message ids start anew.
     */
    void sessionLost() {
        disconnected();
        forgetCopies();
        unacknowledged.clear();
    }

    /** A broker that has lost its state sends no copies, so those that are awaited are bounded. */
    private void awaitCopy(Entry entry) {
        bytes -= cost(entry.message);
        awaited += cost(entry.message);
    }

    private void forgetCopies() {
        unacknowledged.values().removeIf(entry -> entry.done && !entry.here);
        awaited = 0;
    }

    /** Whether what comes is left to the broker, until the next connection. */
    boolean isLeaving() {
        return overflowed;
    }

    /** Whether so many messages are in work that a few more would only wait. */
    boolean isPlenty() {
        return working > PLENTY;
    }

    /** Whether there is room for more than a few messages. */
    boolean hasMuchRoom() {
        long most = limit.getAsLong();
        return bytes < most - most / 8;
    }

    /**
     * Whether there is room for one more message; one that asks for no acknowledgement is dropped
     * without.
     */
    boolean hasRoom() {
        return bytes < limit.getAsLong();
    }

    Arrival arrived(String topic, MqttMessage message) {
        if (overflowed) {
            return Arrival.LEAVE;
        }
        Entry known = unacknowledged.get(message.getId());
        if (known != null && known.isCopy(topic, message)) {
            if (known.done && !known.here) {
                bytes += cost(message);
                awaited -= cost(message);
            }
            known.here = true;
            arrived.add(known);
            release();
            return Arrival.JOINED;
        }
        if (awaited > limit.getAsLong()) {
            forgetCopies();
        }
        if (!hasRoom()) {
            overflowed = true;
            return Arrival.LEAVE;
        }
        Entry entry = new Entry(topic, message);
        entry.here = true;
        Entry replaced = unacknowledged.put(message.getId(), entry);
        if (replaced != null && replaced.done && !replaced.here) {
            awaited -= cost(replaced.message);
        }
        arrived.add(entry);
        arrivals++;
        started(message);
        return Arrival.TAKE;
    }

    /** A message is in work; also one that asks for no acknowledgement. */
    void started(MqttMessage message) {
        bytes += cost(message);
        working++;
    }

    /** A message that is in work costs so many bytes more, until its work has ended. */
    void addCost(MqttMessage message, int more) {
        added.merge(message, more, Integer::sum);
        bytes += more;
    }

    /** The work on a message has ended; {@code settled}: it may be acknowledged. */
    void ended(MqttMessage message, boolean settled) {
        working--;
        Integer more = added.remove(message);
        if (more != null) {
            bytes -= more;
        }
        Entry entry = unacknowledged.get(message.getId());
        if (entry == null || entry.message != message) {
            bytes -= cost(message);
            return; // its session is gone, or it asked for no acknowledgement
        }
        if (settled) {
            entry.done = true;
            if (!entry.here) {
                awaitCopy(entry);
            }
            release();
        } else {
            // a copy of it is a new attempt, not this one's end
            bytes -= cost(message);
            unacknowledged.remove(message.getId());
        }
    }

    /** Whether messages were left to the broker and it is time to ask for them. */
    boolean wantsReconnect() {
        return overflowed && working == 0;
    }

    private void release() {
        while (!arrived.isEmpty() && arrived.peek().done) {
            Entry entry = arrived.poll();
            if (unacknowledged.remove(entry.message.getId(), entry)) {
                bytes -= cost(entry.message);
                sender.acknowledge(
                        entry.message.getId(), entry.message.getQos(), arrived.isEmpty());
            }
        }
    }

    /**
     * Returns the topic of the first message if it seems to hold the whole session: most of the
     * others are done and wait for its acknowledgement, and none has arrived since the last call,
     * as where the window of the broker is full. Null otherwise; once for each message.
     */
    String stuckTopic() {
        Entry first = arrived.peek();
        boolean isStuck =
                first != null
                        && first == checkedFirst
                        && first != reportedFirst
                        && arrivals == checkedArrivals
                        && arrived.size() >= MIN_STUCK
                        && 2 * arrived.stream().filter(entry -> entry.done).count()
                                >= arrived.size();
        checkedFirst = first;
        checkedArrivals = arrivals;
        if (!isStuck) {
            return null;
        }
        reportedFirst = first;
        return first.topic;
    }

    /** Returns how many messages are not acknowledged on this connection. */
    int unacknowledged() {
        return arrived.size();
    }

    private static int cost(MqttMessage message) {
        return OVERHEAD + message.getPayload().length;
    }
}
