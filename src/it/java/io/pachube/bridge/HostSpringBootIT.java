package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.pachube.sandbox.SandboxBroker;
import io.pachube.sandbox.SandboxPachube;

import org.apache.camel.CamelContext;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.Banner;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

/** The bridge as a bean of a Spring Boot application, with its settings in Spring's environment. */
@Tag("slow")
class HostSpringBootIT {

    @TempDir Path folder;

    private final SandboxBroker broker = new SandboxBroker("127.0.0.1", 0, "pb", Map.of());
    private final SandboxPachube pachube = new SandboxPachube("127.0.0.1", 0);
    private HostApplication host;
    private TestBridge settings;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        /** As in the README. */
        @Bean
        PachubeBridge pachubeBridge() {
            return new PachubeBridge();
        }

        @Bean
        RoutesBuilder routes(HostApplication host) {
            return host.routes();
        }

        @Bean
        RouteConfigurationBuilder routeConfiguration(HostApplication host) {
            return host.configuration();
        }

        /** Before Camel looks for its routes, by the same event. */
        @EventListener
        @Order(Ordered.HIGHEST_PRECEDENCE)
        void configure(ContextRefreshedEvent event) throws Exception {
            ApplicationContext spring = event.getApplicationContext();
            spring.getBean(HostApplication.class).configure(spring.getBean(CamelContext.class));
        }
    }

    /** The log of this process is not only Spring Boot's. */
    @BeforeAll
    static void keepTheLog() {
        System.setProperty(LoggingSystem.SYSTEM_PROPERTY, LoggingSystem.NONE);
    }

    @AfterAll
    static void releaseTheLog() {
        System.clearProperty(LoggingSystem.SYSTEM_PROPERTY);
    }

    @BeforeEach
    void start() throws Exception {
        broker.start();
        pachube.start();
        host = new HostApplication(folder);
        settings =
                new TestBridge(broker.url(), pachube.url())
                        .with("mqtt.username", broker.userName())
                        .with("mqtt.password", broker.password());
    }

    @AfterEach
    void stop() {
        host.close();
        pachube.close();
        broker.close();
    }

    private ConfigurableApplicationContext run() throws IOException {
        Properties properties = new Properties();
        properties.putAll(settings.settings());
        properties.setProperty("camel.main.name", HostApplication.NAME);
        Path file = folder.resolve("application.properties");
        try (Writer out = Files.newBufferedWriter(file)) {
            properties.store(out, null);
        }
        return new SpringApplicationBuilder(Application.class)
                .bannerMode(Banner.Mode.OFF)
                .properties("spring.config.location=file:" + file)
                .initializers(
                        (ApplicationContextInitializer<GenericApplicationContext>)
                                spring -> spring.registerBean(HostApplication.class, () -> host))
                .run();
    }

    @Test
    void aBridgeThatIsABeanIsFound() throws Exception {
        try (ConfigurableApplicationContext spring = run()) {
            CamelContext context = spring.getBean(CamelContext.class);
            host.assertWorks(context);
            CompleteExchange.through(broker.url(), pachube);
            assertEquals(404, Http.postForm(settings.callbackUrl() + "/forged", "{}").statusCode());
            host.assertWorks(context);
            host.assertNothingDead();
        }
        await("no thread is left")
                .untilAsserted(() -> assertEquals(Set.of(), ContextInventory.threads()));
    }

    @Test
    void theBridgeAloneMayBeClosed() throws Exception {
        try (ConfigurableApplicationContext spring = run()) {
            CamelContext context = spring.getBean(CamelContext.class);
            CompleteExchange.through(broker.url(), pachube);
            spring.getBean(PachubeBridge.class).close();
            host.assertWorks(context);
            assertNotNull(context.hasComponent("paho"));
            context.addRoutes(new PachubeBridge());
            CompleteExchange.through(broker.url(), pachube);
        }
    }
}
