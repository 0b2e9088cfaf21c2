package io.pachube.bridge.delivery;

import io.pachube.bridge.mqtt.Intake;

import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Exchange;
import org.apache.camel.support.AsyncCallbackToCompletableFutureAdapter;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.SynchronizationAdapter;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * A step behind which the exchanges of one lane go one after the other, in the order in which they
 * came, and different lanes in parallel, up to the number of {@link Workers}; those of one key at
 * its {@link Pace}.
 *
 * <p>A lane is free again when the exchange's unit of work is done, not when the route returns:
 * with a retry to come it has not ended. A lane without values leaves nothing behind.
 *
 * <p>With {@link Batching}, those that wait when a lane's turn comes travel with the first one: its
 * body becomes the rows of all, the others go no further, and end as it does: acknowledged when it
 * is stored, each with a report of its own when it is given up, left to the broker when it is. A
 * batch that is refused as bad is {@link #dissolve dissolved}.
 *
 * <p>No Camel service: the routes that share it come and go. Thread safe; exchanges of one lane
 * must be handed over in order.
 */
public final class Lanes implements AsyncProcessor {

    private static final String PROPERTY = "pachubeLane";

    private record Choice(String lane, String key, boolean joins, boolean stores) {}

    private final Lines<Value> lines = new Lines<>();
    private final Workers workers;
    private final RetryPolicy policy;
    private final Pace pace;
    private final Batching batching;
    private final LongAdder stored = new LongAdder();

    public Lanes(Workers workers, RetryPolicy policy, Pace pace, Batching batching) {
        this.workers = workers;
        this.policy = policy;
        this.pace = pace;
        this.batching = batching;
    }

    /**
     * Says which lane an exchange is to go on.
     *
     * @param key whose pace it keeps; null: nobody's
     * @param joins whether it may travel with others, in one request
     */
    public static void choose(Exchange exchange, String lane, String key, boolean joins) {
        exchange.setProperty(PROPERTY, new Choice(lane, key, joins, true));
    }

    /** The same for one that only asks: its end does not mean that Pachube has anything. */
    public static void chooseToAsk(Exchange exchange, String lane, String key) {
        exchange.setProperty(PROPERTY, new Choice(lane, key, false, false));
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        Choice choice = exchange.getProperty(PROPERTY, Choice.class);
        if (choice == null) {
            exchange.setException(
                    new IllegalStateException("No lane was chosen for this exchange before"));
            callback.done(true);
            return true;
        }
        Value value = new Value(choice.lane, choice.key);
        value.exchange = exchange;
        value.callback = callback;
        value.stores = choice.stores;
        value.keep(exchange);
        if (choice.joins) {
            batching.stamp(value);
        }
        exchange.getExchangeExtension()
                .addOnCompletion(
                        new SynchronizationAdapter() {
                            @Override
                            public void onDone(Exchange done) {
                                ended(value, done);
                            }
                        });
        if (lines.join(value.lane, value)) {
            start(value);
        }
        return false;
    }

    @Override
    public void process(Exchange exchange) {
        PluginHelper.getAsyncProcessorAwaitManager(exchange.getContext()).process(this, exchange);
    }

    @Override
    public CompletableFuture<Exchange> processAsync(Exchange exchange) {
        var callback = new AsyncCallbackToCompletableFutureAdapter<>(exchange);
        process(exchange, callback);
        return callback.getFuture();
    }

    private void start(Value value) {
        pace.enter(value.key, () -> go(value));
    }

    /** What waits is looked at only now, so that all that came in the meantime goes with it. */
    private void go(Value value) {
        value.mayRequest = pace.isKept();
        if (Intake.isClosed(value.exchange)) {
            // behind one that is left undone, this one would come too early
            value.exchange.setException(left("What took it is closed"));
        } else {
            batching.gather(value, lines);
            policy.begins(value);
        }
        value.carrier = Thread.currentThread();
        value.callback.done(false);
        value.carrier = null;
        if (value.afterwards != null) {
            value.afterwards.run();
        }
    }

    private void ended(Value value, Exchange done) {
        workers.ended();
        if (value.mayRequest) {
            // it has made none
            value.mayRequest = false;
            pace.pass(value.key);
        }
        if (value.leader != null) {
            if (value.leader.unfinished.decrementAndGet() == 0) {
                next(value.lane);
            }
            return;
        }
        List<Value> followers = value.followers;
        if (isStored(value, done)) {
            policy.succeeded(value);
            stored.add(1 + followers.size());
        }
        if (followers.isEmpty()) {
            next(value.lane);
        } else {
            Exception why =
                    done.isFailed()
                            ? left("So is the value that it travels with")
                            : value.isOver() ? value.thrown : null;
            value.unfinished = new AtomicInteger(followers.size());
            Runnable end = () -> followers.forEach(follower -> end(follower, why));
            // from here each would end inside the one before
            if (value.carrier == Thread.currentThread()) {
                value.afterwards = end;
            } else {
                workers.execute(end);
            }
        }
    }

    /** It ended well, not in a report, and by an answer: a filter may have ended it too. */
    private static boolean isStored(Value value, Exchange done) {
        return value.stores
                && !done.isFailed()
                && !value.isOver()
                && done.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE) != null;
    }

    /**
     * A follower ends as its leader did.
     *
     * @param why what the error handler is to make a report of, or to leave; null: all is well
     */
    private static void end(Value follower, Exception why) {
        if (why == null) {
            follower.exchange.setRouteStop(true);
        } else {
            follower.follow(follower.leader);
            follower.verdict = follower.leader.verdict;
            follower.exchange.setException(why);
        }
        follower.callback.done(false);
    }

    /**
     * A batch was refused as bad: its values go one by one, before all that waits, so that only the
     * bad one is refused.
     */
    void dissolve(Value leader) {
        List<Value> followers = leader.followers;
        leader.followers = List.of();
        leader.alone = true;
        leader.replaced++;
        for (Value follower : followers) {
            follower.follow(leader);
            follower.leader = null;
            follower.alone = true;
        }
        lines.putBack(leader.lane, followers);
    }

    /** What {@link Delivery} takes for a value that is left to the broker. */
    private static Exception left(String why) {
        return new RejectedExecutionException(why);
    }

    private void next(String lane) {
        Value value = lines.next(lane);
        if (value != null) {
            start(value);
        }
    }

    /** How many messages Pachube has: values stored, and commands carried out. */
    public long stored() {
        return stored.sum();
    }

    /** How many lanes are at work. */
    public int size() {
        return lines.size();
    }
}
