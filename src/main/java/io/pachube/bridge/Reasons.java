package io.pachube.bridge;

import java.util.LinkedHashSet;
import java.util.Set;

/** Why something failed, in one line. */
public final class Reasons {

    private Reasons() {}

    /** What went wrong, and what was behind it, each once. */
    public static String of(Throwable e) {
        Set<String> reasons = new LinkedHashSet<>();
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            String text = cause.getMessage() == null ? cause.toString() : cause.getMessage();
            if (reasons.stream().noneMatch(known -> known.contains(text))) {
                reasons.add(text);
            }
        }
        return String.join("; ", reasons);
    }
}
