package io.pachube.bridge.bench;

/**
 * The result of one measurement.
 *
 * @param perSecond values that were stored
 * @param cpuMicros of the contender, for each of them
 * @param requests for each of them
 * @param p50Millis how long half of them took at most, from publish to stored
 * @param p99Millis how long all but a hundredth took at most
 * @param megabytesBefore of the contender's memory, resident when it began
 * @param megabytes when it ended
 * @param peakMegabytes the most it ever was
 * @param elsewhere which part of the machine went to others while it was measured
 * @param lost of all that was ever published to the contender
 */
record Figures(
        double perSecond,
        double cpuMicros,
        double requests,
        double p50Millis,
        double p99Millis,
        double megabytesBefore,
        double megabytes,
        double peakMegabytes,
        double elsewhere,
        long lost,
        long inversions,
        long duplicates) {

    static Figures of(Moment begin, Moment end, long lost, long inversions, long duplicates) {
        double values = end.stored() - begin.stored();
        double nanos = end.nanos() - begin.nanos();
        Latencies latencies = end.latencies().since(begin.latencies());
        double others =
                end.machineNanos() - begin.machineNanos() - (end.ownNanos() - begin.ownNanos());
        return new Figures(
                values * 1e9 / nanos,
                (end.cpuNanos() - begin.cpuNanos()) / 1e3 / values,
                (end.requests() - begin.requests()) / values,
                latencies.millis(0.5),
                latencies.millis(0.99),
                begin.residentMegabytes(),
                end.residentMegabytes(),
                end.peakMegabytes(),
                Math.max(0, others / nanos / Runtime.getRuntime().availableProcessors()),
                lost,
                inversions,
                duplicates);
    }

    /** Of a start. */
    static Figures of(double millis, Moment after) {
        double none = Double.NaN;
        return new Figures(
                none,
                none,
                none,
                millis,
                none,
                none,
                after.residentMegabytes(),
                after.peakMegabytes(),
                none,
                0,
                0,
                0);
    }

    /** Where the time under way says how long nobody was there. */
    Figures withoutLatencies() {
        return new Figures(
                perSecond,
                cpuMicros,
                requests,
                Double.NaN,
                Double.NaN,
                megabytesBefore,
                megabytes,
                peakMegabytes,
                elsewhere,
                lost,
                inversions,
                duplicates);
    }
}
