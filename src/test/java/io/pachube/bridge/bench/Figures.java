package io.pachube.bridge.bench;

/**
 * What came of one trial.
 *
 * @param perSecond values that were stored
 * @param cpuMicros of the contender, for each of them
 * @param requests for each of them
 * @param p50Millis from publish to stored; p99Millis the same
 * @param residentMegabytes of the contender at the end; peakMegabytes the most it ever was
 * @param lost of all that was published, with the warm-up
 */
record Figures(
        double perSecond,
        double cpuMicros,
        double requests,
        double p50Millis,
        double p99Millis,
        double residentMegabytes,
        double peakMegabytes,
        long lost,
        long inversions,
        long duplicates) {

    String line(String name) {
        return String.format(
                "%-32s %7.0f/s %6.1f us CPU %5.2f requests p50 %7.2f ms p99 %7.2f ms"
                        + " RSS %4.0f MB peak %4.0f MB lost %d inversions %d duplicates %d",
                name,
                perSecond,
                cpuMicros,
                requests,
                p50Millis,
                p99Millis,
                residentMegabytes,
                peakMegabytes,
                lost,
                inversions,
                duplicates);
    }
}
