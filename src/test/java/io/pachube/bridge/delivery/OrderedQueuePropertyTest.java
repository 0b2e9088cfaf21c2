package io.pachube.bridge.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Whatever is added, taken, retried, halved, removed and released: the messages of a key leave in
 * their order and one batch holds a key at a time, no batch mixes groups, and nothing is left.
 */
class OrderedQueuePropertyTest {

    /** The queue beside a model: a list of messages for each key, the oldest first. */
    private static final class World {
        final OrderedQueue queue = new OrderedQueue();
        final Map<String, Deque<PendingMessage>> model = new HashMap<>();
        final List<List<PendingMessage>> inFlight = new ArrayList<>();
        final List<List<PendingMessage>> delayed = new ArrayList<>();
        final List<PendingMessage> failing = new ArrayList<>();
        final Random random;
        int batchSize;
        int number;

        World(long seed, int batchSize) {
            this.random = new Random(seed);
            this.batchSize = batchSize;
            queue.setBatchSize(batchSize);
        }

        <T> T any(List<T> list) {
            return list.remove(random.nextInt(list.size()));
        }

        PendingMessage message(String key) {
            String text = "message " + number++;
            byte[] row = random.nextInt(4) == 0 ? null : text.getBytes();
            int batchKey = random.nextInt(6);
            return new PendingMessage(
                    null,
                    null,
                    null,
                    key,
                    random.nextInt(8) == 0 ? "x" : "",
                    null,
                    text,
                    row,
                    batchKey == 0 ? null : batchKey == 1 ? "other" : "feed");
        }

        void add() {
            PendingMessage message = message("key " + random.nextInt(4));
            queue.add(message, null);
            model.computeIfAbsent(message.retry.orderingKey, k -> new ArrayDeque<>()).add(message);
        }

        boolean isBusy(PendingMessage message) {
            return message.isHolding;
        }

        void take() {
            BatchGroup group = queue.nextReady();
            if (group == null) {
                return;
            }
            boolean isAlone = group.inFlight == 0;
            int eligible = group.eligible;
            PendingMessage first = queue.first(group);
            List<PendingMessage> before = new ArrayList<>();
            model.values().forEach(before::addAll);
            Set<String> held = new HashSet<>();
            before.stream().filter(this::isBusy).forEach(m -> held.add(m.retry.orderingKey));
            List<PendingMessage> batch = queue.take(group);

            assertTrue(isAlone || eligible >= batchSize, "neither full nor alone");
            assertEquals(first, batch.get(0));
            assertTrue(batch.size() <= batchSize, "too large");
            Map<String, List<PendingMessage>> byKey = new HashMap<>();
            for (PendingMessage message : batch) {
                String key = message.retry.orderingKey;
                assertFalse(held.contains(key), "the key is held");
                byKey.computeIfAbsent(key, k -> new ArrayList<>()).add(message);
                assertTrue(batch.size() == 1 || message.row != null, "must go alone");
                assertEquals(first.account, message.account);
                assertEquals(first.batchPart, message.batchPart);
                assertEquals(first.batchKey, message.batchKey);
                if (first.batchKey == null) {
                    assertEquals(first.retry.orderingKey, key);
                }
            }
            byKey.forEach(
                    (key, messages) ->
                            assertEquals(
                                    messages,
                                    model.get(key).stream().limit(messages.size()).toList(),
                                    "out of order"));
            inFlight.add(batch);
        }

        void gone(PendingMessage message) {
            Deque<PendingMessage> messages = model.get(message.retry.orderingKey);
            assertTrue(messages.remove(message));
            if (messages.isEmpty()) {
                model.remove(message.retry.orderingKey);
            }
        }

        void deliver() {
            if (!inFlight.isEmpty()) {
                List<PendingMessage> batch = any(inFlight);
                queue.ended(batch.get(0).group);
                batch.forEach(queue::release);
                batch.forEach(this::gone);
            }
        }

        /** Some fail for good, and hold their keys; the others are retried later. */
        void fail() {
            if (inFlight.isEmpty()) {
                return;
            }
            List<PendingMessage> batch = any(inFlight);
            List<PendingMessage> retried = new ArrayList<>();
            for (PendingMessage message : batch) {
                (random.nextInt(4) == 0 ? failing : retried).add(message);
            }
            if (retried.size() > 1 && random.nextBoolean()) {
                Object left = new Object();
                Object right = new Object();
                for (int i = 0; i < retried.size(); i++) {
                    retried.get(i).batchPart = i < retried.size() / 2 ? left : right;
                }
            }
            queue.putBack(retried);
            queue.ended(batch.get(0).group);
            if (!retried.isEmpty()) {
                delayed.add(retried);
            }
        }

        void retry() {
            if (!delayed.isEmpty()) {
                any(delayed).stream().filter(m -> m.isHolding).forEach(queue::unhold);
            }
        }

        void report() {
            if (!failing.isEmpty()) {
                PendingMessage message = any(failing);
                queue.release(message);
                gone(message);
            }
        }

        /** The exchange is handed over again: it keeps its place. */
        void again() {
            if (!failing.isEmpty()) {
                PendingMessage before = any(failing);
                if (model.get(before.retry.orderingKey).peek() != before) {
                    failing.add(before); // of a batch, one is handed over after the other
                    return;
                }
                PendingMessage message = message(before.retry.orderingKey);
                queue.addFirst(message);
                queue.release(before);
                gone(before);
                model.computeIfAbsent(message.retry.orderingKey, k -> new ArrayDeque<>())
                        .addFirst(message);
            }
        }

        void remove() {
            String key = "key " + random.nextInt(4);
            List<PendingMessage> removed =
                    queue.removeWaiting(m -> m.retry.orderingKey.equals(key) && number(m) % 3 == 0);
            List<PendingMessage> expected =
                    model.getOrDefault(key, new ArrayDeque<>()).stream()
                            .filter(m -> number(m) % 3 == 0)
                            .filter(m -> inFlight.stream().noneMatch(b -> b.contains(m)))
                            .filter(m -> !failing.contains(m))
                            .toList();
            assertEquals(expected, removed);
            delayed.forEach(batch -> batch.removeAll(removed));
            delayed.removeIf(List::isEmpty);
            removed.forEach(this::gone);
        }

        static int number(PendingMessage message) {
            return Integer.parseInt(message.body.toString().substring(8));
        }

        void resize() {
            batchSize = 1 + random.nextInt(4);
            queue.setBatchSize(batchSize);
        }

        void check() {
            assertEquals(model.values().stream().mapToInt(Deque::size).sum(), queue.size());
        }
    }

    @Property(tries = 3_000)
    void aKeyIsInOrderAndHasOneHolderAndNothingIsLeft(
            @ForAll @Size(max = 200) List<@IntRange(max = 15) Integer> steps,
            @ForAll @IntRange(min = 1, max = 4) int batchSize,
            @ForAll long seed) {
        World world = new World(seed, batchSize);
        for (int step : steps) {
            switch (step) {
                case 0, 1, 2, 3, 4 -> world.add();
                case 5, 6, 7 -> world.take();
                case 8, 9 -> world.deliver();
                case 10 -> world.fail();
                case 11 -> world.retry();
                case 12 -> world.report();
                case 13 -> world.again();
                case 14 -> world.remove();
                default -> world.resize();
            }
            world.check();
        }
        for (int i = 0; world.queue.size() > 0; i++) {
            assertTrue(i < 10_000, "stuck with " + world.queue.size());
            world.take();
            world.retry();
            world.report();
            world.deliver();
            world.check();
        }
        assertNull(world.queue.nextReady());
        assertEquals(0, world.queue.groups());
    }
}
