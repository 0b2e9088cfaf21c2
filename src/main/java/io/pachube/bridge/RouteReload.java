package io.pachube.bridge;

import io.pachube.bridge.log.Secrets;

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
 * Follows the folder of route files while the bridge runs: what is saved takes effect, and what is
 * broken changes nothing, but for a line in the log.
 *
 * <p>The files are read again and again, and compared: that works on every file system, and sees
 * when a file is still being written.
 */
final class RouteReload implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RouteReload.class);

    private static final long PERIOD_MILLIS = 300;
    private static final long CLOSE_SECONDS = 3;

    /** Why a change of a file could not be applied. */
    record Failure(String reason, Instant at) {}

    private final RouteFiles files;
    private final ScheduledExecutorService thread;
    private SortedMap<String, String> handled;
    private SortedMap<String, String> seen;
    private List<String> unreadable;

    /** Files whose latest change could not be applied. */
    private final Map<String, Failure> broken = new ConcurrentHashMap<>();

    private final Map<String, LongAdder> reloads =
            Map.of("ok", new LongAdder(), "failed", new LongAdder());
    private final Map<String, Long> latest = new ConcurrentHashMap<>();

    /**
     * @param handled the files as they were when their routes were added
     * @param threads makes the one that follows
     */
    RouteReload(RouteFiles files, RouteFiles.Found handled, ThreadFactory threads) {
        this.files = files;
        this.handled = handled.texts();
        this.seen = handled.texts();
        this.unreadable = handled.problems();
        this.thread = Executors.newSingleThreadScheduledExecutor(threads);
    }

    void start() {
        thread.scheduleWithFixedDelay(
                this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        RouteFiles.Found found;
        try {
            found = files.read();
            tell(found.problems());
        } catch (RuntimeException e) {
            tell(List.of(Reasons.of(e)));
            return;
        }
        SortedMap<String, String> now = found.texts();
        // what cannot be read has not changed
        found.unreadable().keySet().stream()
                .filter(handled::containsKey)
                .forEach(file -> now.put(file, handled.get(file)));
        boolean written = now.equals(seen);
        seen = now;
        if (written && !now.equals(handled)) {
            handle(now);
        }
    }

    /** Says once what cannot be read. */
    private void tell(List<String> problems) {
        problems.stream()
                .filter(problem -> !unreadable.contains(problem))
                .forEach(problem -> LOG.error("{}; the routes that run go on", problem));
        unreadable = problems;
    }

    private void handle(SortedMap<String, String> now) {
        SortedMap<String, String> gone = new TreeMap<>(handled);
        gone.keySet().removeAll(now.keySet());
        SortedMap<String, String> changed = new TreeMap<>(now);
        changed.entrySet().removeAll(handled.entrySet());
        handled = now;
        gone.keySet().forEach(file -> apply(file, () -> files.remove(file)));
        changed.forEach((file, text) -> apply(file, () -> files.replace(file, text)));
    }

    private interface Change {
        void make() throws RouteFileException;
    }

    /** Returns how many changes of files were applied ({@code ok}), and how many {@code failed}. */
    Map<String, Long> reloads() {
        Map<String, Long> all = new TreeMap<>();
        reloads.forEach((result, count) -> all.put(result, count.sum()));
        return all;
    }

    /** Returns when the latest of these was, in seconds since 1970; 0: there was none. */
    Map<String, Long> latest() {
        return Map.of(
                "ok", latest.getOrDefault("ok", 0L), "failed", latest.getOrDefault("failed", 0L));
    }

    /** Returns how many files are not followed: their latest change could not be applied. */
    int broken() {
        return broken.size();
    }

    /** Returns the files whose latest change could not be applied. */
    Map<String, Failure> failures() {
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

    private void apply(String file, Change change) {
        try {
            change.make();
            count("ok");
            broken.remove(file);
            LOG.info("{} has changed, and its routes with it", file);
        } catch (RouteFileException e) {
            fail(file, line(e.getMessage()));
            LOG.error("{}; the routes that run go on", line(e.getMessage()));
        } catch (RuntimeException e) {
            fail(file, line(Reasons.of(e)));
            LOG.error("{} could not be followed: {}", file, line(Reasons.of(e)));
            LOG.debug("The whole story", e);
        }
    }

    private static String line(String text) {
        return Secrets.mask(text.replaceAll("\\s+", " "));
    }

    /** Ends a change that is being made, but does not wait for long: a stop may hold it up. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
