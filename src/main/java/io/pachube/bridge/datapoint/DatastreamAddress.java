package io.pachube.bridge.datapoint;

import io.pachube.bridge.delivery.InvalidMessageException;
import io.pachube.bridge.pachube.PercentEncoding;

import java.util.function.IntPredicate;

/**
 * Which datastream a topic {@code <prefix>/<key>/<environment>/<datastream>[/trigger]} names.
 *
 * @param key the API key, {@code [A-Za-z0-9_-]{1,128}}, never {@code public}
 * @param environment the feed's id, {@code [1-9][0-9]*}
 * @param datastream the datastream's id, decoded (contract, section 1: letters, digits, {@code _ -
 *     + .}); or {@value #WILDCARD}
 */
public record DatastreamAddress(String key, String environment, String datastream) {

    /** The key's place in topics that everybody shares; no key may be spelled so. */
    public static final String PUBLIC = "public";

    /** In a trigger's topic, in the place of a datastream: all that the feed has. */
    public static final String WILDCARD = "*";

    private static final int MAX_KEY_LENGTH = 128;

    /**
     * @param topic as it was received
     * @throws InvalidMessageException if a level is outside its rule
     */
    public static DatastreamAddress parse(String prefix, String topic)
            throws InvalidMessageException {
        String[] levels = levels(prefix, topic);
        boolean trigger = levels.length == 4 && levels[3].equals("trigger");
        if (levels.length != 3 && !trigger) {
            throw new InvalidMessageException(
                    "The topic is not <prefix>/<key>/<environment>/<datastream>");
        }
        String key = levels[0];
        if (!isKey(key)) {
            throw new InvalidMessageException(
                    "The key is not 1 to 128 letters, digits, _ or -, or it is 'public'");
        }
        if (!isEnvironment(levels[1])) {
            throw new InvalidMessageException(
                    "The environment '"
                            + abbreviate(levels[1], key)
                            + "' is not a feed's id, a whole number from 1 on");
        }
        if (trigger && levels[2].equals(WILDCARD)) {
            return new DatastreamAddress(key, levels[1], WILDCARD);
        }
        String datastream = decode(levels[2], key);
        if (!isDatastream(datastream)) {
            throw new InvalidMessageException(
                    "The datastream '"
                            + abbreviate(datastream, key)
                            + "' may hold letters, digits, _ - + and . only ('+' is written %2B in"
                            + " a topic)");
        }
        return new DatastreamAddress(key, levels[1], datastream);
    }

    /** Whether a datastream may have this id. */
    public static boolean isDatastream(String id) {
        return !id.isEmpty()
                && consistsOf(id, c -> isPlain(c) || c == '+' || c == '.' || isLetter(c));
    }

    /** A loop, and no stream: it is done for each message. */
    private static boolean consistsOf(String text, IntPredicate allowed) {
        int c;
        for (int i = 0; i < text.length(); i += Character.charCount(c)) {
            c = text.codePointAt(i);
            if (!allowed.test(c)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isLetter(int c) {
        return c > 0x7f && Character.isLetter(c);
    }

    private static boolean isKey(String level) {
        return !level.isEmpty()
                && level.length() <= MAX_KEY_LENGTH
                && consistsOf(level, DatastreamAddress::isPlain)
                && !level.equals(PUBLIC);
    }

    private static boolean isEnvironment(String level) {
        return !level.isEmpty()
                && level.charAt(0) != '0'
                && consistsOf(level, c -> c >= '0' && c <= '9');
    }

    private static boolean isPlain(int c) {
        return c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c >= '0' && c <= '9'
                || c == '_'
                || c == '-';
    }

    /** The level where the key is, or should be; null where there is none. */
    static String key(String prefix, String topic) {
        int begin = prefix.length() + 1;
        if (!isBelow(prefix, topic) || topic.length() == begin || topic.charAt(begin) == '/') {
            return null;
        }
        int end = topic.indexOf('/', begin);
        return topic.substring(begin, end < 0 ? topic.length() : end);
    }

    /** The datastream's path below the API's base address, without suffix (contract, 2.1). */
    public String path() {
        return "/feeds/" + environment + "/datastreams/" + encode(datastream);
    }

    /** Returns the ordering key of the values of this datastream. */
    public String orderingKey() {
        return key + "/" + environment + "/" + datastream;
    }

    /** Names no key. */
    @Override
    public String toString() {
        return "environment " + environment + ", datastream " + datastream;
    }

    private static boolean isBelow(String prefix, String topic) {
        return topic.length() > prefix.length()
                && topic.charAt(prefix.length()) == '/'
                && topic.startsWith(prefix);
    }

    private static String[] levels(String prefix, String topic) {
        return isBelow(prefix, topic)
                ? topic.substring(prefix.length() + 1).split("/", -1)
                : new String[0];
    }

    private static String decode(String level, String key) throws InvalidMessageException {
        try {
            return PercentEncoding.decode(level);
        } catch (IllegalArgumentException e) {
            throw new InvalidMessageException(
                    "The datastream '"
                            + abbreviate(level, key)
                            + "' is not percent-encoded UTF-8 ('%' is written %25)");
        }
    }

    /** Returns a datastream's id as a segment of a path, or a level of a topic. */
    public static String encode(String segment) {
        return PercentEncoding.encode(segment, c -> isPlain(c) || c == '.');
    }

    private static String abbreviate(String level, String key) {
        String masked = mask(level, key);
        return masked.length() <= 64 ? masked : masked.substring(0, 64) + "...";
    }

    /** A client may repeat its key where none belongs. */
    static String mask(String text, String key) {
        return key.length() < 8 ? text : text.replace(key, "***");
    }
}
