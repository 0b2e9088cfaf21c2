package io.pachube.bridge.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.mqtt.OrderedAcknowledger.Arrival;

import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class OrderedAcknowledgerTest {

    private final List<Integer> sent = new ArrayList<>();
    private final OrderedAcknowledger acks =
            new OrderedAcknowledger(() -> 1 << 20, (id, qos, last) -> sent.add(id));

    private static MqttMessage message(int id, String payload) {
        MqttMessage message = new MqttMessage(payload.getBytes());
        message.setId(id);
        message.setQos(1);
        return message;
    }

    private MqttMessage take(int id) {
        MqttMessage message = message(id, "v" + id);
        assertEquals(Arrival.NEW, acks.arrived("t", message));
        return message;
    }

    @Test
    void acknowledgementsLeaveInTheOrderOfArrival() {
        MqttMessage one = take(1);
        MqttMessage two = take(2);
        MqttMessage three = take(3);
        acks.onCompleted(three, true);
        acks.onCompleted(two, true);
        assertEquals(List.of(), sent);
        acks.onCompleted(one, true);
        assertEquals(List.of(1, 2, 3), sent);
    }

    @Test
    void aMessageThatHoldsTheOthersIsNamedOnce() {
        List<MqttMessage> taken = new ArrayList<>();
        for (int id = 1; id <= 20; id++) {
            taken.add(take(id));
        }
        taken.subList(1, 20).forEach(message -> acks.onCompleted(message, true));
        assertNull(acks.stuckTopic(), "more may arrive");
        assertEquals("t", acks.stuckTopic());
        assertNull(acks.stuckTopic(), "it was named");
        acks.onCompleted(taken.get(0), true);
        assertNull(acks.stuckTopic());
    }

    @Test
    void messagesThatAllWaitHoldNobody() {
        for (int id = 1; id <= 20; id++) {
            take(id);
        }
        assertNull(acks.stuckTopic());
        assertNull(acks.stuckTopic(), "an outage");
    }

    @Test
    void theLastThatThereCanBeIsSaidToBeIt() {
        List<Boolean> lasts = new ArrayList<>();
        OrderedAcknowledger some =
                new OrderedAcknowledger(() -> 1 << 20, (id, qos, last) -> lasts.add(last));
        List<MqttMessage> taken = new ArrayList<>();
        for (int id = 1; id <= 3; id++) {
            taken.add(message(id, "v"));
            some.arrived("t", taken.get(id - 1));
        }
        some.onCompleted(taken.get(0), true);
        some.onCompleted(taken.get(2), true);
        some.onCompleted(taken.get(1), true);
        assertEquals(List.of(false, false, true), lasts);
    }

    @Test
    void aCopyJoinsTheUnfinishedFirstOne() {
        MqttMessage one = take(1);
        MqttMessage two = take(2);
        acks.disconnected();
        assertEquals(Arrival.DUPLICATE, acks.arrived("t", message(1, "v1")));
        assertEquals(Arrival.DUPLICATE, acks.arrived("t", message(2, "v2")));
        acks.onCompleted(two, true);
        assertEquals(List.of(), sent);
        acks.onCompleted(one, true);
        assertEquals(List.of(1, 2), sent);
    }

    @Test
    void whatEndedWhileDisconnectedIsAcknowledgedWhenItsCopyComes() {
        MqttMessage one = take(1);
        acks.disconnected();
        acks.onCompleted(one, true);
        assertEquals(List.of(), sent);
        assertEquals(Arrival.DUPLICATE, acks.arrived("t", message(1, "v1")));
        assertEquals(List.of(1), sent);
    }

    @Test
    void anotherValueUnderAKnownIdIsNoCopy() {
        take(1);
        acks.disconnected();
        assertEquals(Arrival.NEW, acks.arrived("t", message(1, "another")));
        assertEquals(Arrival.NEW, acks.arrived("elsewhere", message(2, "v1")));
    }

    @Test
    void withANewSessionNothingIsACopyAndNothingOldIsAcknowledged() {
        MqttMessage old = take(1);
        acks.sessionLost();
        MqttMessage again = take(1);
        acks.onCompleted(old, true);
        assertEquals(List.of(), sent);
        acks.onCompleted(again, true);
        assertEquals(List.of(1), sent);
    }

    @Test
    void whatFailedIsNotAcknowledgedAndItsCopyIsTakenAnew() {
        MqttMessage one = take(1);
        MqttMessage two = take(2);
        acks.onCompleted(one, false);
        acks.onCompleted(two, true);
        assertEquals(List.of(), sent);
        acks.disconnected();
        MqttMessage copy = message(1, "v1");
        assertEquals(Arrival.NEW, acks.arrived("t", copy));
        assertEquals(Arrival.DUPLICATE, acks.arrived("t", message(2, "v2")));
        acks.onCompleted(copy, true);
        assertEquals(List.of(1, 2), sent);
    }

    @Test
    void whatARouteMakesOfAMessageCountsUntilItsWorkHasEnded() {
        MqttMessage one = take(1);
        MqttMessage two = take(2);
        acks.addCost(two, 1 << 20);
        assertFalse(acks.hasCapacity());
        acks.onCompleted(two, true);
        assertTrue(acks.hasCapacity());
        acks.addCost(one, 1 << 20);
        acks.disconnected();
        acks.onCompleted(one, false);
        assertTrue(acks.hasCapacity());
    }

    @Test
    void memoryIsBoundedAndWhatFoundNoRoomIsAskedForAgain() {
        OrderedAcknowledger small =
                new OrderedAcknowledger(() -> 3 * 2048, (id, qos, last) -> sent.add(id));
        List<MqttMessage> taken = new ArrayList<>();
        for (int id = 1; id <= 3; id++) {
            MqttMessage message = message(id, "v");
            assertEquals(Arrival.NEW, small.arrived("t", message));
            taken.add(message);
        }
        assertFalse(small.hasCapacity());
        assertEquals(Arrival.NO_CAPACITY, small.arrived("t", message(4, "v")));
        small.onCompleted(taken.get(0), true);
        assertEquals(
                Arrival.NO_CAPACITY,
                small.arrived("t", message(5, "v")),
                "5 before 4 would be out of order");
        small.onCompleted(taken.get(1), true);
        assertFalse(small.needsReconnect());
        small.onCompleted(taken.get(2), true);
        assertTrue(small.needsReconnect());
        assertEquals(List.of(1, 2, 3), sent);
        small.disconnected();
        assertEquals(Arrival.NEW, small.arrived("t", message(4, "v")));
    }

    /** Done behind one that is not, they are kept, and may be many. */
    @Test
    void aMessageCountsUntilItIsAcknowledged() {
        OrderedAcknowledger small =
                new OrderedAcknowledger(() -> 3 * 2048, (id, qos, last) -> sent.add(id));
        List<MqttMessage> taken = new ArrayList<>();
        for (int id = 1; id <= 3; id++) {
            taken.add(message(id, "v"));
            small.arrived("t", taken.get(id - 1));
        }
        small.onCompleted(taken.get(1), true);
        small.onCompleted(taken.get(2), true);
        assertFalse(small.hasCapacity());

        small.onCompleted(taken.get(0), true);
        assertTrue(small.hasAmpleCapacity());
    }

    /** A broker may lose messages that it had sent; they take no room for good. */
    @Test
    void whatIsDoneAndWhoseCopyDoesNotComeTakesNoRoom() {
        OrderedAcknowledger small =
                new OrderedAcknowledger(() -> 3 * 2048, (id, qos, last) -> sent.add(id));
        for (int round = 0; round < 10; round++) {
            List<MqttMessage> taken = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                MqttMessage message = message(10 * round + i, "v");
                assertEquals(Arrival.NEW, small.arrived("t", message));
                taken.add(message);
            }
            small.onCompleted(taken.get(2), true);
            small.disconnected();
            small.onCompleted(taken.get(0), true);
            small.onCompleted(taken.get(1), true);
            assertTrue(small.hasAmpleCapacity());
        }
        assertEquals(List.of(), sent);
    }

    @Test
    void whatWaitsIsPlentyUntilItHasEnded() {
        List<MqttMessage> taken = new ArrayList<>();
        for (int id = 1; id <= 100; id++) {
            taken.add(take(id));
        }
        assertFalse(acks.isBacklogged());

        taken.add(take(101));
        assertTrue(acks.isBacklogged());

        acks.onCompleted(taken.get(50), true); // behind others, not yet acknowledged
        assertFalse(acks.isBacklogged());
    }
}
