package io.pachube.bridge.delivery;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The threads on which requests are made, and the clock by which they wait: what waits occupies no
 * thread. On JDK 21 and later they are virtual, so that there may be thousands.
 *
 * <p>Thread safe.
 */
public final class Workers implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);

    private final ScheduledThreadPoolExecutor executor;

    /**
     * @param concurrency how many at once
     * @param name what the names of virtual threads start with
     * @param platform makes the threads on an older JDK
     */
    public Workers(int concurrency, String name, ThreadFactory platform) {
        ThreadFactory virtual = virtual(name);
        executor =
                new ScheduledThreadPoolExecutor(concurrency, virtual == null ? platform : virtual);
    }

    /** By reflection, as this is compiled for 17; null where the JDK has none. */
    private static ThreadFactory virtual(String name) {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            Class<?> type = Class.forName("java.lang.Thread$Builder");
            builder =
                    type.getMethod("name", String.class, long.class).invoke(builder, name + "-", 0);
            return (ThreadFactory) type.getMethod("factory").invoke(builder);
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    /** For Camel's redeliveries. */
    ScheduledExecutorService executor() {
        return executor;
    }

    void execute(Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            leave();
        }
    }

    void executeIn(long nanos, Runnable task) {
        try {
            executor.schedule(task, nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            leave();
        }
    }

    /**
     * The context has stopped; to end a value here would begin the next, and so on, one inside the
     * other.
     */
    private static void leave() {
        LOG.debug("A value is left to the broker: stopped");
    }

    /** What waits for its time need not wait any longer: all of it, or some, is to be left. */
    public void hurry() {
        for (Runnable waiting : List.copyOf(executor.getQueue())) {
            if (executor.remove(waiting)) {
                execute(waiting);
            }
        }
    }

    /** Interrupts what is at work. */
    @Override
    public void close() {
        executor.shutdownNow();
    }
}
