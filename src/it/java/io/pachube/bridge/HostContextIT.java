package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.callback.CallbackTarget;
import io.pachube.bridge.callback.CallbackTokenCodec;
import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.StateCipher;
import io.pachube.bridge.log.ExceptionMessages;
import io.pachube.sandbox.SandboxPachube;

import org.apache.camel.CamelContext;
import org.apache.camel.builder.DeadLetterChannelBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.Model;
import org.apache.camel.model.RouteDefinition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/** The bridge in the Camel context of another application, as the README says to add it. */
class HostContextIT {

    @TempDir Path folder;

    private final SandboxPachube pachube = new SandboxPachube("127.0.0.1", 0);
    private final CamelContext context = new DefaultCamelContext();
    private Mosquitto mosquitto;
    private HostApplication host;
    private TestBridge settings;

    @BeforeEach
    void start() throws Exception {
        mosquitto = new Mosquitto(folder).start();
        pachube.start();
        host = new HostApplication(folder);
        host.configure(context);
        context.addRoutesConfigurations(host.configuration());
        settings = new TestBridge(mosquitto.url(), pachube.url());
    }

    @AfterEach
    void stop() throws Exception {
        context.close();
        host.close();
        pachube.close();
        mosquitto.close();
    }

    private void apply() {
        Properties properties = new Properties();
        properties.putAll(settings.settings());
        context.getPropertiesComponent().setInitialProperties(properties);
    }

    private void assertBothWork() throws Exception {
        host.assertWorks(context);
        CompleteExchange.through(mosquitto.url(), pachube);
        assertCallbacksAreRefused();
        assertNoRouteHasTheHostsErrorHandler();
        host.assertWorks(context);
        host.assertNothingDead();
    }

    private void assertNoRouteHasTheHostsErrorHandler() {
        Model model = context.getCamelContextExtension().getContextPlugin(Model.class);
        List<String> routes =
                model.getRouteDefinitions().stream()
                        .filter(r -> r.getErrorHandlerFactory() instanceof DeadLetterChannelBuilder)
                        .map(RouteDefinition::getId)
                        .toList();
        assertFalse(routes.isEmpty());
        assertTrue(routes.stream().noneMatch(id -> id.startsWith("pachube")), () -> "" + routes);
    }

    private void assertCallbacksAreRefused() throws Exception {
        String address =
                new CallbackTokenCodec(new StateCipher(TestBridge.SECRET))
                        .encode(
                                new CallbackTarget(
                                        SandboxPachube.DEMO_KEY,
                                        "hot",
                                        NotificationOptions.DEFAULT));
        HttpResponse<String> answer =
                Http.postForm(settings.callbackUrl() + "/" + address, "no json");
        assertEquals(400, answer.statusCode());
        assertTrue(answer.body().contains("the document is not JSON"), "read once");
    }

    @Test
    void beforeTheHostsRoutes() throws Exception {
        apply();
        context.addRoutes(new PachubeBridge());
        context.addRoutes(host.routes());
        context.start();
        assertBothWork();
    }

    @Test
    void behindTheHostsRoutes() throws Exception {
        apply();
        context.addRoutes(host.routes());
        context.addRoutes(new PachubeBridge());
        context.start();
        assertBothWork();
    }

    @Test
    void intoARunningContext() throws Exception {
        apply();
        context.addRoutes(host.routes());
        context.start();
        host.assertWorks(context);
        context.addRoutes(new PachubeBridge());
        assertBothWork();
    }

    @Test
    void withRoutesInAFolderOfItsOwn() throws Exception {
        Path routes = Files.createDirectory(folder.resolve("routes"));
        for (String name : new String[] {"datapoint", "trigger", "notification"}) {
            Path file = Path.of("routes", name + ".camel.yaml");
            Files.copy(file, routes.resolve(file.getFileName()));
        }
        settings.routes(routes);
        apply();
        context.addRoutes(host.routes());
        context.addRoutes(new PachubeBridge());
        context.start();
        assertBothWork();
    }

    @Test
    void nothingIsEmbeddedUnlessAskedFor() throws Exception {
        for (String name : new String[] {"mqtt.url", "pachube.url"}) {
            String value = settings.settings().remove(name);
            apply();
            Exception thrown =
                    assertThrows(Exception.class, () -> context.addRoutes(new PachubeBridge()));
            assertEquals(name + " is not set", thrown.getMessage());
            settings.with(name, value);
        }
        settings.with("mqtt.url", "embedded").with("pachube.url", "embedded");
        apply();
        context.addRoutes(new PachubeBridge());
    }

    @Test
    void aRouteFilesIdThatTheHostHasIsAClearError() throws Exception {
        Path routes = Files.createDirectory(folder.resolve("routes"));
        write(routes, "mine", "id: datapoint\n    from: { uri: \"direct:mine\" }");
        settings.routes(routes);
        apply();
        context.addRoutes(host.routes());
        context.start();
        assertRefused("'datapoint'");
        host.assertWorks(context);
    }

    private static void write(Path folder, String name, String route) throws IOException {
        Files.writeString(
                folder.resolve(name + ".camel.yaml"),
                "- route:\n    " + route.replaceFirst(" }$", ", steps: [ { log: x } ] }") + "\n");
    }

    private void assertRefused(String what) {
        Exception thrown =
                assertThrows(Exception.class, () -> context.addRoutes(new PachubeBridge()));
        String reason = ExceptionMessages.summarize(thrown);
        if (!reason.contains("mine.camel.yaml, line ") || !reason.contains(what)) {
            throw new AssertionError(reason, thrown);
        }
    }

    @Test
    void aSecondBridgeIsAClearError() throws Exception {
        apply();
        context.addRoutes(new PachubeBridge());
        Exception thrown =
                assertThrows(Exception.class, () -> context.addRoutes(new PachubeBridge()));
        assertEquals("This context has a PachubeBridge: close that first", thrown.getMessage());
        context.addRoutes(host.routes());
        context.start();
        assertBothWork();
    }
}
