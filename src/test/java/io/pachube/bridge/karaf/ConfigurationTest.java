package io.pachube.bridge.karaf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

/** Karaf's default configuration has the same settings and defaults as standalone. */
class ConfigurationTest {

    /** Those that Karaf has folders of its own for. */
    private static final Set<String> IN_ETC = Set.of("callback.secret-file", "routes.directory");

    @Test
    void isThatOfStandaloneWithNothingEmbedded() throws IOException {
        Properties expected = read("application.properties");
        expected.keySet()
                .removeIf(
                        name ->
                                name.toString().startsWith("camel.")
                                        || name.toString().startsWith("sandbox.")
                                        || name.toString().startsWith("management.")
                                        || IN_ETC.contains(name));
        expected.putAll(Map.of("mqtt.url", "tcp://localhost:1883", "pachube.url", ""));
        assertEquals(expected, read("src/main/karaf/io.pachube.bridge.cfg"));
    }

    private static Properties read(String file) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(file))) {
            properties.load(reader);
        }
        return properties;
    }
}
