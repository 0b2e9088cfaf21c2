package io.pachube.bridge.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A Java to run contenders with. */
record Jdk(Path home, int version) {

    private static final Pattern VERSION = Pattern.compile("JAVA_VERSION=\"(\\d+)");

    /** The one that runs this. */
    static final Jdk THIS =
            new Jdk(Path.of(System.getProperty("java.home")), Runtime.version().feature());

    /** The newest that is installed beside it; empty if none is newer. */
    static Optional<Jdk> newer() throws IOException {
        try (Stream<Path> homes = Files.list(THIS.home.toRealPath().getParent())) {
            return homes.filter(home -> Files.isExecutable(home.resolve("bin/java")))
                    .map(home -> new Jdk(home, version(home)))
                    .filter(jdk -> jdk.version > THIS.version)
                    .max(Comparator.comparingInt(Jdk::version));
        }
    }

    private static int version(Path home) {
        try {
            Matcher matcher = VERSION.matcher(Files.readString(home.resolve("release")));
            return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    String command() {
        return home.resolve("bin/java").toString();
    }
}
