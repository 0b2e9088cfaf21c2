package io.pachube.bridge.mqtt;

import org.eclipse.paho.client.mqttv3.IMqttActionListener;
import org.eclipse.paho.client.mqttv3.IMqttToken;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * The publishes of one client that the broker has not acknowledged yet.
 *
 * <p>A publish waits for its acknowledgement until a time-out. It stays in flight then: a retry
 * joins it, or succeeds at once if the acknowledgement has arrived meanwhile. A retry is known by
 * its payload: the same array, or an equal one if nothing else was published on the topic since.
 *
 * <p>MQTT 3.1.1 refuses a publish only by closing the connection. A broker acknowledges in order,
 * so the oldest unacknowledged publish is the suspect. Its retry is sent alone, and if the broker
 * closes that connection, too, the publish is refused. So is one that gets no acknowledgement for a
 * minute while later ones do.
 *
 * <p>Thread safe.
 */
final class PendingPublishes {

    private static final Logger LOG = LoggerFactory.getLogger(PendingPublishes.class);
    private static final int MAX_IN_FLIGHT = 1_000;
    private static final int MAX_CLOSES = 2;

    private static final int MAX_UNCLAIMED = 2 * MAX_IN_FLIGHT;

    /** A retry comes within this time, or never: a history's with the next sweep. */
    private static final long RETRY_NANOS = TimeUnit.MINUTES.toNanos(2);

    private static final long UNANSWERED_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final long SIZE_LIMIT_NANOS = TimeUnit.MINUTES.toNanos(10);

    /** Sends a packet without waiting. */
    interface Sender {
        IMqttToken send(String topic, MqttMessage message, IMqttActionListener listener)
                throws MqttException;
    }

    private enum State {
        UNSENT,
        IN_FLIGHT,
        ACKNOWLEDGED,
        REFUSED
    }

    private static final class Publish {
        final String topic;
        final byte[] payload;
        final int qos;
        final boolean retained;
        final int size;
        State state = State.UNSENT;
        IMqttToken token;
        CompletableFuture<Void> outcome;
        long number;
        long since;
        int closes;
        boolean isSuperseded;

        Publish(String topic, byte[] payload, int qos, boolean retained) {
            this.topic = topic;
            this.payload = payload;
            this.qos = qos;
            this.retained = retained;
            // with the fixed header, the topic's length and the packet identifier
            this.size = topic.getBytes(StandardCharsets.UTF_8).length + payload.length + 9;
        }

        boolean isRetriedBy(Publish other) {
            return topic.equals(other.topic)
                    && qos == other.qos
                    && retained == other.retained
                    && (payload == other.payload
                            || !isSuperseded && Arrays.equals(payload, other.payload));
        }

        MqttMessage message() {
            MqttMessage message = new MqttMessage(payload);
            message.setQos(qos);
            message.setRetained(retained);
            return message;
        }
    }

    private final Sender sender;
    private final long maxBytes;
    private final LongSupplier nanoTime;

    /** In the order in which they were sent. */
    private final Set<Publish> inFlight = new LinkedHashSet<>();

    /** Those that a retry may claim. */
    private final Set<Publish> unclaimed = new LinkedHashSet<>();

    private long bytes;
    private long sent;
    private long lastAcknowledged;

    /** The suspect that is sent alone, and what ends with that; null where there is none. */
    private Publish alone;

    private CompletableFuture<Void> aloneEnds;

    private Publish lastRefused;
    private volatile int refusals;

    /** Packets of this size and larger are refused without being sent. */
    private int sizeLimit = Integer.MAX_VALUE;

    private long sizeLimitSince;

    /**
     * @param maxBytes how many bytes may be in flight
     * @param nanoTime a clock as {@link System#nanoTime}
     */
    PendingPublishes(Sender sender, long maxBytes, LongSupplier nanoTime) {
        this.sender = sender;
        this.maxBytes = maxBytes;
        this.nanoTime = nanoTime;
    }

    /**
     * Publishes, or joins an earlier attempt, and waits for the acknowledgement.
     *
     * @throws PublishRefusedException if the broker refuses it
     * @throws MqttException if there is no acknowledgement; a retry with the same payload joins
     */
    void publish(String topic, byte[] payload, int qos, boolean retained, long millis)
            throws MqttException {
        long end = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(millis);
        Publish publish = claim(new Publish(topic, payload, qos, retained));
        try {
            CompletableFuture<Void> before = begin(publish);
            while (before != null && await(before, end)) {
                before = begin(publish);
            }
            if (before == null) {
                await(publish.outcome, end);
            }
        } finally {
            release(publish);
        }
        if (stateOf(publish) != State.ACKNOWLEDGED) {
            throw new MqttException(MqttException.REASON_CODE_CLIENT_TIMEOUT);
        }
    }

    /** Publishes at QoS 1 without waiting, if that is possible now. */
    synchronized void offer(String topic, byte[] payload) throws MqttException {
        Publish publish = new Publish(topic, payload, 1, false);
        if (alone == null) {
            send(publish);
        }
    }

    /** Returns the attempt that this one retries, or else this one. */
    private synchronized Publish claim(Publish publish) {
        forgetUnclaimed();
        for (Iterator<Publish> each = unclaimed.iterator(); each.hasNext(); ) {
            Publish known = each.next();
            if (known.isRetriedBy(publish)) {
                each.remove();
                return known;
            }
        }
        for (Publish known : unclaimed) {
            known.isSuperseded |= known.topic.equals(publish.topic);
        }
        return publish;
    }

    private void forgetUnclaimed() {
        if (unclaimed.isEmpty()) {
            return;
        }
        long now = nanoTime.getAsLong();
        unclaimed.removeIf(
                known -> known.state != State.IN_FLIGHT && now - known.since > RETRY_NANOS);
        long all = unclaimed.stream().mapToLong(known -> known.size).sum();
        Iterator<Publish> each = unclaimed.iterator();
        while (each.hasNext() && (all > maxBytes || unclaimed.size() > MAX_UNCLAIMED)) {
            Publish oldest = each.next();
            if (oldest.state != State.IN_FLIGHT) {
                all -= oldest.size;
                each.remove();
            }
        }
    }

    /** Sends the publish unless it is in flight; returns the one that must end before, or null. */
    private synchronized CompletableFuture<Void> begin(Publish publish) throws MqttException {
        if (publish.state == State.IN_FLIGHT && isPassedOver(publish)) {
            remove(publish);
            refuse(publish);
        }
        if (publish.state != State.UNSENT) {
            return null;
        }
        if (alone != null) {
            return aloneEnds;
        }
        if (publish.closes > 0) {
            alone = publish;
            aloneEnds = new CompletableFuture<>();
        }
        send(publish);
        return null;
    }

    private boolean isPassedOver(Publish publish) {
        return lastAcknowledged > publish.number
                && nanoTime.getAsLong() - publish.since > UNANSWERED_NANOS;
    }

    private void send(Publish publish) throws MqttException {
        if (publish.size >= sizeLimit) {
            if (nanoTime.getAsLong() - sizeLimitSince < SIZE_LIMIT_NANOS) {
                throw new PublishRefusedException(publish.topic, publish.size);
            }
            sizeLimit = Integer.MAX_VALUE;
        }
        if (inFlight.size() >= MAX_IN_FLIGHT || bytes + publish.size > maxBytes && bytes > 0) {
            throw new MqttException(MqttException.REASON_CODE_MAX_INFLIGHT);
        }
        publish.outcome = new CompletableFuture<>();
        publish.token = sender.send(publish.topic, publish.message(), new Listener(publish));
        publish.number = ++sent;
        publish.since = nanoTime.getAsLong();
        publish.state = State.IN_FLIGHT;
        inFlight.add(publish);
        bytes += publish.size;
    }

    /** Returns whether it came to its end in time. */
    private boolean await(CompletableFuture<Void> outcome, long end) throws MqttException {
        try {
            outcome.get(Math.max(0, end - nanoTime.getAsLong()), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw (MqttException) e.getCause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MqttException(e);
        }
    }

    /** Its caller waits no more. */
    private synchronized void release(Publish publish) {
        endAlone(publish);
        if (publish.state == State.IN_FLIGHT
                || publish.state == State.UNSENT && publish.closes > 0) {
            unclaimed.add(publish);
        }
    }

    private synchronized State stateOf(Publish publish) {
        if (publish.state == State.ACKNOWLEDGED) {
            unclaimed.remove(publish); // it has come in the last moment
        }
        return publish.state;
    }

    private synchronized void acknowledged(Publish publish) {
        if (!inFlight.contains(publish)) {
            return;
        }
        remove(publish);
        publish.state = State.ACKNOWLEDGED;
        publish.since = nanoTime.getAsLong();
        lastAcknowledged = Math.max(lastAcknowledged, publish.number);
        if (lastRefused != null
                && lastRefused.topic.equals(publish.topic)
                && lastRefused.size > publish.size) {
            learnSizeLimit(lastRefused.size);
        }
        publish.outcome.complete(null);
    }

    /** A smaller packet was taken on the topic: it was the size. */
    private void learnSizeLimit(int size) {
        lastRefused = null;
        sizeLimit = Math.min(sizeLimit, size);
        sizeLimitSince = nanoTime.getAsLong();
        LOG.warn(
                "The broker refuses packets of {} bytes: none of this size is sent to it for {}"
                        + " minutes. Raise its maximum packet size (mosquitto: max_packet_size)",
                size,
                TimeUnit.NANOSECONDS.toMinutes(SIZE_LIMIT_NANOS));
    }

    private synchronized void failed(Publish publish, MqttException cause) {
        if (!inFlight.contains(publish)) {
            return;
        }
        if (cause.getReasonCode() != MqttException.REASON_CODE_CONNECTION_LOST) {
            fail(publish, cause);
            return;
        }
        // the other listeners are called next, in any order
        List<Publish> lost = new ArrayList<>(inFlight);
        lost.removeIf(each -> each.token.isComplete());
        for (Publish each : lost) {
            each.closes = each == lost.get(0) ? each.closes + 1 : 0;
            fail(each, cause);
        }
    }

    private void fail(Publish publish, MqttException cause) {
        remove(publish);
        if (publish.closes == MAX_CLOSES) {
            refuse(publish);
            return;
        }
        publish.state = State.UNSENT;
        publish.since = nanoTime.getAsLong();
        if (publish.closes == 0) {
            unclaimed.remove(publish);
        }
        publish.outcome.completeExceptionally(cause);
    }

    /** Returns how many publishes the broker has refused. */
    int refusals() {
        return refusals;
    }

    private void refuse(Publish publish) {
        refusals++;
        publish.state = State.REFUSED;
        publish.since = nanoTime.getAsLong();
        lastRefused = publish;
        PublishRefusedException refusal = new PublishRefusedException(publish.topic, publish.size);
        publish.outcome.completeExceptionally(refusal);
    }

    private void remove(Publish publish) {
        inFlight.remove(publish);
        bytes -= publish.size;
        endAlone(publish);
    }

    private void endAlone(Publish publish) {
        if (alone == publish) {
            alone = null;
            aloneEnds.complete(null);
        }
    }

    private final class Listener implements IMqttActionListener {
        private final Publish publish;

        Listener(Publish publish) {
            this.publish = publish;
        }

        @Override
        public void onSuccess(IMqttToken token) {
            acknowledged(publish);
        }

        @Override
        public void onFailure(IMqttToken token, Throwable cause) {
            failed(
                    publish,
                    cause instanceof MqttException known ? known : new MqttException(cause));
        }
    }
}
