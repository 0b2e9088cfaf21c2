package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** The routes that a user edits, against the schema that Camel publishes for its YAML. */
class RouteFilesTest {

    private static final Path FOLDER = Path.of("routes");
    private static final String SUFFIX = ".camel.yaml";
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
                List.of(
                        "datapoint.camel.yaml",
                        "history.camel.yaml",
                        "notification.camel.yaml",
                        "reconcile.camel.yaml",
                        "refresh.camel.yaml",
                        "sweep.camel.yaml",
                        "trigger.camel.yaml"),
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
        "ref: pachubeDocument, reff: pachubeDocument",
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
