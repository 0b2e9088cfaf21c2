package io.pachube.bridge.console;

import io.pachube.bridge.console.Problem.Level;
import io.pachube.bridge.delivery.DeliveryStatistics;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Finds what needs attention, the worst first. */
final class Problems {

    private static final Duration RECENT = Duration.ofMinutes(10);

    /** A message that waits longer without an outage is behind. */
    private static final Duration BEHIND = Duration.ofSeconds(30);

    private final ConsoleSource source;
    private final Samples samples;
    private final LatestReports reports;
    private final List<Instant> disconnected;
    private final List<Problem> problems = new ArrayList<>();

    /**
     * @param disconnected since when each client that is not connected has not been
     */
    Problems(
            ConsoleSource source,
            Samples samples,
            LatestReports reports,
            List<Instant> disconnected) {
        this.source = source;
        this.samples = samples;
        this.reports = reports;
        this.disconnected = disconnected;
    }

    List<Problem> all() {
        if (!disconnected.isEmpty()) {
            add(
                    Level.down,
                    "broker",
                    "The broker "
                            + BridgeConsole.shown(source.brokerUrl())
                            + " cannot be reached: "
                            + count(disconnected.size(), "client is", "clients are")
                            + " disconnected.",
                    Collections.min(disconnected));
        }
        boolean isDown = source.delivery().isDown();
        samples.states().forEach((name, state) -> addTarget(name, state, isDown));
        for (RouteFileState file : source.routes().get()) {
            if (file.error() != null) {
                add(
                        Level.warning,
                        "routes",
                        "The latest change of "
                                + BridgeConsole.shown(file.file())
                                + " is not in effect: "
                                + BridgeConsole.shown(file.error()),
                        file.errorAt());
            }
        }
        long failed = reports.failedSince(Instant.now().minus(RECENT));
        if (failed > 0) {
            add(
                    Level.warning,
                    "reports",
                    "Messages on "
                            + count(failed, "topic", "topics")
                            + " failed in the last 10 minutes.",
                    null);
        }
        problems.sort((a, b) -> b.level().compareTo(a.level()));
        return problems;
    }

    private void addTarget(String name, DeliveryStatistics state, boolean isDown) {
        String target = "delivery:" + BridgeConsole.shown(name);
        if (state.isOutage()) {
            String reason = BridgeConsole.shown(source.delivery().outageReason(name));
            add(
                    isDown ? Level.down : Level.warning,
                    "targets",
                    target
                            + " does not answer"
                            + (reason.isEmpty() ? "" : " (" + reason + ")")
                            + ". "
                            + count(state.pending(), "message waits", "messages wait")
                            + " and will be retried.",
                    samples.outageSince(name));
        } else if (state.isUnconsumed()) {
            add(
                    Level.down,
                    "targets",
                    "No route consumes " + target + ". Add a route from it.",
                    null);
        } else if (state.oldest().compareTo(BEHIND) > 0) {
            add(
                    Level.warning,
                    "targets",
                    target
                            + " is behind: its oldest message waits for "
                            + state.oldest().toSeconds()
                            + " s.",
                    null);
        }
    }

    private void add(Level level, String section, String text, Instant since) {
        problems.add(new Problem(level, section, text, since));
    }

    private static String count(long count, String one, String several) {
        return count + " " + (count == 1 ? one : several);
    }
}
