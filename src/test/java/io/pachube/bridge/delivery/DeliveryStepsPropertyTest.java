package io.pachube.bridge.delivery;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.apache.camel.AsyncProducer;
import org.apache.camel.Exchange;
import org.apache.camel.SafeCopyProperty;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.component.http.HttpComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.errorhandler.DeadLetterChannelDefinition;
import org.apache.camel.model.errorhandler.DefaultErrorHandlerDefinition;
import org.apache.camel.processor.aggregate.UseLatestAggregationStrategy;
import org.apache.camel.support.SynchronizationAdapter;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whatever legal steps stand in both routes, before and after the hand-over and the request: each
 * message is delivered, skipped or rejected as the documentation says, in the order of its key, and
 * nothing is left.
 */
class DeliveryStepsPropertyTest {

    private static final int MESSAGES = 15;

    private enum Step {
        REMOVE_HEADERS,
        REMOVE_PROPERTIES,
        REMOVE_VARIABLES,
        SET_BODY,
        SET_HEADER,
        FILTER,
        STOP_SOME,
        SPLIT,
        MULTICAST,
        LOG,
        DELAY,
        WIRE_TAP,
        FAILING_WIRE_TAP,
        AGGREGATE,
        DO_TRY,
        SUB_ROUTE,
        NESTED,
        THROW_ONCE,
        THROW_ONCE_IN_SUB_ROUTE,
        ERROR_ONCE,
        ERROR_ONCE_IN_SUB_ROUTE,
        REJECT_SOME
    }

    private static final Set<Step> ASYNCHRONOUS = EnumSet.of(Step.DELAY, Step.NESTED);

    /** Identifies a message whatever steps do to it. */
    private record Number(int number) implements SafeCopyProperty {

        static Number of(Exchange exchange) {
            return exchange.getExchangeExtension().getSafeCopyProperty("number", Number.class);
        }

        String key() {
            return "key " + number % 3;
        }

        boolean isStopped() {
            return number % 5 == 1;
        }

        boolean isRejectedByAStep() {
            return number % 7 == 2;
        }

        boolean isRefusedByTheTarget() {
            return number % 6 == 3;
        }

        boolean fails() {
            return number % 2 == 0;
        }

        @Override
        public SafeCopyProperty safeCopy() {
            return this;
        }
    }

    private enum Outcome {
        /** Ended before the hand-over. */
        NONE,
        DELIVERED,
        SKIPPED,
        REJECTED
    }

    /** One context with its routes and its target. */
    private static final class World implements AutoCloseable {
        final List<Step> beforeHandOver;
        final List<Step> afterHandOver;
        final List<Step> beforeRequest;
        final List<Step> afterRequest;
        final List<Integer> answers;
        final DefaultCamelContext context = new DefaultCamelContext();
        final DeliveryComponent delivery = new DeliveryComponent();
        final HttpServer server;
        final ExecutorService serverThreads = Executors.newCachedThreadPool();
        final DeliveryHttpClient client;
        final AtomicInteger requests = new AtomicInteger();
        final Map<String, List<Integer>> stored = new ConcurrentHashMap<>();
        final Set<String> once = ConcurrentHashMap.newKeySet();
        final Map<Integer, Throwable> failed = new ConcurrentHashMap<>();
        final Set<Integer> ended = ConcurrentHashMap.newKeySet();
        final Set<Integer> revoked = ConcurrentHashMap.newKeySet();

        World(
                List<Step> beforeHandOver,
                List<Step> afterHandOver,
                List<Step> beforeRequest,
                List<Step> afterRequest,
                List<Integer> answers,
                boolean hasOnException,
                boolean isHost)
                throws Exception {
            // an Error before the hand-over is the matter of the consumer and of Camel
            this.beforeHandOver = legal(beforeHandOver, true);
            this.afterHandOver = legal(afterHandOver, false);
            this.beforeRequest = legal(beforeRequest, false);
            this.afterRequest = legal(afterRequest, beforeRequest.contains(Step.DELAY));
            this.answers = answers;
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(serverThreads);
            server.createContext("/", this::answer);
            server.start();
            context.disableJMX();
            context.getShutdownStrategy().setTimeUnit(TimeUnit.MILLISECONDS);
            context.getShutdownStrategy().setTimeout(100);
            context.getShutdownStrategy().setLogInflightExchangesOnTimeout(false);
            delivery.getConfiguration().setRetryInitialDelay(1);
            delivery.getConfiguration().setRetryMaxDelay(2);
            delivery.setDefaultOrderingKey(exchange -> numberOf(exchange).key());
            delivery.setListener(
                    new DeliveryListener() {
                        @Override
                        public void onRevoked(Exchange exchange) {
                            revoked.add(numberOf(exchange).number);
                        }
                    });
            context.addComponent("delivery", delivery);
            client =
                    delivery.newHttpClient(
                            () ->
                                    HttpClients.custom()
                                            .disableAutomaticRetries()
                                            .setConnectionManager(
                                                    new PoolingHttpClientConnectionManager())
                                            .build());
            HttpComponent http = new HttpComponent();
            http.setHttpActivityListener(new ExchangeInHttpContext());
            context.addComponent("http", http);
            context.getRegistry().bind("client", client);
            if (isHost) {
                addErrorPoliciesOfAHost();
            }
            context.addRoutes(
                    new RouteConfigurationBuilder() {
                        @Override
                        public void configuration() {
                            routeConfiguration("attempt").errorHandler(noErrorHandler());
                        }
                    });
            context.addRoutes(routes(hasOnException));
            context.start();
        }

        /** An Error behind an asynchronous step is found by the deadline only. */
        private static List<Step> legal(List<Step> steps, boolean isAsynchronous) {
            List<Step> legal = new ArrayList<>();
            boolean isLost = isAsynchronous;
            for (Step step : steps) {
                boolean isError = step == Step.ERROR_ONCE || step == Step.ERROR_ONCE_IN_SUB_ROUTE;
                legal.add(isError && isLost ? Step.THROW_ONCE : step);
                isLost |= step == Step.DELAY;
            }
            return legal;
        }

        private void addErrorPoliciesOfAHost() throws Exception {
            context.getCamelContextExtension()
                    .setErrorHandlerFactory(new DeadLetterChannelDefinition("direct:dead"));
            context.addRoutes(
                    new RouteConfigurationBuilder() {
                        @Override
                        public void configuration() {
                            routeConfiguration()
                                    .onException(Throwable.class)
                                    .handled(true)
                                    .to("direct:dead");
                        }
                    });
        }

        private RouteBuilder routes(boolean hasOnException) {
            return new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:dead").process(e -> {});
                    from("direct:noop").process(e -> {});
                    from("direct:fail").errorHandler(noErrorHandler()).process(World::fail);
                    from("direct:throw").process(e -> failOnce(e, "sub", false));
                    from("direct:error").process(e -> failOnce(e, "sub error", true));
                    from("delivery:y").routeConfigurationId("attempt").to("direct:noop");
                    ProcessorDefinition<?> ingest =
                            from("direct:in").routeId("ingest").errorHandler(noErrorHandler());
                    ingest = insert(ingest, beforeHandOver, "a");
                    ingest = ingest.to("delivery:x");
                    insert(ingest, afterHandOver, "b");

                    // as the loader does
                    RouteDefinition route = from("delivery:x").routeId("store");
                    route.routeConfigurationId("attempt");
                    ProcessorDefinition<?> store = route;
                    if (hasOnException) {
                        route.setErrorHandlerFactory(new DefaultErrorHandlerDefinition());
                        store =
                                route.onException(Exception.class)
                                        .handled(true)
                                        .to("direct:noop")
                                        .end();
                    }
                    store = insert(store, beforeRequest, "c");
                    store =
                            store.process(World::identify)
                                    .to(
                                            "http://127.0.0.1:"
                                                    + server.getAddress().getPort()
                                                    + "/?httpMethod=PUT&httpClient=#client");
                    insert(store, afterRequest, "d");
                }
            };
        }

        private ProcessorDefinition<?> insert(
                ProcessorDefinition<?> route, List<Step> steps, String position) {
            ProcessorDefinition<?> end = route;
            for (int i = 0; i < steps.size(); i++) {
                end = insert(end, steps.get(i), position + i);
            }
            return end;
        }

        private ProcessorDefinition<?> insert(
                ProcessorDefinition<?> route, Step step, String position) {
            RouteBuilder dsl =
                    new RouteBuilder(context) {
                        @Override
                        public void configure() {}
                    };
            return switch (step) {
                case REMOVE_HEADERS -> route.removeHeaders("*");
                case REMOVE_PROPERTIES -> route.removeProperties("*");
                case REMOVE_VARIABLES -> route.removeVariable("*");
                case SET_BODY -> route.setBody(dsl.constant("another body"));
                case SET_HEADER -> route.setHeader("another", dsl.constant("header"));
                case FILTER -> route.filter(e -> false).to("direct:fail").end();
                case STOP_SOME -> route.filter(e -> numberOf(e).isStopped()).stop().end();
                case SPLIT -> route.split(dsl.constant(List.of(1, 2))).to("direct:noop").end();
                case MULTICAST -> route.multicast().to("direct:noop", "direct:noop").end();
                case LOG -> route.log("a message");
                case DELAY -> route.delay(1).asyncDelayed().end();
                case WIRE_TAP -> route.wireTap("direct:noop").end();
                case FAILING_WIRE_TAP -> route.wireTap("direct:fail").end();
                case AGGREGATE ->
                        route.aggregate(dsl.constant(true), new UseLatestAggregationStrategy())
                                .completionSize(2)
                                .to("direct:noop")
                                .end();
                case DO_TRY ->
                        route.doTry()
                                .to("direct:fail")
                                .doCatch(Exception.class)
                                .to("direct:noop")
                                .end();
                case SUB_ROUTE -> route.to("direct:noop");
                case NESTED -> route.to("delivery:y");
                case THROW_ONCE -> route.process(e -> failOnce(e, position, false));
                case THROW_ONCE_IN_SUB_ROUTE -> route.to("direct:throw");
                case ERROR_ONCE -> route.process(e -> failOnce(e, position, true));
                case ERROR_ONCE_IN_SUB_ROUTE -> route.to("direct:error");
                case REJECT_SOME ->
                        route.process(
                                e -> {
                                    if (numberOf(e).isRejectedByAStep()) {
                                        throw new RejectedException("by a step");
                                    }
                                });
            };
        }

        private static void fail(Exchange exchange) {
            throw new IllegalStateException("expected");
        }

        private void failOnce(Exchange exchange, String position, boolean withError) {
            Number number = numberOf(exchange);
            if (number.fails() && once.add(position + number)) {
                if (withError) {
                    throw new ExpectedError();
                }
                throw new IllegalStateException("expected once");
            }
        }

        /** An attempt's exchange has none of its own. */
        private static Number numberOf(Exchange exchange) {
            Number own = Number.of(exchange);
            return own != null
                    ? own
                    : numberOf(AttemptExchange.attempt(exchange).messages.get(0).exchange);
        }

        private static void identify(Exchange exchange) {
            exchange.getIn().setHeader("X-Number", numberOf(exchange).number);
            exchange.getIn().setBody("body");
        }

        private void answer(HttpExchange http) throws IOException {
            try (http) {
                http.getRequestBody().readAllBytes();
                Number number =
                        new Number(Integer.parseInt(http.getRequestHeaders().getFirst("X-Number")));
                int request = requests.getAndIncrement();
                int status = answers.get(request % answers.size());
                if (status == 200 && number.isRefusedByTheTarget()) {
                    status = 400;
                }
                if (status == 200) {
                    stored.computeIfAbsent(
                                    number.key(),
                                    k -> Collections.synchronizedList(new ArrayList<>()))
                            .add(number.number);
                }
                http.sendResponseHeaders(status, -1);
            }
        }

        void send(int number) throws Exception {
            Exchange exchange = context.getEndpoint("direct:in").createExchange();
            exchange.getIn().setBody("value " + number);
            exchange.getIn().setHeader("header", number);
            exchange.setVariable("variable", number);
            exchange.getExchangeExtension().setSafeCopyProperty("number", new Number(number));
            exchange.getExchangeExtension()
                    .addOnCompletion(
                            new SynchronizationAdapter() {
                                @Override
                                public void onDone(Exchange done) {
                                    if (done.getException() != null) {
                                        failed.put(number, done.getException());
                                    }
                                    ended.add(number);
                                }
                            });
            AsyncProducer producer = context.getEndpoint("direct:in").createAsyncProducer();
            producer.process(exchange, doneSync -> {});
        }

        /** What the documentation says of a message. */
        Outcome expected(Number number) {
            boolean mayFail = number.fails();
            for (Step step : beforeHandOver) {
                if (step == Step.STOP_SOME && number.isStopped()
                        || step == Step.REJECT_SOME && number.isRejectedByAStep()
                        || isFailure(step) && mayFail) {
                    return Outcome.NONE;
                }
            }
            for (Step step : beforeRequest) {
                if (step == Step.STOP_SOME && number.isStopped()) {
                    return Outcome.SKIPPED;
                }
                if (step == Step.REJECT_SOME && number.isRejectedByAStep()) {
                    return Outcome.REJECTED;
                }
            }
            if (number.isRefusedByTheTarget()) {
                return Outcome.REJECTED;
            }
            for (Step step : afterRequest) {
                if (step == Step.STOP_SOME && number.isStopped()) {
                    return Outcome.DELIVERED;
                }
                if (step == Step.REJECT_SOME && number.isRejectedByAStep()) {
                    return Outcome.REJECTED;
                }
            }
            return Outcome.DELIVERED;
        }

        private static boolean isFailure(Step step) {
            return step == Step.THROW_ONCE
                    || step == Step.THROW_ONCE_IN_SUB_ROUTE
                    || step == Step.ERROR_ONCE
                    || step == Step.ERROR_ONCE_IN_SUB_ROUTE;
        }

        DeliveryTarget target() {
            DeliveryTarget target = delivery.acquire("x");
            delivery.release(target);
            return target;
        }

        @Override
        public void close() throws IOException {
            context.close();
            client.shutdown();
            server.stop(0);
            serverThreads.shutdownNow();
        }
    }

    private static final class ExpectedError extends StackOverflowError {
        ExpectedError() {
            super("expected");
        }
    }

    @Example
    void eachStepAlone() throws Exception {
        for (Step step : Step.values()) {
            for (int position = 0; position < 4; position++) {
                List<List<Step>> steps = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    steps.add(i == position ? List.of(step) : List.of());
                }
                run(steps, List.of(200), false, false);
            }
        }
    }

    @Property(tries = 80, shrinking = ShrinkingMode.OFF)
    void anySteps(
            @ForAll @Size(max = 3) List<Step> beforeHandOver,
            @ForAll @Size(max = 2) List<Step> afterHandOver,
            @ForAll @Size(max = 3) List<Step> beforeRequest,
            @ForAll @Size(max = 3) List<Step> afterRequest,
            @ForAll @Size(max = 6) List<@IntRange(max = 4) Integer> answers,
            @ForAll boolean hasOnException,
            @ForAll boolean isHost)
            throws Exception {
        int[] statuses = {200, 200, 500, 503, 429};
        List<Integer> script = new ArrayList<>(answers.stream().map(i -> statuses[i]).toList());
        script.add(200); // requests that only fail are retried without end
        script.add(200);
        run(
                List.of(beforeHandOver, afterHandOver, beforeRequest, afterRequest),
                script,
                hasOnException,
                isHost);
    }

    private static void run(
            List<List<Step>> steps, List<Integer> answers, boolean hasOnException, boolean isHost)
            throws Exception {
        String what =
                steps
                        + " "
                        + answers
                        + (hasOnException ? " onException" : "")
                        + (isHost ? " host" : "");
        try (World world =
                new World(
                        steps.get(0),
                        steps.get(1),
                        steps.get(2),
                        steps.get(3),
                        answers,
                        hasOnException,
                        isHost)) {
            world.target().scheduler().onRequest(); // one was made before: a route with HTTP
            for (int number = 0; number < MESSAGES; number++) {
                world.send(number);
            }
            Map<Outcome, List<Integer>> expected = new HashMap<>();
            for (int number = 0; number < MESSAGES; number++) {
                expected.computeIfAbsent(world.expected(new Number(number)), o -> new ArrayList<>())
                        .add(number);
            }
            await(what)
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(2))
                    .until(
                            () ->
                                    world.ended.size() == MESSAGES
                                            && world.delivery.statistics().pending() == 0);
            check(what, world, expected);
        }
    }

    private static void check(String what, World world, Map<Outcome, List<Integer>> expected) {
        DeliveryTarget target = world.target();
        List<Integer> delivered = expected.getOrDefault(Outcome.DELIVERED, List.of());
        List<Integer> rejected = expected.getOrDefault(Outcome.REJECTED, List.of());
        List<Integer> skipped = expected.getOrDefault(Outcome.SKIPPED, List.of());
        assertEquals(delivered.size(), target.completion().delivered(), what + ": delivered");
        assertEquals(skipped.size(), target.completion().skipped(), what + ": skipped");
        assertEquals(rejected.size(), target.completion().rejected(), what + ": rejected");
        assertEquals(0, target.completion().abandoned(), what + ": abandoned");
        assertEquals(0, target.attempts().size(), what);
        assertEquals(0, target.groups(), what);
        assertEquals(0, target.completion().delayed(), what);
        assertFalse(world.delivery.isDown(), what + ": outage");
        for (int number : rejected) {
            assertTrue(
                    world.failed.get(number) instanceof MessageRejectedException,
                    what + ": " + number + " failed with " + world.failed.get(number));
        }
        List<Integer> stored = new ArrayList<>();
        boolean isOrdered = world.beforeHandOver.stream().noneMatch(ASYNCHRONOUS::contains);
        world.stored.forEach(
                (key, numbers) -> {
                    int latest = -1;
                    for (int number : numbers) {
                        assertTrue(!isOrdered || number >= latest, what + ": " + numbers);
                        latest = number;
                    }
                    stored.addAll(numbers);
                });
        assertTrue(stored.containsAll(delivered), what + ": stored " + stored);
        assertTrue(Collections.disjoint(stored, skipped), what + ": stored " + stored);
        for (int number : world.revoked) { // by an Error behind the hand-over
            Throwable failure = world.failed.get(number); // Camel wraps an Error
            assertTrue(
                    failure != null && failure.getCause() instanceof ExpectedError,
                    what + ": " + number + " failed with " + failure);
        }
    }
}
