package io.pachube.bridge;

import io.pachube.bridge.log.ExceptionMessages;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * What the bridge has put into its context, as how to take it away again.
 *
 * <p>Thread safe, without a lock: a context holds its own while it stops, and so does what is taken
 * away.
 */
final class Footprint {

    private static final Logger LOG = LoggerFactory.getLogger(Footprint.class);

    /** Takes one thing away; has no effect where it is not there. */
    interface Removal {
        void remove() throws Exception;
    }

    private final Deque<Removal> removals = new ConcurrentLinkedDeque<>();

    void add(Removal removal) {
        removals.push(removal);
    }

    /** Takes everything away, what came last first. */
    void remove() {
        for (Removal next = removals.poll(); next != null; next = removals.poll()) {
            try {
                next.remove();
            } catch (Exception e) {
                LOG.warn(
                        "Something of the bridge is left in its context: {}",
                        ExceptionMessages.summarize(e));
                LOG.debug("Stack trace", e);
            }
        }
    }

    /** It has all ended with the context. */
    void forget() {
        removals.clear();
    }
}
