package io.pachube.bridge;

import io.pachube.bridge.log.ExceptionMessages;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * Holds the actions that undo the registrations of the bridge when it ends.
 *
 * <p>Thread safe, without a lock: a context holds its own while it stops.
 */
final class CleanupStack {

    private static final Logger LOG = LoggerFactory.getLogger(CleanupStack.class);

    /** Undoes one thing; has no effect where it is undone already. */
    interface Cleanup {
        void run() throws Exception;
    }

    private final Deque<Cleanup> cleanups = new ConcurrentLinkedDeque<>();

    void push(Cleanup cleanup) {
        cleanups.push(cleanup);
    }

    /** Runs and forgets all, the latest first. */
    void runAll() {
        for (Cleanup next = cleanups.poll(); next != null; next = cleanups.poll()) {
            try {
                next.run();
            } catch (Exception e) {
                LOG.warn(
                        "Could not remove a bridge resource from the Camel context: {}",
                        ExceptionMessages.summarize(e));
                LOG.debug("Stack trace", e);
            }
        }
    }

    /** Forgets all: it ended with the context. */
    void clear() {
        cleanups.clear();
    }
}
