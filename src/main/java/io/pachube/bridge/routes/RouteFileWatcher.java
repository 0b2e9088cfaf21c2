package io.pachube.bridge.routes;

import io.pachube.bridge.log.ExceptionMessages;
import io.pachube.bridge.log.SecretMasker;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Applies changes of the route files while the bridge runs. A broken change is logged, and the
 * former routes go on.
 *
 * <p>The files are polled and compared: that works on every file system, and shows when a file is
 * still being written.
 */
public final class RouteFileWatcher implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RouteFileWatcher.class);

    private static final long POLL_INTERVAL_MILLIS = 300;
    private static final long CLOSE_TIMEOUT_SECONDS = 3;

    /** Says why a change of a file could not be applied, and when. */
    public record Failure(String reason, Instant at) {}

    private final RouteFileManager files;
    private final ScheduledExecutorService thread;
    private SortedMap<String, String> applied;
    private SortedMap<String, String> lastRead;
    private List<String> unreadable;

    /** Files whose latest change could not be applied. */
    private final Map<String, Failure> broken = new ConcurrentHashMap<>();

    private final Map<String, LongAdder> reloads =
            Map.of("ok", new LongAdder(), "failed", new LongAdder());
    private final Map<String, Long> latest = new ConcurrentHashMap<>();

    /**
     * @param applied the files as they were when their routes were added
     * @param threads creates the thread that polls
     */
    public RouteFileWatcher(
            RouteFileManager files, RouteDirectory.Contents applied, ThreadFactory threads) {
        this.files = files;
        this.applied = applied.texts();
        this.lastRead = applied.texts();
        this.unreadable = applied.problems();
        this.thread = Executors.newSingleThreadScheduledExecutor(threads);
    }

    public void start() {
        thread.scheduleWithFixedDelay(
                this::poll, POLL_INTERVAL_MILLIS, POLL_INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void poll() {
        RouteDirectory.Contents found;
        try {
            found = files.read();
            logOnce(found.problems());
        } catch (RuntimeException e) {
            logOnce(List.of(ExceptionMessages.summarize(e)));
            return;
        }
        SortedMap<String, String> now = found.texts();
        // what cannot be read has not changed
        found.unreadable().keySet().stream()
                .filter(applied::containsKey)
                .forEach(file -> now.put(file, applied.get(file)));
        boolean isWritten = now.equals(lastRead);
        lastRead = now;
        if (isWritten && !now.equals(applied)) {
            applyChanges(now);
        }
    }

    private void logOnce(List<String> problems) {
        problems.stream()
                .filter(problem -> !unreadable.contains(problem))
                .forEach(problem -> LOG.error("{}; the routes that run go on", problem));
        unreadable = problems;
    }

    private void applyChanges(SortedMap<String, String> now) {
        SortedMap<String, String> gone = new TreeMap<>(applied);
        gone.keySet().removeAll(now.keySet());
        SortedMap<String, String> changed = new TreeMap<>(now);
        changed.entrySet().removeAll(applied.entrySet());
        applied = now;
        gone.keySet().forEach(file -> apply(file, () -> files.remove(file)));
        changed.forEach((file, text) -> apply(file, () -> files.replace(file, text)));
    }

    private interface FileChange {
        void apply() throws RouteFileException;
    }

    /** Returns how many changes of files were applied ({@code ok}), and how many {@code failed}. */
    public Map<String, Long> reloads() {
        Map<String, Long> all = new TreeMap<>();
        reloads.forEach((result, count) -> all.put(result, count.sum()));
        return all;
    }

    /** Returns when the latest of these was, in seconds since 1970; 0: there was none. */
    public Map<String, Long> latest() {
        return Map.of(
                "ok", latest.getOrDefault("ok", 0L), "failed", latest.getOrDefault("failed", 0L));
    }

    /** Returns how many files are not followed: their latest change could not be applied. */
    public int broken() {
        return broken.size();
    }

    /** Returns the files whose latest change could not be applied. */
    public Map<String, Failure> failures() {
        return Map.copyOf(broken);
    }

    private void count(String result) {
        reloads.get(result).increment();
        latest.put(result, Instant.now().getEpochSecond());
    }

    private void fail(String file, String reason) {
        count("failed");
        broken.put(file, new Failure(reason, Instant.now()));
    }

    private void apply(String file, FileChange change) {
        try {
            change.apply();
            count("ok");
            broken.remove(file);
            LOG.info("{} has changed, and its routes with it", file);
        } catch (RouteFileException e) {
            fail(file, line(e.getMessage()));
            LOG.error("{}; the routes that run go on", line(e.getMessage()));
        } catch (RuntimeException e) {
            fail(file, line(ExceptionMessages.summarize(e)));
            LOG.error(
                    "The change of {} could not be applied: {}",
                    file,
                    line(ExceptionMessages.summarize(e)));
            LOG.debug("Stack trace", e);
        }
    }

    private static String line(String text) {
        return SecretMasker.mask(text.replaceAll("\\s+", " "));
    }

    /** Waits for a change that is being applied, but not for long: a stop may hold it up. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            thread.awaitTermination(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
