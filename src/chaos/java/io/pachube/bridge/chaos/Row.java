package io.pachube.bridge.chaos;

import java.util.List;

/**
 * The result of a scene.
 *
 * @param sent values that the broker acknowledged to their publisher
 * @param stored different values that the sink has
 * @param givenUp values that a report gives up
 * @param lost neither stored nor given up
 * @param duplicates came again though a copy had been answered with success; without those that the
 *     publisher sent twice
 * @param repeats came again because Pachube had not answered
 * @param inversions first copies that came after a later value of their datastream
 * @param gapMillis the longest time between two stores of one datastream
 * @param note further figures
 * @param failures the violated expectations
 */
record Row(
        String scene,
        int sent,
        int stored,
        int givenUp,
        int lost,
        int duplicates,
        int repeats,
        int inversions,
        long gapMillis,
        String note,
        List<String> failures) {

    static final String HEAD =
            String.format(
                    "%-34s %7s %7s %7s %5s %5s %7s %5s %7s  %s",
                    "scene", "sent", "stored", "givenup", "lost", "dupl", "repeats", "inver",
                    "gap ms", "");

    @Override
    public String toString() {
        return String.format(
                "%-34s %7d %7d %7d %5d %5d %7d %5d %7d  %s%s",
                scene,
                sent,
                stored,
                givenUp,
                lost,
                duplicates,
                repeats,
                inversions,
                gapMillis,
                failures.isEmpty() ? "pass" : "FAIL " + failures,
                note.isEmpty() ? "" : "  " + note);
    }
}
