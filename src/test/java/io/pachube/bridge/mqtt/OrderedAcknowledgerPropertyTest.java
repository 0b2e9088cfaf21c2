package io.pachube.bridge.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.mqtt.OrderedAcknowledger.Arrival;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.eclipse.paho.client.mqttv3.MqttMessage;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Against a broker that redelivers unacknowledged messages on each connection. */
class OrderedAcknowledgerPropertyTest {

    /** What the broker has sent and not seen acknowledged. */
    private record Sent(int id, String value) {}

    private static final int ROOM = 6;

    private final OrderedAcknowledger acks =
            new OrderedAcknowledger(() -> ROOM * 2048, (id, qos, last) -> acknowledged(id));
    private final List<Sent> unacknowledged = new ArrayList<>();
    private final List<MqttMessage> working = new ArrayList<>();
    private final Set<String> settled = new HashSet<>();
    private int published;

    /**
     * On this connection, each in its order; the broker sees an acknowledgement later, or never.
     */
    private final List<Sent> arrived = new ArrayList<>();

    private final List<Integer> acknowledged = new ArrayList<>();
    private int seen;

    @Property
    void acksAreInOrderAndNothingIsLeftBehind(
            @ForAll @Size(max = 80) List<@IntRange(max = 99) Integer> steps) {
        for (int step : steps) {
            if (step < 40) {
                publish();
            } else if (step < 70) {
                end(step, true);
            } else if (step < 77) {
                end(step, false);
                connectAgain();
            } else if (step < 85) {
                seeAcknowledgements();
            } else if (step < 97) {
                connectAgain();
            } else {
                loseTheSession();
            }
        }
        // a round for each that found no room before the one it waits for
        for (int round = 0; round <= published; round++) {
            while (!working.isEmpty()) {
                end(0, true);
            }
            seeAcknowledgements();
            connectAgain();
        }
        assertEquals(List.of(), unacknowledged);
    }

    private void publish() {
        int id = 1;
        while (isInUse(id)) {
            id++;
        }
        Sent message = new Sent(id, "value " + published++);
        unacknowledged.add(message);
        deliver(message);
    }

    private boolean isInUse(int id) {
        return unacknowledged.stream().anyMatch(sent -> sent.id() == id);
    }

    private void deliver(Sent sent) {
        MqttMessage message = new MqttMessage(sent.value().getBytes());
        message.setId(sent.id());
        message.setQos(1);
        int before = arrived.size();
        arrived.add(sent); // before, as it may be acknowledged at once
        Arrival arrival = acks.arrived("t", message);
        if (arrival == Arrival.NEW) {
            working.add(message);
        } else if (arrival == Arrival.NO_CAPACITY) {
            arrived.remove(before);
        }
    }

    private void end(int which, boolean isSettled) {
        if (!working.isEmpty()) {
            MqttMessage message = working.remove(which % working.size());
            if (isSettled) {
                settled.add(message.toString());
            }
            acks.onCompleted(message, isSettled);
        }
    }

    private void acknowledged(int id) {
        Sent next = arrived.get(acknowledged.size());
        assertEquals(next.id(), id, "in the order of arrival");
        assertTrue(settled.contains(next.value()), "only what may be");
        acknowledged.add(id);
    }

    private void seeAcknowledgements() {
        for (; seen < acknowledged.size(); seen++) {
            unacknowledged.remove(arrived.get(seen));
        }
    }

    private void connectAgain() {
        acks.disconnected();
        newConnection();
        List.copyOf(unacknowledged).forEach(this::deliver);
    }

    private void loseTheSession() {
        acks.sessionLost();
        newConnection();
        unacknowledged.clear();
    }

    private void newConnection() {
        arrived.clear();
        acknowledged.clear();
        seen = 0;
    }
}
