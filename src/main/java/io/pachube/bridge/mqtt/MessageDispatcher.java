package io.pachube.bridge.mqtt;

import io.pachube.bridge.log.SecretMasker;
import io.pachube.bridge.mqtt.paho.PublishDecodingInputStream;

import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Dispatches the messages of one client to its consumer, as they arrive, within the memory that
 * they may take.
 *
 * <p>Thread safe: its state is guarded by the lock of the client, which is the acknowledger.
 */
final class MessageDispatcher {

    private static final Logger LOG = LoggerFactory.getLogger(MessageDispatcher.class);
    private static final long REDELIVERY_DELAY = 1_000;
    private static final long BACKPRESSURE_TIMEOUT = 5_000;

    private record Completed(MqttMessage message, boolean acknowledge) {}

    private final OrderedAcknowledger acks;
    private final MqttConnection connection;
    private final Subscription subscription;
    private final String topicPrefix;
    private final LongAdder received = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final LongAdder oversized = new LongAdder();
    private OversizedReceiver oversizedReceiver = (topic, message, ended) -> ended.accept(true);

    /** Messages that are done, until a thread has told the acknowledger. */
    private final Queue<Completed> completed = new ConcurrentLinkedQueue<>();

    private final AtomicInteger toComplete = new AtomicInteger();

    /** Null if no messages are accepted. */
    private MqttCallback consumer;

    /** True while another bridge leads. */
    private boolean paused;

    private ConsumerGeneration generation;

    /**
     * @param topicPrefix how the bridge's topics begin; below it reports are not dispatched
     */
    MessageDispatcher(
            OrderedAcknowledger acks,
            MqttConnection connection,
            Subscription subscription,
            String topicPrefix) {
        this.acks = acks;
        this.connection = connection;
        this.subscription = subscription;
        this.topicPrefix = topicPrefix;
        this.generation = newGeneration();
    }

    /** Returns how many messages were dispatched, each once. */
    long received() {
        return received.sum();
    }

    /** Returns how many messages of QoS 0 found no capacity. */
    long dropped() {
        return dropped.sum();
    }

    /** Returns the number of messages whose payload was too large. */
    long oversized() {
        return oversized.sum();
    }

    void start(MqttCallback newConsumer) {
        synchronized (acks) {
            consumer = newConsumer;
            generation = newGeneration();
        }
    }

    void onOversized(OversizedReceiver receiver) {
        synchronized (acks) {
            oversizedReceiver = receiver;
        }
    }

    private ConsumerGeneration newGeneration() {
        return new ConsumerGeneration(connection::mayConnect);
    }

    /** Accepts no messages until {@link #resume}, and leaves those that were accepted. */
    void pause() {
        synchronized (acks) {
            paused = true;
            generation.revoke();
            acks.notifyAll();
        }
    }

    void resume() {
        synchronized (acks) {
            paused = false;
            generation = newGeneration();
        }
    }

    /** Accepts no more messages; those in flight may still complete and be acknowledged. */
    void stopAccepting() {
        synchronized (acks) {
            consumer = null;
            acks.notifyAll();
        }
    }

    /** Leaves to the broker all messages that were accepted and are not completed. */
    void revoke() {
        generation().revoke();
    }

    /** Returns the generation of the messages that are accepted now. */
    ConsumerGeneration generation() {
        synchronized (acks) {
            return generation;
        }
    }

    boolean isAccepting() {
        synchronized (acks) {
            return consumer != null && !paused;
        }
    }

    boolean isBacklogged() {
        synchronized (acks) {
            return acks.isBacklogged();
        }
    }

    void dispatch(String topic, MqttMessage message) {
        MqttCallback target = accept(topic, message);
        if (target == null) {
            return;
        }
        received.increment();
        try {
            if (message.getPayload().length > PublishDecodingInputStream.MAX_PAYLOAD) {
                oversized.increment();
                oversizedReceiver.oversized(topic, message, taken -> complete(message, taken));
            } else {
                target.messageArrived(topic, message);
            }
        } catch (Throwable e) {
            // thrown on, it would end the thread that reads
            LOG.error(
                    "{} could not dispatch a message; the broker sends it again",
                    connection.client().getClientId(),
                    e);
            complete(message, false);
        }
    }

    /** Returns the consumer of the message; null if it is not to be dispatched. */
    private MqttCallback accept(String topic, MqttMessage message) {
        synchronized (acks) {
            if (consumer == null || paused) {
                return null; // stopping: unacknowledged, it arrives again at the next start
            }
            if (ReportTopics.isReport(topicPrefix, topic, message.getPayload())) {
                ackAndDiscard(message);
                return null;
            }
            if (!subscription.matches(topic)) {
                subscription.logStaleTopic();
                ackAndDiscard(message);
                return null;
            }
            if (message.getQos() > 0) {
                awaitCapacity();
                return consumer != null
                                && !paused
                                && acks.arrived(topic, message) == OrderedAcknowledger.Arrival.NEW
                        ? consumer
                        : null;
            }
            if (acks.hasCapacity()) {
                acks.onDispatched(message);
                return consumer;
            }
            dropped.increment();
            return null;
        }
    }

    /**
     * For a while nothing more is read, so that the broker cannot go on sending: a mosquitto that
     * resumes a session sends all that it has queued, whatever its window is, and meanwhile reads
     * nothing, no acknowledgements either. Not for long: in an outage there is no capacity for
     * hours, and without reading there is no keep-alive.
     */
    private void awaitCapacity() {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BACKPRESSURE_TIMEOUT);
        boolean ready = acks.hasCapacity() || acks.isOverflowed();
        while (!ready
                && consumer != null
                && !paused
                && !connection.isReconnecting()
                && System.nanoTime() < end) {
            try {
                acks.wait(BACKPRESSURE_TIMEOUT);
                ready = acks.hasAmpleCapacity();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void ackAndDiscard(MqttMessage message) {
        if (message.getQos() > 0 && acks.arrived("", message) == OrderedAcknowledger.Arrival.NEW) {
            acks.onCompleted(message, true);
        }
    }

    /**
     * Completes a message that was dispatched. Does not wait: where another thread completes one,
     * that completes this one, too.
     *
     * @param acknowledge false: the broker is made to send it again
     */
    void complete(MqttMessage message, boolean acknowledge) {
        completed.add(new Completed(message, acknowledge));
        int seen = 1;
        if (toComplete.getAndIncrement() > 0) {
            return;
        }
        while (seen != 0) {
            synchronized (acks) {
                for (Completed next = completed.poll(); next != null; next = completed.poll()) {
                    onCompleted(next.message, next.acknowledge);
                }
                if (acks.hasAmpleCapacity()) {
                    acks.notifyAll();
                }
            }
            seen = toComplete.addAndGet(-seen);
        }
    }

    private void onCompleted(MqttMessage message, boolean acknowledge) {
        acks.onCompleted(message, acknowledge);
        if (connection.isRunning() && consumer != null && (!acknowledge || acks.needsReconnect())) {
            connection.reconnectForRedelivery(acknowledge ? 0 : REDELIVERY_DELAY);
        }
    }

    /** Counts so many bytes more for a message, until it is completed. */
    void addCost(MqttMessage message, int bytes) {
        synchronized (acks) {
            acks.addCost(message, bytes);
        }
    }

    /** Logs a message that holds the acknowledgements of the others. Called now and then. */
    void logStuck() {
        String topic;
        int unacknowledged;
        synchronized (acks) {
            topic = acks.stuckTopic();
            unacknowledged = acks.unacknowledged();
        }
        if (topic != null) {
            LOG.warn(
                    "{}: the message on {} is not delivered yet, and {} messages wait for its"
                            + " acknowledgement. If the broker's window is full, no other message"
                            + " arrives: raise max_inflight_messages, or give its target a route of"
                            + " its own.",
                    connection.client().getClientId(),
                    SecretMasker.mask(topic),
                    unacknowledged - 1);
        }
    }
}
