package io.pachube.bridge.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Properties;

class BridgeConfigTest {

    private final DefaultCamelContext context = new DefaultCamelContext();
    private final ConfigProblems problems = new ConfigProblems();

    @AfterEach
    void stop() {
        context.stop();
    }

    private BridgeConfig read(boolean usesPachube, String... settings) {
        Properties properties = new Properties();
        for (int i = 0; i < settings.length; i += 2) {
            properties.setProperty(settings[i], settings[i + 1]);
        }
        context.getPropertiesComponent().setOverrideProperties(properties);
        return BridgeConfig.read(
                new BridgeProperties(context, problems), problems, usesPachube, true);
    }

    @Test
    void allProblemsAreNamedAtOnceAndTheValuesAreTheDefaults() {
        BridgeConfig config =
                read(
                        true,
                        "mqtt.url",
                        "broker",
                        "callback.port",
                        "many",
                        "retry.initial-delay",
                        "1m",
                        "retry.max-delay",
                        "1s");
        List<String> all = problems.all();
        assertEquals(4, all.size(), all.toString());
        assertTrue(all.get(0).startsWith("mqtt.url is 'broker'"), all.get(0));
        assertTrue(all.get(1).startsWith("callback.port is 'many'"), all.get(1));
        assertEquals("pachube.url is not set", all.get(2));
        assertTrue(all.get(3).startsWith("retry.initial-delay is '1m'"), all.get(3));
        assertEquals(8080, config.callback().port());
        assertEquals("http://localhost:8080/callback", config.callback().url());
        assertEquals(Duration.ofMillis(500), config.delivery().initialDelay());
        assertEquals(Duration.ofSeconds(15), config.delivery().maxDelay());
    }

    @Test
    void anAddressThatIsWrongHidesNoTlsSetting() {
        BridgeConfig config = read(false, "mqtt.url", "broker", "pachube.url", "embedded");
        assertTrue(config.mqtt().usesTls());
        assertEquals("", config.pachube().url(), "none is embedded where no route uses it");
    }

    @Test
    void noTextShowsASecret() {
        String secret = "no-Text-Shows-This";
        BridgeConfig config =
                read(
                        true,
                        "mqtt.url",
                        "ssl://broker:8883",
                        "mqtt.password",
                        secret,
                        "mqtt.tls.trust-store-password",
                        secret,
                        "callback.tls.key-store-password",
                        secret,
                        "pachube.url",
                        "https://api",
                        "pachube.proxy",
                        "http://user:" + secret + "@proxy:3128",
                        "sandbox.mqtt.users",
                        "key:" + secret);
        assertTrue(problems.isEmpty(), problems.all().toString());
        assertEquals(secret, config.mqtt().password().value());
        assertFalse(config.toString().contains(secret), config.toString());
    }
}
