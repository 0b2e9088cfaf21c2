package io.pachube.bridge.delivery;

import org.apache.camel.util.concurrent.SynchronousExecutorService;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * Runs each task on the calling thread, and a task that a task submits when that one has returned.
 * A parallel split with it hands all parts of a message over, in their order, before the next
 * message arrives, and waits for none.
 *
 * <p>With Camel's {@link SynchronousExecutorService} each part would be handed over deeper in the
 * stack. Thread safe.
 */
public final class CallerThreadExecutor extends SynchronousExecutorService {

    private final ThreadLocal<Deque<Runnable>> running = new ThreadLocal<>();

    @Override
    public void execute(Runnable task) {
        Deque<Runnable> submitted = running.get();
        if (submitted != null) {
            submitted.add(task);
            return;
        }
        submitted = new ArrayDeque<>();
        running.set(submitted);
        try {
            for (Runnable next = task; next != null; next = submitted.poll()) {
                next.run();
            }
        } finally {
            running.remove();
        }
    }

    /** Does not keep an Error of the task to itself, as a future would. */
    @Override
    public Future<?> submit(Runnable task) {
        execute(task);
        return CompletableFuture.completedFuture(null);
    }
}
