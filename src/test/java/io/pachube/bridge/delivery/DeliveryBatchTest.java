package io.pachube.bridge.delivery;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;

import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/** Batches, and the halves of a refused one. */
class DeliveryBatchTest extends DeliveryTestSupport {

    private static final String BY_KEY = "delivery:x?orderingKey=${header.key}";

    private final CountDownLatch go = new CountDownLatch(1);

    /** The first attempt is held, so that the others gather. */
    private List<Sent> gather(int count) {
        List<Sent> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(send("a", "m" + i));
        }
        return all;
    }

    @Test
    void messagesThatWaitShareARequest() throws Exception {
        ingest(BY_KEY);
        store("?batchSize=3", e -> hold(go));
        List<Sent> all = gather(8);
        go.countDown();
        awaitDone(all);
        assertEquals(List.of("m0", "m1\nm2\nm3", "m4\nm5\nm6", "m7"), attempts);
        assertEquals(8, delivery.statistics().delivered());
    }

    @Test
    void aBatchThatFailsIsRetriedAsAWhole() throws Exception {
        ingest(BY_KEY);
        store(
                "?batchSize=5",
                e -> {
                    hold(go);
                    if (e.getIn().getBody(String.class).contains("\n") && attempts.size() < 4) {
                        throw new ConnectException();
                    }
                });
        List<Sent> all = gather(4);
        go.countDown();
        awaitDone(all);
        all.forEach(sent -> assertNull(sent.failure()));
        assertEquals(
                List.of("m0", "m1\nm2\nm3", "m1\nm2\nm3", "m1\nm2\nm3"), List.copyOf(attempts));
    }

    @Test
    void ofARefusedBatchTheBadMessageIsRejectedAndTheOthersAreDeliveredInOrder() throws Exception {
        List<String> stored = new ArrayList<>();
        ingest(BY_KEY);
        store(
                "?batchSize=10",
                e -> {
                    hold(go);
                    String body = e.getIn().getBody(String.class);
                    if (body.contains("m4") || body.contains("m7")) {
                        throw answer(body.length() % 2 == 0 ? 400 : 422);
                    }
                    body.lines().forEach(stored::add);
                });
        List<Sent> all = gather(11);
        go.countDown();
        awaitDone(all);
        List<String> good = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            if (i == 4 || i == 7) {
                MessageRejectedException failure =
                        assertFailed(MessageRejectedException.class, all.get(i));
                assertTrue(failure.getCause().getMessage().contains("http://target.test"));
            } else {
                assertNull(all.get(i).failure());
                good.add("m" + i);
            }
        }
        assertEquals(good, stored);
        assertEquals(2, delivery.statistics().rejected());
        assertEquals(9, delivery.statistics().delivered());
    }

    /** A step that changes the body runs for each half. */
    @Test
    void aHalfRunsTheWholeRoute() throws Exception {
        ingest(BY_KEY);
        List<String> sent = new ArrayList<>();
        routes(
                r ->
                        r.from("delivery:x?batchSize=10")
                                .errorHandler(r.noErrorHandler())
                                .process(e -> hold(go))
                                .setBody(r.simple("row:${bodyAs(String)}"))
                                .process(
                                        e -> {
                                            String body = e.getIn().getBody(String.class);
                                            sent.add(body);
                                            if (body.contains("m3")) {
                                                throw answer(400);
                                            }
                                        }));
        List<Sent> all = gather(6);
        go.countDown();
        awaitDone(all);
        assertEquals(1, all.stream().filter(s -> s.failure() != null).count());
        assertEquals(
                List.of(
                        "row:m0",
                        "row:m1\nm2\nm3\nm4\nm5",
                        "row:m1\nm2\nm3",
                        "row:m1\nm2",
                        "row:m3",
                        "row:m4\nm5"),
                sent);
    }

    @Test
    void anotherStatusDoesNotHalveABatch() throws Exception {
        ingest(BY_KEY);
        store(
                "?batchSize=10",
                e -> {
                    hold(go);
                    if (e.getIn().getBody(String.class).contains("m1")) {
                        throw answer(401);
                    }
                });
        List<Sent> all = gather(4);
        go.countDown();
        awaitDone(all);
        assertEquals(List.of("m0", "m1\nm2\nm3"), attempts);
        assertEquals(3, delivery.statistics().rejected());
    }

    @Test
    void keysOfABatchKeyShareARequestAndAreInOrder() throws Exception {
        Set<String> concurrent = ConcurrentHashMap.newKeySet();
        List<String> overlaps = new ArrayList<>();
        ingest(BY_KEY);
        store(
                "?batchSize=4&batchKey=feed",
                e -> {
                    hold(go);
                    for (String line : e.getIn().getBody(String.class).split("\n")) {
                        String key = line.substring(0, 1);
                        if (!concurrent.add(key) && !line.contains("again")) {
                            overlaps.add(line);
                        }
                    }
                    e.getIn()
                            .getBody(String.class)
                            .lines()
                            .forEach(line -> concurrent.remove(line.substring(0, 1)));
                });
        List<Sent> all = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            for (String key : List.of("a", "b", "c")) {
                all.add(send(key, key + i));
            }
        }
        go.countDown();
        awaitDone(all);
        List<String> lines = attempts.stream().flatMap(String::lines).toList();
        assertEquals(18, lines.size());
        for (String key : List.of("a", "b", "c")) {
            List<String> own = lines.stream().filter(line -> line.startsWith(key)).toList();
            assertEquals(own.stream().sorted().toList(), own);
        }
        assertTrue(attempts.stream().anyMatch(body -> body.lines().count() == 4), "" + attempts);
        assertEquals(0, target("x").groups());
    }

    @Test
    void accountsAndBodiesOfSeveralLinesShareNoRequest() throws Exception {
        ingest(BY_KEY + "&account=${header.account}");
        store("?batchSize=10", e -> hold(go));
        List<Sent> all =
                new ArrayList<>(
                        Stream.of("m0", "m1", "two\nlines", "m2", "m3")
                                .map(body -> send("a", body))
                                .toList());
        go.countDown();
        awaitDone(all);
        assertEquals(List.of("m0", "m1", "two\nlines", "m2\nm3"), attempts);
    }

    @Test
    void aBatchFormatOfTheRegistryIsUsed() throws Exception {
        context.getRegistry()
                .bind(
                        "json",
                        new BatchFormat() {
                            @Override
                            public byte[] toRow(Exchange exchange, byte[] body) {
                                return body;
                            }

                            @Override
                            public byte[] join(List<byte[]> rows) {
                                return ("["
                                                + String.join(
                                                        ",",
                                                        rows.stream().map(String::new).toList())
                                                + "]")
                                        .getBytes();
                            }
                        });
        ingest(BY_KEY);
        store("?batchSize=10&batchFormat=json", e -> hold(go));
        List<Sent> all = gather(3);
        go.countDown();
        awaitDone(all);
        assertEquals(List.of("[m0]", "[m1,m2]"), attempts);
    }

    @Test
    void aFormatThatFailsFailsTheAttempt() throws Exception {
        context.getRegistry()
                .bind(
                        "broken",
                        new BatchFormat() {
                            @Override
                            public byte[] toRow(Exchange exchange, byte[] body) {
                                return body;
                            }

                            @Override
                            public byte[] join(List<byte[]> rows) {
                                throw new IllegalStateException("expected");
                            }
                        });
        ingest(BY_KEY);
        store("?batchSize=10&batchFormat=broken&retryTimeout=50", e -> {});
        assertFailed(MessageAbandonedException.class, send("a", "1"));
        awaitIdle();
    }

    @Test
    void revokedMessagesLeaveTheirBatch() throws Exception {
        ingest(BY_KEY);
        routes(r -> r.from("direct:other").routeId("other").to(BY_KEY));
        store("?batchSize=10", e -> hold(go));
        List<Sent> all = new ArrayList<>(gather(2));
        Sent gone =
                send(
                        "direct:other",
                        org.apache.camel.ExchangePattern.InOnly,
                        "gone",
                        java.util.Map.of("key", "a"));
        all.addAll(gather(2));
        await().atMost(LONG).until(() -> attempts.size() == 1);
        delivery.revokeFrom(List.of("other"));
        assertFailed(MessageRevokedException.class, gone);
        go.countDown();
        awaitDone(all);
        assertEquals(List.of("m0", "m1\nm0\nm1"), attempts);
        assertEquals(List.of("gone"), revoked);
        assertEquals(new TreeSet<>(), delivery.outages());
    }

    @Test
    void whatASourceHandsOverTogetherSharesARequest() throws Exception {
        ingest(BY_KEY);
        store("?batchSize=10&batchKey=feed", e -> {});
        delivery.cork();
        List<Sent> all =
                new ArrayList<>(List.of(send("a", "a1"), send("b", "b1"), send("a", "a2")));
        assertEquals(List.of(), attempts);
        delivery.uncork();
        awaitDone(all);
        assertEquals(List.of("a1\nb1\na2"), attempts);
    }

    @Test
    void aFullBatchIsNotHeldBack() throws Exception {
        ingest(BY_KEY);
        store("?batchSize=2&batchKey=feed", e -> {});
        delivery.cork();
        awaitDone(List.of(send("a", "a1"), send("b", "b1")));
        delivery.uncork();
        assertEquals(List.of("a1\nb1"), attempts);
    }

    @Test
    void aSourceThatDoesNotComeBackHoldsNothingForLong() throws Exception {
        ingest(BY_KEY);
        store("?batchSize=10", e -> {});
        delivery.cork();
        try {
            awaitDone(List.of(send("a", "a1")));
        } finally {
            delivery.uncork();
        }
        assertEquals(List.of("a1"), attempts);
    }

    @Test
    void aMessageThatMakesTheServerFailDelaysNoOther() throws Exception {
        ingest(BY_KEY);
        store(
                "?batchSize=10&batchKey=feed&retryTimeout=600000",
                e -> {
                    hold(go);
                    if (e.getIn().getBody(String.class).contains("bad")) {
                        throw answer(500);
                    }
                });
        List<Sent> good = new ArrayList<>();
        good.add(send("first", "m0"));
        for (int i = 1; i < 8; i++) {
            good.add(send("k" + i, "m" + i));
        }
        Sent bad = send("k9", "bad");
        go.countDown();
        await().atMost(LONG).until(() -> good.stream().allMatch(sent -> sent.isDone));
        good.forEach(sent -> assertNull(sent.failure()));
        assertEquals(false, bad.isDone);
        delivery.beginShutdown();
        delivery.cancelAttempts();
        await().atMost(LONG).until(() -> bad.isDone);
    }
}
