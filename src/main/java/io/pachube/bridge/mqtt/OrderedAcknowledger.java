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
 * <p>Not thread safe: {@link DurableMqttClient} guards it.
 */
final class OrderedAcknowledger {

    /** The memory of a message beside its payload: the exchange, its headers, its queue entry. */
    private static final int OVERHEAD = 2048;

    /** Messages in flight; one more has to wait for them, and may as well wait elsewhere. */
    private static final int BACKLOG_THRESHOLD = 100;

    /** A smaller window than this is no broker's. */
    private static final int MIN_STUCK = 10;

    /** The decision on a message that has arrived. */
    enum Arrival {
        /** A new message: dispatch it. */
        NEW,
        /** A copy of a message in flight: nothing to do. */
        DUPLICATE,
        /** No capacity: leave it to the broker, which sends it again on the next connection. */
        NO_CAPACITY
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
        boolean isDuplicate(String topic, MqttMessage copy) {
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

    private int inFlight;
    private boolean overflowed;

    /** Messages that ever arrived. */
    private long arrivals;

    private Entry checkedFirst;
    private long checkedArrivals;
    private Entry reportedFirst;

    /**
     * @param limit how many bytes may be in flight
     */
    OrderedAcknowledger(LongSupplier limit, Sender sender) {
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

    /** Returns the memory of the messages that count. */
    long bytes() {
        return bytes;
    }

    /** Returns true if messages are left to the broker until the next connection. */
    boolean isOverflowed() {
        return overflowed;
    }

    /** Returns true if so many messages are in flight that a few more would only wait. */
    boolean isBacklogged() {
        return inFlight > BACKLOG_THRESHOLD;
    }

    /** Returns true if there is capacity for more than a few messages. */
    boolean hasAmpleCapacity() {
        long most = limit.getAsLong();
        return bytes < most - most / 8;
    }

    /** Returns true if there is capacity for one more message; one of QoS 0 is dropped without. */
    boolean hasCapacity() {
        return bytes < limit.getAsLong();
    }

    Arrival arrived(String topic, MqttMessage message) {
        if (overflowed) {
            return Arrival.NO_CAPACITY;
        }
        Entry known = unacknowledged.get(message.getId());
        if (known != null && known.isDuplicate(topic, message)) {
            if (known.done && !known.here) {
                bytes += cost(message);
                awaited -= cost(message);
            }
            known.here = true;
            arrived.add(known);
            sendReadyAcks();
            return Arrival.DUPLICATE;
        }
        if (awaited > limit.getAsLong()) {
            forgetCopies();
        }
        if (!hasCapacity()) {
            overflowed = true;
            return Arrival.NO_CAPACITY;
        }
        Entry entry = new Entry(topic, message);
        entry.here = true;
        Entry replaced = unacknowledged.put(message.getId(), entry);
        if (replaced != null && replaced.done && !replaced.here) {
            awaited -= cost(replaced.message);
        }
        arrived.add(entry);
        arrivals++;
        onDispatched(message);
        return Arrival.NEW;
    }

    /** Counts a message as in flight; also one of QoS 0. */
    void onDispatched(MqttMessage message) {
        bytes += cost(message);
        inFlight++;
    }

    /** Counts so many bytes more for a message, until it is completed. */
    void addCost(MqttMessage message, int more) {
        added.merge(message, more, Integer::sum);
        bytes += more;
    }

    /** Completes a message; {@code acknowledge}: it may be acknowledged. */
    void onCompleted(MqttMessage message, boolean acknowledge) {
        inFlight--;
        Integer more = added.remove(message);
        if (more != null) {
            bytes -= more;
        }
        Entry entry = unacknowledged.get(message.getId());
        if (entry == null || entry.message != message) {
            bytes -= cost(message);
            return; // its session is gone, or it asked for no acknowledgement
        }
        if (acknowledge) {
            entry.done = true;
            if (!entry.here) {
                awaitCopy(entry);
            }
            sendReadyAcks();
        } else {
            // a copy of it is a new attempt, not this one's end
            bytes -= cost(message);
            unacknowledged.remove(message.getId());
        }
    }

    /** Returns true if messages were left to the broker and it is time to ask for them. */
    boolean needsReconnect() {
        return overflowed && inFlight == 0;
    }

    private void sendReadyAcks() {
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
