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
 * Masks API keys, callback tokens and passwords in the text of log lines, also those of libraries:
 * below INFO they log topics, headers and settings.
 *
 * <p>A secret is recognised by its place: in a topic, after a name such as {@code X-PachubeApiKey}
 * or {@code password}, in a callback address. A secret that was recognised once, or {@link #add}ed,
 * is masked everywhere. Thread safe.
 */
public final class SecretMasker {

    /** Replaces a secret. */
    public static final String MASK = "***";

    /** The sandbox's key, which the log itself tells for trying. */
    private static final String DEMO_KEY = "demo-key";

    /** Shorter ones are masked where their place tells, and only there: 1 is in every date. */
    private static final int MIN_GLOBAL_LENGTH = 6;

    private static final int MAX_KNOWN = 1_000;

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

    /** Camel's log line for a property that it found. */
    private static final Pattern LOOKED_UP =
            Pattern.compile(
                    "(?i)(?:password|secret|users|[.](?:key|token|authorization)(?![\\w-]))[\\w.-]* [^\\n]{0,200}?(?:->|with value:) (?!null\\b)(\\S+)");

    /** A user and a password in an address; nowhere the bridge takes them from. */
    private static final Pattern USER = Pattern.compile("://([^\\s/@]+)@");

    /** A token's first byte is its version, 1, and it is never shorter. */
    private static final Pattern TOKEN = Pattern.compile("/(A[Q-Za-f][\\w-]{40,})");

    /** The beginning of a device's topic (contract, 7.1); a path at Pachube is similar. */
    private static final Pattern DEVICE =
            Pattern.compile("(?<![\\w.:/-])(?!public/)([\\w!-]+)(?=/v[12]/feeds/)");

    private static final Set<String> CONFIGURED = ConcurrentHashMap.newKeySet();

    /** The latest secrets seen. */
    private static final Map<String, Boolean> KNOWN =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                    return size() > MAX_KNOWN;
                }
            };

    /** The places of one bridge's keys. */
    private record Places(Pattern topic, Pattern keyHeader) {
        Places(String topicPrefix, String keyHeader) {
            this(topicPattern(topicPrefix), keyHeaderPattern(keyHeader));
        }
    }

    /** Of the bridges in this process, after the defaults. */
    private static final List<Places> PLACES =
            new CopyOnWriteArrayList<>(List.of(new Places("pb", "X-PachubeApiKey")));

    private SecretMasker() {}

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
        if (isFindable(secret) && !secret.equals(DEMO_KEY)) {
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
        return secret.length() >= MIN_GLOBAL_LENGTH && !WORD.matcher(secret).matches();
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
            masked = maskMatches(masked, places.topic);
        }
        masked = maskMatches(masked, DEVICE);
        masked = maskMatches(masked, LOOKED_UP);
        masked = maskMatches(masked, NAMED);
        for (Places places : PLACES) {
            masked = maskMatches(masked, places.keyHeader);
        }
        masked = maskMatches(masked, USER);
        masked = maskMatches(masked, TOKEN);
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

    private static String maskMatches(String text, Pattern place) {
        Matcher matcher = place.matcher(text);
        StringBuilder masked = new StringBuilder();
        int from = 0;
        while (matcher.find()) {
            if (matcher.group(1).equals(DEMO_KEY)) {
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
