package io.pachube.bridge.log;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes API keys, callback tokens and passwords out of text for the log, whoever wrote it: below
 * INFO the libraries tell topics, headers and settings.
 *
 * <p>A secret is known by where it stands: in a topic, behind a name such as {@code
 * X-PachubeApiKey} or {@code password}, in a callback address. Once seen, or {@link #add}ed, it is
 * known wherever it stands. Thread safe.
 */
public final class Secrets {

    /** What stands in a secret's place. */
    public static final String MASK = "***";

    /** The sandbox's key, which the log itself tells for trying. */
    private static final String NO_SECRET = "demo-key";

    /** Shorter ones are masked where their place tells, and only there: 1 is in every date. */
    private static final int SHORTEST_ANYWHERE = 6;

    private static final int MOST = 1_000;

    private static final Pattern NAMED =
            named(
                    "X-(?:Pachube)?ApiKey|api[_-]?key|password|secret|(?<![\\w.-])key",
                    // "the password: wrong" is prose
                    "(?!: [a-z]+(?![\\w+/=,-]))");

    /** A word is masked where its place tells, and only there: the log is made of words. */
    private static final Pattern WORD = Pattern.compile("[A-Z]?[a-z]+");

    /** Of a setting that a route file names, such as {@code thingsboard.token.kitchen}. */
    private static final Pattern SECRET_NAME =
            Pattern.compile(
                    "(?i)(?<![a-z])(?:key|token|secret|password|authorization)(?![a-z]|[-_]store|[-_.]file)");

    /** How Camel tells what it found for a setting. */
    private static final Pattern LOOKED_UP =
            Pattern.compile(
                    "(?i)(?:password|secret|users|[.](?:key|token|authorization)(?![\\w-]))[\\w.-]* [^\\n]{0,200}?(?:->|with value:) (?!null\\b)(\\S+)");

    /** A user and a password in an address; nowhere the bridge takes them from. */
    private static final Pattern USER = Pattern.compile("://([^\\s/@]+)@");

    /** A token's first byte is its version, 1, and it is never shorter. */
    private static final Pattern TOKEN = Pattern.compile("/(A[Q-Za-f][\\w-]{40,})");

    /** How topics of devices begin (contract, 7.1); an address at Pachube goes on so, too. */
    private static final Pattern DEVICE =
            Pattern.compile("(?<![\\w.:/-])(?!public/)([\\w!-]+)(?=/v[12]/feeds/)");

    private static final Set<String> CONFIGURED = ConcurrentHashMap.newKeySet();

    /** The latest secrets seen. */
    private static final Map<String, Boolean> KNOWN =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                    return size() > MOST;
                }
            };

    /** Where the keys of one bridge stand. */
    private record Places(Pattern topic, Pattern keyHeader) {
        Places(String topicPrefix, String keyHeader) {
            this(topicPattern(topicPrefix), keyHeaderPattern(keyHeader));
        }
    }

    /** Of the bridges in this process; the first ones are the defaults. */
    private static final List<Places> PLACES =
            new CopyOnWriteArrayList<>(List.of(new Places("pb", "X-PachubeApiKey")));

    private Secrets() {}

    /**
     * Masks the keys of one bridge.
     *
     * @param topicPrefix how topics begin that hold a key: {@code mqtt.topic-prefix}
     * @param keyHeader which header carries a key: {@code pachube.api-key-header}
     * @return ends it, when the bridge is closed
     */
    public static Runnable addBridge(String topicPrefix, String keyHeader) {
        Places places = new Places(topicPrefix, keyHeader);
        PLACES.add(places);
        return () -> PLACES.remove(places);
    }

    private static Pattern keyHeaderPattern(String name) {
        return named("(?<![\\w-])" + Pattern.quote(name), "");
    }

    private static Pattern named(String names, String unless) {
        return Pattern.compile(
                "(?i)(?:"
                        + names
                        + ")[\"']?"
                        + "(?-i:"
                        + unless
                        + ")(?:=|:)\\s?[\"']?(?!null\\b)([\\w+/=-]+(?:,[\\w+/=-]+)*)");
    }

    private static Pattern topicPattern(String prefix) {
        return Pattern.compile(
                "(?<![\\w.-])" + Pattern.quote(prefix) + "/(?!public/)([\\w!-]+)(?=/)");
    }

    /** A secret to be known wherever it stands, unless it is short or a plain word. */
    public static void add(String secret) {
        if (isFindable(secret)) {
            synchronized (KNOWN) {
                KNOWN.put(secret, true);
            }
        }
    }

    /** A secret of the configuration, to be known as long as the process runs. */
    public static void addConfigured(String secret) {
        if (isFindable(secret) && !secret.equals(NO_SECRET)) {
            CONFIGURED.add(secret);
        }
    }

    /** Returns the same text without the secrets of the configuration. */
    public static String maskConfigured(String text) {
        String masked = text;
        for (String secret : CONFIGURED) {
            masked = masked.replace(secret, MASK);
        }
        return masked;
    }

    private static boolean isFindable(String secret) {
        return secret.length() >= SHORTEST_ANYWHERE && !WORD.matcher(secret).matches();
    }

    /**
     * Returns true for the name of a property, or an environment variable, whose value is a secret.
     */
    public static boolean isSecretName(String name) {
        return SECRET_NAME.matcher(name).find();
    }

    /** The same text without secrets. */
    public static String mask(String text) {
        String masked = text;
        for (Places places : PLACES) {
            masked = maskPlaces(masked, places.topic);
        }
        masked = maskPlaces(masked, DEVICE);
        masked = maskPlaces(masked, LOOKED_UP);
        masked = maskPlaces(masked, NAMED);
        for (Places places : PLACES) {
            masked = maskPlaces(masked, places.keyHeader);
        }
        masked = maskPlaces(masked, USER);
        masked = maskPlaces(masked, TOKEN);
        masked = maskConfigured(masked);
        List<String> known;
        synchronized (KNOWN) {
            known = new ArrayList<>(KNOWN.keySet());
        }
        for (String secret : known) {
            masked = masked.replace(secret, MASK);
        }
        return masked;
    }

    /** Returns the same text without callback tokens, of which none is remembered. */
    public static String maskTokens(String text) {
        return TOKEN.matcher(text).replaceAll("/" + MASK);
    }

    private static String maskPlaces(String text, Pattern place) {
        Matcher matcher = place.matcher(text);
        StringBuilder masked = new StringBuilder();
        int from = 0;
        while (matcher.find()) {
            if (matcher.group(1).equals(NO_SECRET)) {
                continue;
            }
            add(matcher.group(1));
            for (String part : matcher.group(1).split("[,:]")) {
                add(part);
            }
            masked.append(text, from, matcher.start(1)).append(MASK);
            from = matcher.end(1);
        }
        return from == 0 ? text : masked.append(text, from, text.length()).toString();
    }
}
