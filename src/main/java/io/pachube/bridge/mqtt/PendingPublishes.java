package io.pachube.bridge.mqtt;

import io.pachube.bridge.mqtt.PendingPublish.State;

import org.eclipse.paho.client.mqttv3.IMqttActionListener;
import org.eclipse.paho.client.mqttv3.IMqttToken;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;

import java.util.ArrayList;
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

    private static final int MAX_IN_FLIGHT = 1_000;
    private static final int MAX_CLOSES = 2;

    private static final long UNANSWERED_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Sends a packet without waiting. */
    interface Sender {
        IMqttToken send(String topic, MqttMessage message, IMqttActionListener listener)
                throws MqttException;
    }

    private final Sender sender;
    private final long maxBytes;
    private final LongSupplier nanoTime;

    /** In the order in which they were sent. */
    private final Set<PendingPublish> inFlight = new LinkedHashSet<>();

    private final UnclaimedPublishes unclaimed;
    private final PacketSizeLimit sizeLimit;

    private long bytes;
    private long sent;
    private long lastAcknowledged;

    /** The suspect that is sent alone, and what ends with that; null where there is none. */
    private PendingPublish alone;

    private CompletableFuture<Void> aloneEnds;

    private volatile int refusals;
    private volatile long acknowledgements;

    /**
     * @param maxBytes how many bytes may be in flight
     * @param nanoTime a clock as {@link System#nanoTime}
     */
    PendingPublishes(Sender sender, long maxBytes, LongSupplier nanoTime) {
        this.sender = sender;
        this.maxBytes = maxBytes;
        this.nanoTime = nanoTime;
        this.unclaimed = new UnclaimedPublishes(maxBytes, nanoTime);
        this.sizeLimit = new PacketSizeLimit(nanoTime);
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
        PendingPublish publish = claim(new PendingPublish(topic, payload, qos, retained));
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
    synchronized void tryPublish(String topic, byte[] payload) throws MqttException {
        PendingPublish publish = new PendingPublish(topic, payload, 1, false);
        if (alone == null) {
            send(publish);
        }
    }

    private synchronized PendingPublish claim(PendingPublish publish) {
        return unclaimed.claim(publish);
    }

    /** Sends the publish unless it is in flight; returns the one that must end before, or null. */
    private synchronized CompletableFuture<Void> begin(PendingPublish publish)
            throws MqttException {
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

    private boolean isPassedOver(PendingPublish publish) {
        return lastAcknowledged > publish.number
                && nanoTime.getAsLong() - publish.since > UNANSWERED_NANOS;
    }

    private void send(PendingPublish publish) throws MqttException {
        if (sizeLimit.isExceededBy(publish)) {
            throw new PublishRefusedException(publish.topic, publish.size);
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
    private synchronized void release(PendingPublish publish) {
        endAlone(publish);
        if (publish.state == State.IN_FLIGHT
                || publish.state == State.UNSENT && publish.closes > 0) {
            unclaimed.add(publish);
        }
    }

    private synchronized State stateOf(PendingPublish publish) {
        if (publish.state == State.ACKNOWLEDGED) {
            unclaimed.remove(publish); // it has come in the last moment
        }
        return publish.state;
    }

    private synchronized void acknowledged(PendingPublish publish) {
        if (!inFlight.contains(publish)) {
            return;
        }
        remove(publish);
        acknowledgements++;
        publish.state = State.ACKNOWLEDGED;
        publish.since = nanoTime.getAsLong();
        lastAcknowledged = Math.max(lastAcknowledged, publish.number);
        sizeLimit.onAcknowledged(publish);
        publish.outcome.complete(null);
    }

    private synchronized void failed(PendingPublish publish, MqttException cause) {
        if (!inFlight.contains(publish)) {
            return;
        }
        if (cause.getReasonCode() != MqttException.REASON_CODE_CONNECTION_LOST) {
            fail(publish, cause);
            return;
        }
        // the other listeners are called next, in any order
        List<PendingPublish> lost = new ArrayList<>(inFlight);
        lost.removeIf(each -> each.token.isComplete());
        for (PendingPublish each : lost) {
            each.closes = each == lost.get(0) ? each.closes + 1 : 0;
            fail(each, cause);
        }
    }

    private void fail(PendingPublish publish, MqttException cause) {
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

    /** Returns how many publishes the broker has acknowledged. */
    long acknowledgements() {
        return acknowledgements;
    }

    private void refuse(PendingPublish publish) {
        refusals++;
        publish.state = State.REFUSED;
        publish.since = nanoTime.getAsLong();
        sizeLimit.onRefused(publish);
        PublishRefusedException refusal = new PublishRefusedException(publish.topic, publish.size);
        publish.outcome.completeExceptionally(refusal);
    }

    private void remove(PendingPublish publish) {
        inFlight.remove(publish);
        bytes -= publish.size;
        endAlone(publish);
    }

    private void endAlone(PendingPublish publish) {
        if (alone == publish) {
            alone = null;
            aloneEnds.complete(null);
        }
    }

    private final class Listener implements IMqttActionListener {
        private final PendingPublish publish;

        Listener(PendingPublish publish) {
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
