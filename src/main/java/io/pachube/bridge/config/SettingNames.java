package io.pachube.bridge.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Tells the names of settings, and of their environment variables, from misspelled ones. */
public final class SettingNames {

    private static final List<Setting<?>> ALL = Settings.all();

    private static final Map<String, Setting<?>> BY_NAME =
            ALL.stream().collect(Collectors.toMap(Setting::name, setting -> setting));

    private static final Set<String> GROUPS =
            ALL.stream().map(setting -> group(setting.name())).collect(Collectors.toSet());

    /** The variables that Kubernetes and Docker's links set for a service. */
    private static final Pattern SERVICE_VARIABLE =
            Pattern.compile(".*_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT|PORT_\\d+_.*|NAME|ENV_.*)");

    private SettingNames() {}

    /** Returns true if a property is one of the bridge's settings. */
    public static boolean isSetting(String name) {
        return BY_NAME.containsKey(name);
    }

    /** Returns true if an environment variable sets one of the bridge's settings. */
    public static boolean isVariable(String name) {
        return ALL.stream().anyMatch(setting -> setting.variable().equals(name));
    }

    /**
     * Returns one line for each property that belongs to the bridge's groups, but is no setting.
     */
    public static List<String> unknown(Collection<String> properties) {
        return properties.stream()
                .filter(name -> name.contains(".") && GROUPS.contains(group(name)))
                .filter(name -> !BY_NAME.containsKey(name))
                .sorted()
                .map(name -> name + " is no setting: " + nearest(name, Setting::name))
                .toList();
    }

    /** The same for environment variables. */
    public static List<String> unknownVariables(Collection<String> variables) {
        Set<String> known =
                ALL.stream()
                        .flatMap(s -> Stream.of(s.variable(), s.isSecret() ? s.fileVariable() : ""))
                        .collect(Collectors.toSet());
        return variables.stream()
                .filter(name -> name.contains("_"))
                .filter(
                        name ->
                                GROUPS.contains(
                                        name.replaceFirst("_.*", "").toLowerCase(Locale.ROOT)))
                .filter(name -> name.equals(name.toUpperCase(Locale.ROOT)) && !known.contains(name))
                .filter(name -> !SERVICE_VARIABLE.matcher(name).matches())
                .sorted()
                .map(name -> name + " sets nothing: " + nearest(name, Setting::variable))
                .toList();
    }

    private static String group(String name) {
        return name.substring(0, name.indexOf('.'));
    }

    private static String nearest(String name, Function<Setting<?>, String> form) {
        return "the nearest is " + nearest(name, ALL.stream().map(form).toList()).orElseThrow();
    }

    /** Returns the name that is spelled most like the given one; empty if none is known. */
    public static Optional<String> nearest(String name, Collection<String> known) {
        return known.stream().min(Comparator.comparingInt(other -> distance(other, name)));
    }

    /** Levenshtein's: how many letters to insert, delete or replace. */
    private static int distance(String from, String to) {
        int[] before = IntStream.rangeClosed(0, to.length()).toArray();
        for (int i = 1; i <= from.length(); i++) {
            int[] row = new int[before.length];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int replaced = before[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, 1 + Math.min(before[j], row[j - 1]));
            }
            before = row;
        }
        return before[to.length()];
    }
}
