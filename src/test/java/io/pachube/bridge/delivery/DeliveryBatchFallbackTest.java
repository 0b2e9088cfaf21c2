package io.pachube.bridge.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Batches that are not allowed, where their messages may be. */
class DeliveryBatchFallbackTest extends DeliveryTestSupport {

    private final CountDownLatch go = new CountDownLatch(1);

    private static boolean isBatch(Exchange exchange) {
        return exchange.getProperty(ExchangePropertyKey.BATCH_SIZE) != null;
    }

    /** The keys are those of the messages, their first letter. */
    private List<Sent> sendAll(String... bodies) {
        List<Sent> all = new ArrayList<>();
        for (String body : bodies) {
            all.add(send(body.substring(0, 1), body));
        }
        return all;
    }

    private void ingest() throws Exception {
        ingest("delivery:x?orderingKey=${header.key}");
    }

    @ParameterizedTest
    @ValueSource(ints = {403, 404})
    void messagesOfAForbiddenBatchAreDeliveredAloneAndInOrder(int status) throws Exception {
        ingest();
        store(
                "?batchSize=10&batchKey=feed",
                e -> {
                    hold(go);
                    if (isBatch(e)) {
                        throw answer(status);
                    }
                });
        List<Sent> all = sendAll("a0", "a1", "b1", "a2", "b2");
        go.countDown();
        awaitDone(all);
        all.forEach(sent -> assertNull(sent.failure()));
        List<String> last = attempts.subList(attempts.size() - 5, attempts.size());
        assertEquals(
                List.of("a0", "a1", "a2"), last.stream().filter(a -> a.startsWith("a")).toList());
        assertEquals(List.of("b1", "b2"), last.stream().filter(b -> b.startsWith("b")).toList());
        assertTrue(attempts.size() <= (status == 404 ? 6 : 11), "" + attempts);
        attempts.clear();
        awaitDone(sendAll("a3", "b3"));
        assertEquals(List.of("a3", "b3"), attempts, "no batch is tried for a while");
    }

    @Test
    void aBatchOfWhichOneIsForbiddenAloneIsRejectedWithoutMoreRequests() throws Exception {
        ingest();
        store(
                "?batchSize=10&batchKey=feed",
                e -> {
                    hold(go);
                    if (!e.getIn().getBody(String.class).endsWith("0")) {
                        throw answer(404);
                    }
                });
        List<Sent> all = sendAll("a0", "a1", "b1", "a2", "b2");
        go.countDown();
        awaitDone(all);
        assertEquals(List.of("a0", "a1\nb1\na2\nb2", "a1"), attempts);
        assertEquals(4, delivery.statistics().rejected());
        attempts.clear();
        awaitDone(sendAll("c0"));
        assertEquals(List.of("c0"), attempts);
    }

    @Test
    void aMessageThatIsRejectedForItselfIsNoAnswerForTheOthers() throws Exception {
        ingest();
        store(
                "?batchSize=10&batchKey=feed",
                e -> {
                    hold(go);
                    if (isBatch(e)) {
                        throw answer(404);
                    }
                    if (e.getIn().getBody(String.class).equals("a1")) {
                        throw answer(422);
                    }
                });
        List<Sent> all = sendAll("a1", "b1", "c1");
        go.countDown();
        awaitDone(all);
        assertFailed(MessageRejectedException.class, all.get(0));
        assertNull(all.get(1).failure());
        assertNull(all.get(2).failure());
        assertEquals("b1", attempts.get(attempts.size() - 2));
        assertEquals("c1", attempts.get(attempts.size() - 1));
    }

    @Test
    void aRestrictedKeyIsNotTheNextOnes() throws Exception {
        ingest("delivery:x?orderingKey=${header.key}");
        store(
                "?batchSize=10&batchKey=${header.key}",
                e -> {
                    hold(go);
                    if (isBatch(e) && e.getIn().getBody(String.class).startsWith("a")) {
                        throw answer(404);
                    }
                });
        List<Sent> all = sendAll("b0", "b1", "b2", "a0", "a1", "a2");
        go.countDown();
        awaitDone(all);
        all.forEach(sent -> assertNull(sent.failure()));
        assertTrue(attempts.contains("b1\nb2"), "" + attempts);
        assertTrue(attempts.containsAll(List.of("a0", "a1", "a2")), "" + attempts);
    }
}
