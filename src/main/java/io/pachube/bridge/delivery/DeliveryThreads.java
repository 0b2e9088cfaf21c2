package io.pachube.bridge.delivery;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads of one target: as many as there are tasks. Virtual ones on JDK 21 and later, so that
 * there may be thousands. Thread safe.
 */
final class DeliveryThreads implements Executor {

    private static final int IDLE_SECONDS = 30;

    private final ExecutorService executor;

    /**
     * @param name of the virtual threads
     * @param platform makes the threads on an older JDK
     */
    DeliveryThreads(String name, ThreadFactory platform) {
        ThreadFactory virtual = virtual(name);
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

    @Override
    public void execute(Runnable task) {
        executor.execute(task);
    }

    /** Rejects further tasks, and interrupts those that run. */
    void shutdown() {
        executor.shutdownNow();
    }
}
