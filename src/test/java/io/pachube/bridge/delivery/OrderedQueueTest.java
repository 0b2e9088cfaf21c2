package io.pachube.bridge.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class OrderedQueueTest {

    private final OrderedQueue queue = new OrderedQueue();

    private static PendingMessage message(
            String key, String batchKey, String account, String text) {
        byte[] row = text.startsWith("alone") ? null : text.getBytes();
        return new PendingMessage(null, null, null, key, account, null, text, row, batchKey);
    }

    private PendingMessage add(String key, String text) {
        return add(key, null, text);
    }

    private PendingMessage add(String key, String batchKey, String text) {
        PendingMessage message = message(key, batchKey, "", text);
        queue.add(message, null);
        return message;
    }

    /** Takes the next batch; null if nothing may start. */
    private List<PendingMessage> take() {
        BatchGroup group = queue.nextReady();
        if (group == null) {
            return null;
        }
        PendingMessage first = queue.first(group);
        List<PendingMessage> batch = queue.take(group);
        assertEquals(first, batch.get(0));
        return batch;
    }

    private static List<Object> texts(List<PendingMessage> batch) {
        return batch == null ? null : batch.stream().map(message -> message.body).toList();
    }

    /** The batch was delivered. */
    private void deliver(List<PendingMessage> batch) {
        queue.ended(batch.get(0).group);
        batch.forEach(queue::release);
    }

    /** The batch failed, and may be retried at once. */
    private void fail(List<PendingMessage> batch) {
        queue.putBack(batch);
        batch.forEach(queue::unhold);
        queue.ended(batch.get(0).group);
    }

    private void assertEmpty() {
        assertNull(queue.nextReady());
        assertEquals(0, queue.size());
        assertEquals(0, queue.groups());
    }

    @Test
    void messagesOfAKeyLeaveOneAfterTheOther() {
        add("a", "a1");
        add("a", "a2");
        List<PendingMessage> first = take();
        assertEquals(List.of("a1"), texts(first));
        assertNull(take());
        deliver(first);
        List<PendingMessage> second = take();
        assertEquals(List.of("a2"), texts(second));
        deliver(second);
        assertEmpty();
    }

    @Test
    void keysLeaveInParallelInTheOrderOfArrival() {
        for (String key : List.of("a", "b", "c")) {
            add(key, key + 1);
            add(key, key + 2);
        }
        List<Object> taken = new ArrayList<>();
        for (List<PendingMessage> batch = take(); batch != null; batch = take()) {
            taken.addAll(texts(batch));
        }
        assertEquals(List.of("a1", "b1", "c1"), taken);
    }

    @Test
    void aMessageThatFailsIsNextAgain() {
        add("a", "a1");
        add("a", "a2");
        fail(take());
        assertEquals(List.of("a1"), texts(take()));
        assertNull(take());
    }

    @Test
    void aMessageThatWaitsForItsRetryHoldsItsKey() {
        add("a", "a1");
        add("a", "a2");
        List<PendingMessage> first = take();
        queue.putBack(first);
        queue.ended(first.get(0).group);
        assertNull(take());
        queue.unhold(first.get(0));
        assertEquals(List.of("a1"), texts(take()));
    }

    @Test
    void aMessageThatIsHandedOverAgainKeepsItsPlace() {
        add("a", "a1");
        add("a", "a2");
        List<PendingMessage> first = take();
        queue.ended(first.get(0).group);
        PendingMessage again = message("a", null, "", "a1 again");
        queue.addFirst(again);
        assertNull(take());
        queue.release(first.get(0));
        List<PendingMessage> batch = take();
        assertEquals(List.of("a1 again"), texts(batch));
        deliver(batch);
        deliver(take());
        assertEmpty();
    }

    @Test
    void messagesThatWaitedTogetherLeaveInOneBatch() {
        queue.setBatchSize(3);
        add("a", "a1");
        List<PendingMessage> first = take();
        assertEquals(List.of("a1"), texts(first));
        for (int i = 2; i <= 5; i++) {
            add("a", "a" + i);
        }
        assertNull(take(), "a key has one attempt at a time");
        deliver(first);
        List<PendingMessage> second = take();
        assertEquals(List.of("a2", "a3", "a4"), texts(second));
        deliver(second);
        List<PendingMessage> third = take();
        assertEquals(List.of("a5"), texts(third));
        deliver(third);
        assertEmpty();
    }

    @Test
    void aMessageWithoutRowLeavesAlone() {
        queue.setBatchSize(5);
        for (String text : List.of("a1", "a2", "alone 3", "a4", "a5")) {
            add("a", text);
        }
        List<List<Object>> batches = new ArrayList<>();
        for (List<PendingMessage> batch = take(); batch != null; batch = take()) {
            batches.add(texts(batch));
            deliver(batch);
        }
        assertEquals(
                List.of(List.of("a1", "a2"), List.of("alone 3"), List.of("a4", "a5")), batches);
        assertEmpty();
    }

    @Test
    void accountsShareNoBatch() {
        queue.setBatchSize(5);
        for (String account : List.of("x", "x", "y", "x")) {
            queue.add(message("a", null, account, account), null);
        }
        List<List<Object>> batches = new ArrayList<>();
        for (List<PendingMessage> batch = take(); batch != null; batch = take()) {
            batches.add(texts(batch));
            deliver(batch);
        }
        assertEquals(List.of(List.of("x", "x"), List.of("y"), List.of("x")), batches);
    }

    @Test
    void aBatchTakesTheKeysOfItsBatchKey() {
        queue.setBatchSize(3);
        add("a", "feed", "a1");
        add("b", "feed", "b1");
        add("c", "other feed", "c1");
        add("a", "feed", "a2");
        assertEquals(List.of("a1", "b1", "a2"), texts(take()));
        assertEquals(List.of("c1"), texts(take()));
        assertNull(take());
    }

    @Test
    void theNextBatchOfAGroupStartsWhenItIsFullOrWhenNoneIsInFlight() {
        queue.setBatchSize(2);
        add("a", "feed", "a1");
        List<PendingMessage> first = take();
        add("b", "feed", "b1");
        assertNull(take(), "neither full nor alone");
        add("c", "feed", "c1");
        List<PendingMessage> second = take();
        assertEquals(List.of("b1", "c1"), texts(second));
        add("d", "feed", "d1");
        deliver(second);
        assertNull(take(), "the first is in flight");
        deliver(first);
        List<PendingMessage> third = take();
        assertEquals(List.of("d1"), texts(third));
        deliver(third);
        assertEmpty();
    }

    @Test
    void aBatchThatIsNotFullAnyMoreDoesNotStart() {
        queue.setBatchSize(2);
        add("a", "feed", "a1");
        List<PendingMessage> first = take();
        PendingMessage b = add("b", "feed", "b1");
        add("c", "feed", "c1");
        queue.removeWaiting(message -> message == b);
        assertNull(take());
        deliver(first);
        assertEquals(List.of("c1"), texts(take()));
    }

    @Test
    void aBatchSkipsKeysInFlight() {
        queue.setBatchSize(2);
        add("a", "feed", "a1");
        List<PendingMessage> first = take();
        for (String text : List.of("a2", "b1", "a3", "c1")) {
            add(text.substring(0, 1), "feed", text);
        }
        List<PendingMessage> second = take();
        assertEquals(List.of("b1", "c1"), texts(second));
        deliver(first);
        deliver(second);
        assertEquals(List.of("a2", "a3"), texts(take()));
    }

    @Test
    void halvesOfARefusedBatchLeaveTheLeftOneFirst() {
        queue.setBatchSize(4);
        for (int i = 1; i <= 6; i++) {
            add("a", "a" + i);
        }
        List<PendingMessage> refused = take();
        Object left = new Object();
        Object right = new Object();
        for (int i = 0; i < 4; i++) {
            refused.get(i).batchPart = i < 2 ? left : right;
        }
        fail(refused);
        List<List<Object>> batches = new ArrayList<>();
        for (List<PendingMessage> batch = take(); batch != null; batch = take()) {
            batches.add(texts(batch));
            deliver(batch);
        }
        assertEquals(
                List.of(List.of("a1", "a2"), List.of("a3", "a4"), List.of("a5", "a6")), batches);
    }

    /** A consumer route may be replaced by one with another batch key, or start late. */
    @Test
    void aKeyIsInOrderThoughItsMessagesHaveDifferentBatchKeys() {
        queue.setBatchSize(2);
        add("a", null, "a1");
        add("a", "feed", "a2");
        add("a", "other feed", "a3");
        add("b", "feed", "b1");
        List<PendingMessage> first = take();
        assertEquals(List.of("a1"), texts(first));
        List<PendingMessage> other = take();
        assertEquals(List.of("b1"), texts(other));
        assertNull(take());
        deliver(other);
        assertNull(take());
        deliver(first);
        List<PendingMessage> second = take();
        assertEquals(List.of("a2"), texts(second));
        assertNull(take());
        deliver(second);
        deliver(take());
        assertEmpty();
    }

    @Test
    void messagesThatWaitAreRemovedAndOthersAreNot() {
        PendingMessage flying = add("a", "a1");
        take();
        PendingMessage waiting = add("a", "a2");
        PendingMessage other = add("b", "b1");
        assertEquals(List.of(waiting), queue.removeWaiting(message -> message != other));
        assertEquals(List.of("b1"), texts(take()));
        assertEquals(2, queue.size());
        deliver(List.of(flying));
        deliver(List.of(other));
        assertEmpty();
    }

    @Test
    void aMessageThatWaitsForItsRetryIsRemovedAndFreesItsKey() {
        queue.setBatchSize(2);
        for (int i = 1; i <= 4; i++) {
            add("a", "a" + i);
        }
        List<PendingMessage> batch = take();
        queue.putBack(batch);
        queue.ended(batch.get(0).group);
        assertEquals(batch, queue.removeWaiting(batch::contains));
        assertEquals(List.of("a3", "a4"), texts(take()));
    }

    @Test
    void aKeyWithoutMessagesLeavesNothingBehind() {
        queue.setBatchSize(3);
        for (int i = 0; i < 10_000; i++) {
            add("key " + i, i % 2 == 0 ? null : "feed " + i % 7, "x");
        }
        assertFalse(queue.hasReady() && queue.size() == 0);
        for (List<PendingMessage> batch = take(); batch != null; batch = take()) {
            assertNotNull(batch.get(0));
            deliver(batch);
        }
        assertEmpty();
    }
}
