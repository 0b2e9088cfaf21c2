package io.pachube.bridge.delivery;

import java.util.BitSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A list of HTTP statuses as an operator writes it: {@code 408,429,5xx,520-526}. Immutable. */
public final class HttpStatusSet {

    private static final Pattern ITEM =
            Pattern.compile("(?<class>[1-5])xx|(?<from>[1-5]\\d\\d)(-(?<to>[1-5]\\d\\d))?");

    private final BitSet statuses = new BitSet(600);

    private HttpStatusSet() {}

    /**
     * @param text statuses, ranges and classes, comma separated; empty: none
     * @throws IllegalArgumentException if an item is none of these
     */
    public static HttpStatusSet parse(String text) {
        HttpStatusSet list = new HttpStatusSet();
        for (String item : text.split(",")) {
            if (item.isBlank()) {
                continue;
            }
            Matcher matcher = ITEM.matcher(item.strip());
            if (!matcher.matches()) {
                throw noItem(item);
            }
            if (matcher.group("class") != null) {
                int first = Integer.parseInt(matcher.group("class")) * 100;
                list.statuses.set(first, first + 100);
            } else {
                int from = Integer.parseInt(matcher.group("from"));
                int to = matcher.group("to") == null ? from : Integer.parseInt(matcher.group("to"));
                if (to < from) {
                    throw noItem(item);
                }
                list.statuses.set(from, to + 1);
            }
        }
        return list;
    }

    private static IllegalArgumentException noItem(String item) {
        return new IllegalArgumentException(
                "'" + item.strip() + "' is no status (429), range (500-504) or class (5xx)");
    }

    /** Whether a status is in the list. */
    public boolean contains(int status) {
        return statuses.get(status);
    }
}
