package io.pachube.bridge.bench;

import io.pachube.bridge.bench.Board.Entry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What can be read at one time.
 *
 * @param cpuNanos of the contender
 * @param machineNanos of all that runs on the machine, with what its host takes from it
 * @param ownNanos of the contender and what belongs to it
 */
record Moment(
        long nanos,
        long stored,
        long requests,
        Latencies latencies,
        long cpuNanos,
        long machineNanos,
        long ownNanos,
        double residentMegabytes,
        double peakMegabytes) {

    private static final long NANOS_OF_TICK = 10_000_000;

    static Moment of(Board board, Process contender, List<ProcessHandle> others)
            throws IOException {
        String status = Files.readString(Path.of("/proc/" + contender.pid() + "/status"));
        long own =
                Stream.concat(Stream.of(ProcessHandle.current()), others.stream())
                        .filter(process -> process.pid() != contender.pid())
                        .mapToLong(Moment::cpuNanos)
                        .sum();
        long cpu = cpuNanos(contender.toHandle());
        return new Moment(
                System.nanoTime(),
                board.get(Entry.STORED),
                board.get(Entry.REQUESTS),
                board.latencies(),
                cpu,
                ofMachine(),
                own + cpu,
                megabytes(status, "VmRSS"),
                megabytes(status, "VmHWM"));
    }

    static long cpuNanos(ProcessHandle process) {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
    }

    /** Without interrupts, as much of which is the own processes'. */
    private static long ofMachine() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/stat"))) {
            String[] ticks = lines.findFirst().orElseThrow().split("\\s+");
            long user = Long.parseLong(ticks[1]) + Long.parseLong(ticks[2]);
            long system = Long.parseLong(ticks[3]);
            long stolen = Long.parseLong(ticks[8]);
            return (user + system + stolen) * NANOS_OF_TICK;
        }
    }

    private static double megabytes(String status, String name) {
        Matcher line = Pattern.compile(name + ":\\s+(\\d+) kB").matcher(status);
        return line.find() ? Long.parseLong(line.group(1)) / 1_024.0 : 0;
    }
}
