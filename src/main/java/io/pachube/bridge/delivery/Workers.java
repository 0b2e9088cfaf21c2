package io.pachube.bridge.delivery;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * The threads on which requests are made, and the clock by which they wait: what waits occupies no
 * thread. On JDK 21 and later they are virtual, so that there may be thousands.
 *
 * <p>Thread safe.
 */
public final class Workers implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);

    private final ScheduledThreadPoolExecutor executor;
    private final Turns turns;

    /**
     * @param concurrency how many at once
     * @param few how many requests at once where the processors have no time for more, and few
     *     bring as much; as many: that is not tried
     * @param name what the names of virtual threads start with
     * @param platform makes the threads on an older JDK
     */
    public Workers(int concurrency, int few, String name, ThreadFactory platform) {
        ThreadFactory virtual = virtual(name);
        executor =
                new ScheduledThreadPoolExecutor(concurrency, virtual == null ? platform : virtual);
        turns = new Turns(executor, new Limit(concurrency, few), Workers::load);
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

    /** Of the machine's processors, or the container's: 0 to 1. */
    private static double load() {
        try {
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            ObjectName name = new ObjectName(ManagementFactory.OPERATING_SYSTEM_MXBEAN_NAME);
            return (double) server.getAttribute(name, "CpuLoad");
        } catch (JMException e) {
            return 0; // not known: as if there were none
        }
    }

    /** For Camel's redeliveries. */
    ScheduledExecutorService executor() {
        return executor;
    }

    /** Executes what makes a request, when its {@link Turns turn} has come. */
    void begin(Runnable request) {
        try {
            turns.take(request);
        } catch (RejectedExecutionException e) {
            leave();
        }
    }

    /** A value has come to its end. */
    void ended() {
        turns.ended();
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
