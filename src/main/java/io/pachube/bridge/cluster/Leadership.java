package io.pachube.bridge.cluster;

import org.apache.camel.cluster.CamelClusterEventListener;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.cluster.CamelClusterView;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * Follows a Camel cluster service, and tells whether this member may act as the leader.
 *
 * <p>A process that was suspended may have been replaced meanwhile, and does not know it. So the
 * leadership counts only as long as this object has confirmed it within half a lease: after a
 * longer pause the member steps down at once, and acts again only if the service still names it
 * when it has had the time to look. Thread safe.
 */
public final class Leadership implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

    private static final int CHECKS_PER_LEASE = 20;

    /** In this part of a lease the service itself has looked at least once. */
    private static final int HOLDS_PER_LEASE = 5;

    private final CamelClusterService service;
    private final boolean ownsService;
    private final String group;
    private final Duration lease;
    private final ScheduledExecutorService thread;
    private Runnable onElected = () -> {};
    private Runnable onDeposed = () -> {};
    private CamelClusterView view;
    private long holdUntil;
    private volatile long confirmed;
    private volatile long confirmedMillis;
    private volatile boolean leading;

    /**
     * @param ownsService stop the service with this
     * @param group names those of whom one is the leader
     * @param lease how long the other members wait for a leader that shows no life
     * @param threads makes the one that follows
     */
    public Leadership(
            CamelClusterService service,
            boolean ownsService,
            String group,
            Duration lease,
            ThreadFactory threads) {
        this.service = service;
        this.ownsService = ownsService;
        this.group = group;
        this.lease = lease;
        this.thread = new ScheduledThreadPoolExecutor(1, threads);
    }

    /** Sets the callbacks for this member becoming the leader, and for losing the leadership. */
    public void onChange(Runnable elected, Runnable deposed) {
        onElected = elected;
        onDeposed = deposed;
    }

    /** Joins the group. */
    public synchronized void start() throws Exception {
        if (thread.isShutdown()) {
            return; // the context stops before it has started
        }
        service.start();
        confirm();
        holdUntil = System.nanoTime();
        view = service.getView(group);
        view.addEventListener((CamelClusterEventListener.Leadership) (v, leader) -> look());
        long period = lease.toMillis() / CHECKS_PER_LEASE;
        thread.scheduleWithFixedDelay(this::check, 0, period, TimeUnit.MILLISECONDS);
    }

    /** Returns true if this member is the leader, and has confirmed it lately. */
    public boolean isLeader() {
        return leading && !isOverdue();
    }

    private boolean isOverdue() {
        long limit = lease.toMillis() / 2;
        // the wall clock goes on where the other one stops, as while a machine sleeps
        return System.nanoTime() - confirmed > TimeUnit.MILLISECONDS.toNanos(limit)
                || System.currentTimeMillis() - confirmedMillis > limit;
    }

    private void confirm() {
        confirmed = System.nanoTime();
        confirmedMillis = System.currentTimeMillis();
    }

    private void look() {
        try {
            thread.execute(this::check);
        } catch (RejectedExecutionException e) {
            LOG.debug("The membership in {} has ended", group);
        }
    }

    private synchronized void check() {
        try {
            if (isOverdue()) {
                // the service needs the time of a check to see who leads now
                holdUntil = System.nanoTime() + lease.toNanos() / HOLDS_PER_LEASE;
                step(false);
            }
            confirm();
            step(
                    view != null
                            && view.getLocalMember().isLeader()
                            && System.nanoTime() - holdUntil >= 0);
        } catch (RuntimeException | Error e) { // the executor would not call again
            LOG.error("The leadership of {} could not be checked; it is checked again", group, e);
        }
    }

    private void step(boolean leads) {
        if (leads == leading) {
            return;
        }
        leading = leads;
        if (leads) {
            LOG.info("This bridge is the leader of {}: it consumes and polls", group);
            onElected.run();
        } else {
            LOG.warn(
                    "This bridge is no longer the leader of {}: it leaves its messages to the"
                            + " broker, for the next leader",
                    group);
            onDeposed.run();
        }
    }

    /** Leaves the group: another member may lead. */
    @Override
    public synchronized void close() {
        thread.shutdownNow();
        leading = false;
        CamelClusterView joined = view;
        view = null;
        if (joined != null) {
            try {
                service.releaseView(joined);
                if (ownsService) {
                    service.stop();
                }
            } catch (Exception e) {
                LOG.warn(
                        "The leadership of {} could not be given up ({}); another member leads"
                                + " after the lease of {} s",
                        group,
                        e.toString(),
                        lease.toSeconds());
            }
        }
    }
}
