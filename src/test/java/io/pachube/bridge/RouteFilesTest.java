package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;

import io.pachube.bridge.delivery.DeliveryComponent;

import org.apache.camel.catalog.DefaultCamelCatalog;
import org.apache.camel.catalog.EndpointValidationResult;
import org.apache.camel.util.URISupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The routes that a user edits, against the schema that Camel publishes for its YAML. */
class RouteFilesTest {

    private static final Path FOLDER = Path.of("routes");
    private static final String SUFFIX = ".camel.yaml";
    private static final DefaultCamelCatalog CATALOG = catalog();
    private static JsonSchema schema;

    @BeforeAll
    static void readSchema() throws IOException {
        try (InputStream in =
                RouteFilesTest.class.getResourceAsStream("/schema/camelYamlDsl.json")) {
            schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V4).getSchema(in);
        }
    }

    static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    static List<Path> filesAndExamples() throws IOException {
        try (Stream<Path> examples = Files.list(FOLDER.resolve("examples"))) {
            return Stream.concat(files().stream(), examples.sorted()).toList();
        }
    }

    @Test
    void theRoutesAreThere() throws Exception {
        assertEquals(
                List.of("datapoint.camel.yaml", "notification.camel.yaml", "trigger.camel.yaml"),
                files().stream().map(file -> file.getFileName().toString()).toList());
    }

    @ParameterizedTest
    @MethodSource("filesAndExamples")
    void aRouteFileIsAsCamelsSchemaSays(Path file) throws Exception {
        assertEquals(Set.of(), problems(Files.readString(file)));
    }

    @ParameterizedTest
    @MethodSource("files")
    void aFilesFirstRouteHasItsName(Path file) throws Exception {
        JsonNode document = document(Files.readString(file));
        String name = file.getFileName().toString().replace(SUFFIX, "");

        // a host's route may have the plain name
        assertEquals(
                "pachube" + name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1),
                document.path(0).path("route").path("id").asText());
    }

    @ParameterizedTest
    @MethodSource("filesAndExamples")
    void aRouteSaysWhatHappensWhenItFails(Path file) throws Exception {
        for (JsonNode document : document(Files.readString(file))) {
            JsonNode route = document.path("route");
            boolean delivers = route.path("from").path("uri").asText().startsWith("delivery:");
            // a delivery retries its route as a whole
            assertEquals(delivers, route.path("routeConfigurationId").asText().isEmpty());
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void aRouteIsInTheJarToo(Path file) throws Exception {
        try (InputStream in =
                RouteFilesTest.class.getResourceAsStream("routes/" + file.getFileName())) {
            assertEquals(
                    document(Files.readString(file)),
                    document(
                            new String(
                                    in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "- route:, - rout:",
        "id: pachubeDatapoint, ids: pachubeDatapoint",
        "from:, form:",
        "uri:, url:",
        "parameters:, params:",
        "steps:, step:",
        "process:, proces:",
        "ref: pachubePayloadFormat, reff: pachubePayloadFormat",
        "removeHeaders:, removeheaders:",
        "'pattern: \"*\"', 'pattern: [\"*\"]'",
        "simple:, sample:"
    })
    void whatIsMisspeltIsRefused(String right, String wrong) throws Exception {
        String yaml = Files.readString(FOLDER.resolve("datapoint" + SUFFIX));
        String broken = yaml.replace(right, wrong);

        assertFalse(broken.equals(yaml), "nothing to misspell");
        assertFalse(problems(broken).isEmpty(), broken);
    }

    @ParameterizedTest
    @MethodSource("filesAndExamples")
    void everyEndpointIsAsCamelsCatalogSays(Path file) throws Exception {
        List<String> endpoints = endpoints(Files.readString(file));
        assertFalse(endpoints.isEmpty());
        for (String uri : endpoints) {
            EndpointValidationResult result = validate(uri);
            assertTrue(result.isSuccess(), () -> result.summaryErrorMessage(false));
            assertFalse(result.hasWarnings(), uri);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "paho:x?qoss=1",
                "paho:x?qos=often",
                "http:x?httpMethods=PUT",
                "jetty:http://x/y?matchOnUriPrefixes=true",
                "timer:x?periods=1",
                "delivery:x?batchSise=2",
                "pachube-paho:x?qos=1"
            })
    void aWrongEndpointIsNot(String uri) {
        EndpointValidationResult result = validate(uri);
        assertFalse(result.isSuccess() && !result.hasWarnings(), uri);
    }

    static EndpointValidationResult validate(String uri) {
        // strict: http takes any other option as part of the query
        return CATALOG.validateEndpointProperties(uri, true, false, false);
    }

    private static DefaultCamelCatalog catalog() {
        DefaultCamelCatalog catalog = new DefaultCamelCatalog();
        try (InputStream in =
                RouteFilesTest.class.getResourceAsStream(
                        "/META-INF/io/pachube/bridge/delivery/delivery.json")) {
            catalog.addComponent(
                    "delivery",
                    DeliveryComponent.class.getName(),
                    new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return catalog;
    }

    /** All addresses in a file, with their parameters, and a scheme in the place of a property. */
    private static List<String> endpoints(String yaml) throws Exception {
        List<String> endpoints = new ArrayList<>();
        collect(document(yaml), endpoints);
        return endpoints;
    }

    private static void collect(JsonNode node, List<String> endpoints) throws Exception {
        node.properties()
                .forEach(
                        field -> {
                            boolean isAddress =
                                    Set.of("uri", "to", "toD", "wireTap").contains(field.getKey());
                            if (isAddress && field.getValue().isTextual()) {
                                endpoints.add(
                                        address(
                                                field.getValue().asText(),
                                                node.path("parameters")));
                            }
                        });
        for (JsonNode child : node) {
            collect(child, endpoints);
        }
    }

    private static String address(String uri, JsonNode parameters) {
        String resolved =
                uri.replace("{{pachube.base}}", "http://api.pachube.com/v2")
                        .replaceFirst("^\\{\\{[^}]*?:(https?:[^}]*)}}", "$1")
                        .replace(
                                "{{callback.scheme}}://{{callback.host}}:{{callback.port}}",
                                "http://0.0.0.0:8080");
        Map<String, String> options = new LinkedHashMap<>();
        parameters.properties().forEach(p -> options.put(p.getKey(), p.getValue().asText()));
        // camel-catalog takes no optional placeholder where a reference is expected
        options.values().removeIf(value -> value.startsWith("{{?"));
        try {
            return resolved.contains(":")
                    ? URISupport.appendParametersToURI(resolved, new LinkedHashMap<>(options))
                    : CATALOG.asEndpointUri(resolved, options, false);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(uri, e);
        }
    }

    @ParameterizedTest
    @MethodSource("filesAndExamples")
    void everyRouteHasADescription(Path file) throws Exception {
        for (JsonNode document : document(Files.readString(file))) {
            JsonNode route = document.path("route");
            assertFalse(route.path("description").asText().isEmpty(), route.path("id").asText());
            assertFalse(route.path("id").asText().isEmpty());
        }
    }

    @Test
    void aRouteWithoutAnInputIsRefused() {
        assertFalse(problems("- route: { id: datapoint }").isEmpty());
    }

    private static Set<ValidationMessage> problems(String yaml) {
        return schema.validate(document(yaml));
    }

    private static JsonNode document(String yaml) {
        Object document = new Load(LoadSettings.builder().build()).loadFromString(yaml);
        return new JsonMapper().valueToTree(document);
    }
}
