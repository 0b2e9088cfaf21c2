package io.pachube.bridge.delivery;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.DoubleSupplier;

/**
 * Lets tasks begin in the order in which they came, so many at once as their {@link Limit} says;
 * where it says few, each is followed by a pause, in which the processors are for others.
 *
 * <p>Thread safe.
 */
final class Turns {

    private static final long LOOK_MILLIS = 100;
    private static final long PAUSE_NANOS = 100_000;

    /** Then what else the executor is to do has its turn, such as what is tried again. */
    private static final int IN_A_ROW = 16;

    private final ScheduledExecutorService executor;
    private final Limit limit;
    private final DoubleSupplier load;
    private final LongAdder ended = new LongAdder();
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int running;
    private boolean looking;
    private long lastLook;

    /**
     * @param executor has a thread for each that the limit allows
     * @param load how much of the processors' time is used, 0 to 1
     */
    Turns(ScheduledExecutorService executor, Limit limit, DoubleSupplier load) {
        this.executor = executor;
        this.limit = limit;
        this.load = load;
    }

    /** Executes the task when its turn has come. */
    void take(Runnable task) {
        synchronized (this) {
            look();
            if (running >= limit.current()) {
                waiting.add(task);
                return;
            }
            running++;
        }
        start(task);
    }

    private void start(Runnable task) {
        executor.execute(() -> run(task));
    }

    /** A value has come to its end. */
    void ended() {
        ended.increment();
    }

    private void run(Runnable first) {
        Runnable task = first;
        try {
            for (int i = 0; i < IN_A_ROW && task != null; i++) {
                task.run();
                if (limit.isFew()) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
                task = next();
            }
        } catch (RuntimeException | Error e) {
            task = next();
            throw e;
        } finally {
            if (task != null) {
                start(task);
            }
        }
    }

    /** Whose turn it is now that one has ended; null: nobody's. */
    private synchronized Runnable next() {
        boolean tooMany = running > limit.current();
        Runnable task = tooMany || executor.isShutdown() ? null : waiting.poll();
        if (task == null) {
            running--;
        }
        return task;
    }

    /** As long as there is anything to do, and to find. */
    private void look() {
        if (!looking && limit.mayChange()) {
            looking = true;
            lastLook = System.nanoTime();
            executor.schedule(this::looked, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private synchronized void looked() {
        boolean over = running == 0;
        double seconds = (System.nanoTime() - lastLook) / 1e9;
        limit.look(ended.sumThenReset() / seconds, over ? 0 : load.getAsDouble());
        while (running < limit.current() && !waiting.isEmpty()) {
            running++;
            start(waiting.remove());
        }
        looking = false;
        if (!over) {
            look();
        }
    }
}
