package io.pachube.bridge.delivery;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The threads of one target: as many as there are tasks. Virtual ones on JDK 21 and later, so that
 * there may be thousands. Thread safe.
 */
final class DeliveryThreads implements Executor {

    private static final int IDLE_SECONDS = 30;

    private static final Logger LOG = LoggerFactory.getLogger(DeliveryThreads.class);

    private final String name;
    private final Supplier<ScheduledExecutorService> scheduler;
    private final ExecutorService executor;

    /**
     * @param name of the target
     * @param platform makes the threads on an older JDK
     * @param scheduler starts again later what cannot start now
     */
    DeliveryThreads(
            String name, ThreadFactory platform, Supplier<ScheduledExecutorService> scheduler) {
        this.name = name;
        this.scheduler = scheduler;
        ThreadFactory virtual = virtual("delivery-" + name);
        executor =
                new ThreadPoolExecutor(
                        0,
                        Integer.MAX_VALUE,
                        IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new SynchronousQueue<>(),
                        virtual == null ? platform : virtual);
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

    /** Runs a task, after a second if there can be no more threads; not after the shutdown. */
    @Override
    public void execute(Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("delivery:{} is shut down; a message stays with its source", name);
        } catch (OutOfMemoryError e) {
            LOG.error(
                    "delivery:{} cannot start a thread, and tries again in a second. Lower"
                            + " maxConcurrentRequests or allow more threads.",
                    name,
                    e);
            scheduler.get().schedule(() -> execute(task), 1, TimeUnit.SECONDS);
        }
    }

    /** Rejects further tasks, and interrupts those that run. */
    void shutdown() {
        executor.shutdownNow();
    }
}
