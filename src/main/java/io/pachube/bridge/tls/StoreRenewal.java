package io.pachube.bridge.tls;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * Follows the files of certificates: a changed file is used for new handshakes, a broken one
 * changes nothing.
 *
 * <p>The files are read again and again, and compared: that works on every file system, and sees a
 * symbolic link that is replaced, and a file that is still being written.
 */
public final class StoreRenewal implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(StoreRenewal.class);
    private static final long PERIOD_SECONDS = 1;

    private final List<StoreFile> files = new CopyOnWriteArrayList<>();
    private final ThreadFactory threads;
    private ScheduledExecutorService thread;

    /**
     * @param threads makes the one that follows
     */
    public StoreRenewal(ThreadFactory threads) {
        this.threads = threads;
    }

    /** Adds a file to follow. */
    public StoreFile add(StoreFile file) {
        files.add(file);
        return file;
    }

    /** Begins to follow the files, if there are any. */
    public synchronized void start() {
        if (!files.isEmpty()) {
            thread = new ScheduledThreadPoolExecutor(1, threads);
            thread.scheduleWithFixedDelay(
                    () -> files.forEach(StoreRenewal::renew),
                    PERIOD_SECONDS,
                    PERIOD_SECONDS,
                    TimeUnit.SECONDS);
        }
    }

    private static void renew(StoreFile file) {
        try {
            if (file.renew()) {
                LOG.info("{} has changed; new connections use it", file);
            }
        } catch (IllegalArgumentException e) {
            LOG.error(
                    "{}. New connections use the former certificates: correct the file",
                    e.getMessage());
            LOG.debug("Stack trace", e);
        } catch (RuntimeException | Error e) { // the executor would not call again
            LOG.error("Checking {} for changes failed; the check is repeated", file, e);
        }
    }

    @Override
    public synchronized void close() {
        if (thread != null) {
            thread.shutdownNow();
        }
    }
}
