package io.pachube.sandbox;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Decides which topics a client of the sandbox broker may read and write. The topics of a key are
 * those below {@code <prefix>/<key>}, and, to write, those of its devices below {@code
 * <key>/v2/feeds}; whoever knows a key may use its topics, and nobody may find a key by asking for
 * many at once. Immutable; decides from the text of a topic or filter alone.
 */
final class TopicPermissions {
    private static final String SHARED_TOPICS = "public";

    /** In the place of a key, which it cannot be: what the bridge keeps in the broker. */
    private static final String BRIDGE = ".bridge";

    // A group may hold no dot: Artemis joins group and filter by one, so that "$share/a.b/c" and
    // "$share/a/b.c" would be one queue.
    private static final Pattern SHARE = Pattern.compile("\\$share/[^/.+#]+/(.+)");

    private static final String ANY = "+";

    private final String[] prefix;
    private final String key;

    /** Returns the permissions of an anonymous client: the topics of any one key. */
    static TopicPermissions ofAnyOneKey(String prefix) {
        return new TopicPermissions(prefix, null);
    }

    /**
     * Returns the permissions of the owner of a key: the topics of that key, and reading below
     * {@code public}.
     */
    static TopicPermissions ofKey(String prefix, String key) {
        return new TopicPermissions(prefix, key);
    }

    private TopicPermissions(String prefix, String key) {
        this.prefix = prefix.split("/", -1);
        this.key = key;
    }

    /**
     * Tells whether a subscription is allowed: if its filter is well formed and cannot match the
     * topics of more than one key. A filter with a wildcard at or above the key's level is taken to
     * match many; one that ends above that level, or cannot match below the prefix, matches none.
     */
    boolean mayRead(String filter) {
        Matcher share = SHARE.matcher(filter);
        String topics = share.matches() ? share.group(1) : filter;
        String found = isPlain(topics) && isWellFormed(topics) ? keyOf(topics) : ANY;
        return key == null
                ? !ANY.equals(found) && !BRIDGE.equals(found)
                : key.equals(found) || SHARED_TOPICS.equals(found);
    }

    /** Tells whether a message may be published to a topic, which holds no wildcard. */
    boolean mayWrite(String topic) {
        if (!isPlain(topic)) {
            return false;
        }
        String found = keyOf(topic);
        if (key == null) {
            return !BRIDGE.equals(found);
        }
        return key.equals(found) || found == null && isOfDevice(topic);
    }

    /** The topics of the owner's devices that were made for Cosm or Xively (contract, 7.1). */
    private boolean isOfDevice(String topic) {
        return topic.startsWith(key + "/v2/feeds/") || topic.startsWith(key + "/v1/feeds/");
    }

    // "$" starts the broker's own topics, and "::" is how Artemis names a queue of someone else.
    private static boolean isPlain(String topic) {
        return !topic.isEmpty() && !topic.startsWith("$") && !topic.contains("::");
    }

    // Artemis would match a "#" in the middle too.
    private static boolean isWellFormed(String filter) {
        String[] levels = filter.split("/", -1);
        for (int i = 0; i < levels.length; i++) {
            boolean wild = levels[i].contains("#") || levels[i].contains("+");
            boolean whole =
                    levels[i].equals("+") || levels[i].equals("#") && i == levels.length - 1;
            if (wild && !whole) {
                return false;
            }
        }
        return true;
    }

    /** The key whose topics a filter may match, "+" for many, null for none. */
    private String keyOf(String filter) {
        String[] levels = filter.split("/", -1);
        boolean wild = false;
        for (int i = 0; i < prefix.length && i < levels.length; i++) {
            // a device's topic begins with its key, whatever the prefix is
            if (levels[i].equals("#") || i == 0 && levels[i].equals(ANY)) {
                return ANY;
            } else if (levels[i].equals("+")) {
                wild = true;
            } else if (!levels[i].equals(prefix[i])) {
                return null;
            }
        }
        if (wild) {
            return ANY;
        }
        if (levels.length <= prefix.length) {
            return null;
        }
        return levels[prefix.length].equals("#") ? ANY : levels[prefix.length];
    }
}
