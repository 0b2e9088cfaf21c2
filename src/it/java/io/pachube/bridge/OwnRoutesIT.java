package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.bridge.log.ExceptionMessages;

import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.catalog.EndpointValidationResult;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.Model;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.SendDefinition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/** The routes in Java beside those of the files. */
class OwnRoutesIT {

    private static final List<String> IDS =
            List.of(
                    "pachubeHistory",
                    "pachubeHistoryPoll",
                    "pachubeMirrorDiscovery",
                    "pachubePoll",
                    "pachubeTriggerReconcile");

    private static final String WITHOUT_PACHUBE =
            """
            - route:
                id: copy
                routeConfigurationId: pachubeDelivery
                from: { uri: "paho:house/+?qos=1", steps: [ { to: "paho:copy?qos=1" } ] }
            """;

    @TempDir Path folder;

    private final FaultyService service = new FaultyService();
    private Path routes;
    private Mosquitto mosquitto;
    private TestBridge bridge;

    @BeforeEach
    void start() throws Exception {
        service.start();
        mosquitto = new Mosquitto(folder).start();
        routes = RouteFolder.copy(folder.resolve("routes"));
        bridge = new TestBridge(mosquitto.url(), service.url()).routes(routes);
    }

    @AfterEach
    void stop() throws Exception {
        bridge.close();
        service.close();
        mosquitto.close();
    }

    private void save(String name, String text) throws IOException {
        Path file = routes.resolve("." + name);
        Files.writeString(file, text);
        Files.move(file, routes.resolve(name + ".camel.yaml"));
    }

    private void onlyWithoutPachube() throws IOException {
        for (String name : List.of("datapoint", "trigger", "notification")) {
            Files.delete(routes.resolve(name + ".camel.yaml"));
        }
        save("copy", WITHOUT_PACHUBE);
    }

    private String problems() {
        Properties settings = new Properties();
        settings.putAll(bridge.settings());
        return String.join("\n", PachubeBridge.validate(settings));
    }

    private static List<RouteDefinition> own(CamelContext context) {
        return context
                .getCamelContextExtension()
                .getContextPlugin(Model.class)
                .getRouteDefinitions()
                .stream()
                .filter(route -> IDS.contains(route.getRouteId()))
                .toList();
    }

    @Test
    void eachHasADescriptionAndEndpointsAsCamelsCatalogSays() throws Exception {
        bridge.start();
        List<RouteDefinition> own = own(bridge.context());
        assertEquals(IDS, own.stream().map(RouteDefinition::getRouteId).sorted().toList());
        for (RouteDefinition route : own) {
            assertNotNull(route.getDescriptionText(), route.getRouteId());
            List<String> uris = new ArrayList<>(List.of(route.getInput().getEndpointUri()));
            ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), SendDefinition.class)
                    .forEach(step -> uris.add(step.getEndpointUri()));
            for (String uri : uris) {
                EndpointValidationResult result =
                        RouteFilesTest.validate(
                                uri.replace("{{pachube.base}}", "http://api.pachube.com/v2"));
                assertTrue(result.isSuccess(), () -> result.summaryErrorMessage(false));
                assertFalse(result.hasWarnings(), uri);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pachubeHistory|direct:x|the id 'pachubeHistory'",
                "mine|delivery:history|delivery:history",
                "mine|delivery:triggers?batchSize=2|delivery:triggers",
                "pachubePoll|delivery:poll|the id 'pachubePoll'"
            })
    void aRouteFileThatTakesTheirIdOrNameIsRefused(String id, String from, String taken)
            throws Exception {
        save(
                "old",
                "- route:\n    id: %s\n    from: { uri: \"%s\", steps: [ { log: x } ] }\n"
                        .formatted(id, from));
        String expected = taken + " is taken by the bridge's own route ";
        assertTrue(problems().contains("old.camel.yaml, line 3"), problems());
        assertTrue(problems().contains(expected), problems());
        assertTrue(problems().contains(": remove this one, or give it another"), problems());
        String reason = ExceptionMessages.summarize(assertThrows(Exception.class, bridge::start));
        assertTrue(reason.contains(expected), reason);
    }

    /** A folder that is copied from the time when these routes were files. */
    @Test
    void eachFileOfTheFormerLayoutIsNamed() throws Exception {
        String timer =
                "- route:\n    id: pachubeRefresh\n    routeConfigurationId: pachubeNowAndThen\n"
                        + "    from: { uri: \"timer:x\", steps: [ { log: x } ] }\n";
        String consumer =
                "- route:\n    id: %s\n    from: { uri: \"%s\", steps: [ { log: x } ] }\n";
        save("history", consumer.formatted("pachubeHistory", "delivery:history"));
        save("reconcile", consumer.formatted("pachubeReconcile", "delivery:triggers"));
        save("refresh", timer);
        save("sweep", consumer.formatted("pachubePoll", "delivery:poll"));
        List<String> problems = problems().lines().toList();
        assertEquals(4, problems.size(), problems.toString());
        assertTrue(
                problems.get(0).contains("history.camel.yaml, line 3: the id 'pachubeHistory' is"));
        assertTrue(problems.get(1).contains("reconcile.camel.yaml, line 3: delivery:triggers is"));
        assertTrue(
                problems.get(2)
                        .endsWith(
                                "refresh.camel.yaml, line 4: there is no route configuration"
                                        + " 'pachubeNowAndThen'; the nearest is 'pachubeScheduled'"),
                problems.get(2));
        assertTrue(problems.get(3).contains("sweep.camel.yaml, line 3: the id 'pachubePoll' is"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"delivery:history", "delivery:triggers"})
    void aRouteFileMayHandOverToThem(String uri) throws Exception {
        save(
                "mine",
                "- route:\n    id: mine\n    from: { uri: \"direct:x\", steps: [ { to: \"%s\" } ] }\n"
                        .formatted(uri));
        assertEquals("", problems());
    }

    @ParameterizedTest
    @CsvSource({
        "trigger, parseCommands, parseComands",
        "notification, respondOk, respondOkay",
        "trigger, 'pachubeTriggers,', 'pachubeTrigers,'"
    })
    void aMisspeltMethodOrBeanIsAProblem(String file, String right, String wrong) throws Exception {
        RouteFolder.edit(routes.resolve(file + ".camel.yaml"), right, wrong);
        assertTrue(problems().contains(file + ".camel.yaml, line "), problems());
        assertTrue(problems().contains(wrong.replace(",", "")), problems());
    }

    @Test
    void aBridgeWithoutPachubeHasNone() throws Exception {
        onlyWithoutPachube();
        bridge.with("pachube.url", "").start();
        assertNotNull(bridge.context().getRoute("copy"));
        assertEquals(List.of(), own(bridge.context()));
        assertEquals("", problems());
    }

    @Test
    void aTriggerRouteAloneNeedsPachube() throws Exception {
        onlyWithoutPachube();
        Files.copy(Path.of("routes/trigger.camel.yaml"), routes.resolve("trigger.camel.yaml"));
        bridge.with("pachube.url", "");
        assertTrue(problems().contains("pachube.url is not set"), problems());
    }

    @Test
    void aFileThatNeedsPachubeIsRefusedByARunningBridgeWithout() throws Exception {
        onlyWithoutPachube();
        try (LogLines log = new LogLines("io.pachube.bridge.routes.RouteFileWatcher")) {
            bridge.with("pachube.url", "").with("routes.reload", "true").start();
            save("trigger", Files.readString(Path.of("routes/trigger.camel.yaml")));
            await().atMost(Duration.ofSeconds(30))
                    .until(
                            () ->
                                    log.count(
                                                    "it needs Pachube, which no route file used at"
                                                            + " the start: set pachube.url")
                                            == 1);
        }
        assertNull(bridge.context().getRoute("pachubeTrigger"));
    }

    @Test
    void anIdThatTheHostHasIsAClearError() throws Exception {
        try (CamelContext host = new DefaultCamelContext()) {
            Properties settings = new Properties();
            settings.putAll(bridge.settings());
            host.getPropertiesComponent().setInitialProperties(settings);
            host.addRoutes(
                    new RouteBuilder() {
                        @Override
                        public void configure() {
                            from("direct:x").routeId("pachubeHistory").log("x");
                        }
                    });
            Exception thrown =
                    assertThrows(Exception.class, () -> host.addRoutes(new PachubeBridge()));
            assertTrue(
                    ExceptionMessages.summarize(thrown)
                            .contains("a route of the context has the id 'pachubeHist"),
                    ExceptionMessages.summarize(thrown));
            assertEquals(
                    1,
                    host.getCamelContextExtension()
                            .getContextPlugin(Model.class)
                            .getRouteDefinitions()
                            .size());
            assertFalse(host.getComponentNames().contains("pachube-paho"));
        }
    }
}
