package io.pachube.bridge.delivery;

import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Exchange;
import org.apache.camel.support.AsyncProcessorSupport;
import org.apache.camel.support.SynchronizationAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.LongAdder;

/**
 * A step behind which the exchanges of one lane go one after the other, in the order in which they
 * came, and different lanes in parallel, up to the number of the executor's threads.
 *
 * <p>A lane is free again when the exchange's unit of work is done, not when the route returns:
 * with a retry to come it has not ended. A lane without values leaves nothing behind.
 *
 * <p>Thread safe; exchanges of one lane must be handed over in order.
 */
public final class Lanes extends AsyncProcessorSupport implements AsyncProcessor {

    private static final Logger LOG = LoggerFactory.getLogger(Lanes.class);
    private static final String PROPERTY = "pachubeLane";

    /** The lanes that are at work; the queue holds what waits behind. */
    private final Map<String, Queue<Runnable>> busy = new ConcurrentHashMap<>();

    private final ScheduledThreadPoolExecutor executor;
    private final RetryPolicy policy;
    private final LongAdder stored = new LongAdder();
    private volatile boolean stopping;

    public Lanes(ScheduledThreadPoolExecutor executor, RetryPolicy policy) {
        this.executor = executor;
        this.policy = policy;
    }

    /** Says which lane an exchange is to go on. */
    public static void choose(Exchange exchange, String lane) {
        exchange.setProperty(PROPERTY, lane);
    }

    /**
     * From now on no exchange begins: behind one that is left undone, the next one of its lane
     * would come too early.
     */
    public void stop() {
        stopping = true;
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        String lane = exchange.getProperty(PROPERTY, String.class);
        if (lane == null) {
            exchange.setException(
                    new IllegalStateException("No lane was chosen for this exchange before"));
            callback.done(true);
            return true;
        }
        Value value = new Value(lane);
        value.keep(exchange);
        Runnable turn = () -> start(value, exchange, callback);
        boolean[] free = new boolean[1];
        busy.compute(
                lane,
                (name, waiting) -> {
                    free[0] = waiting == null;
                    Queue<Runnable> queue = free[0] ? new ArrayDeque<>(0) : waiting;
                    if (!free[0]) {
                        queue.add(turn);
                    }
                    return queue;
                });
        if (free[0]) {
            turn.run();
        }
        return false;
    }

    private void start(Value value, Exchange exchange, AsyncCallback callback) {
        exchange.getExchangeExtension()
                .addOnCompletion(
                        new SynchronizationAdapter() {
                            @Override
                            public void onDone(Exchange done) {
                                if (isStored(value, done)) {
                                    policy.succeeded(value);
                                    stored.increment();
                                }
                                next(value.lane);
                            }
                        });
        try {
            executor.execute(
                    () -> {
                        if (stopping) {
                            exchange.setException(
                                    new RejectedExecutionException("The bridge is stopping"));
                        } else {
                            policy.begins(value);
                        }
                        callback.done(false);
                    });
        } catch (RejectedExecutionException e) {
            // the context has stopped; to end this one here would begin the next, and so on, one
            // inside the other
            LOG.debug("A value is left to the broker: stopped");
        }
    }

    /** It ended well, not in a report, and by an answer: a filter may have ended it too. */
    private static boolean isStored(Value value, Exchange done) {
        return !done.isFailed()
                && !value.isOver()
                && done.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE) != null;
    }

    private void next(String lane) {
        Runnable[] turn = new Runnable[1];
        busy.computeIfPresent(
                lane,
                (name, waiting) -> {
                    turn[0] = waiting.poll();
                    return turn[0] == null ? null : waiting;
                });
        if (turn[0] != null) {
            turn[0].run();
        }
    }

    /** How many messages Pachube has: values stored, and commands carried out. */
    public long stored() {
        return stored.sum();
    }

    /** How many lanes are at work. */
    public int size() {
        return busy.size();
    }
}
