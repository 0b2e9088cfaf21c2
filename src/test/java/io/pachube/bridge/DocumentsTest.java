package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.pachube.bridge.config.Setting;
import io.pachube.bridge.config.Settings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** README.md and the pages of docs/: size, links, tables. */
class DocumentsTest {

    private static final int README_BYTES = 10_240;
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
    private static final Pattern STEP =
            Pattern.compile(
                    "\\b(?:ref|executorService|batchFormat|routeConfigurationId): (pachube\\w+)");
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{variable\\.(\\w+)}");

    private static final Pattern COMMAND =
            Pattern.compile(
                    "(?m)^(mvn|java|docker|curl|mosquitto_\\w+|influx|cp|openssl|[A-Z_]+=\\S+) ");
    private static final Pattern IMPORT =
            Pattern.compile("import (?:static )?io\\.pachube\\.(?:bridge\\.)?(\\w+)");

    static List<Path> pages() {
        return Documents.pages();
    }

    @Test
    void theReadmeIsShort() throws Exception {
        long size = Files.size(Path.of("README.md"));
        assertTrue(size <= README_BYTES, "README.md has " + size + " bytes");
    }

    @Test
    void theReadmeLinksToEachPage() {
        String readme = Documents.read(Path.of("README.md"));
        List<Path> missing =
                pages().stream()
                        .filter(page -> page.startsWith("docs"))
                        .filter(page -> !readme.contains("](" + page + ")"))
                        .toList();
        assertEquals(List.of(), missing);
    }

    @ParameterizedTest
    @MethodSource("pages")
    void aLinkLeadsToAFileAndAHeading(Path page) {
        List<String> broken = new ArrayList<>();
        LINK.matcher(withoutBlocks(page))
                .results()
                .map(link -> link.group(1))
                .filter(link -> !link.contains("://"))
                .forEach(
                        link -> {
                            String[] parts = link.split("#", 2);
                            Path target =
                                    parts[0].isEmpty()
                                            ? page
                                            : page.resolveSibling(parts[0]).normalize();
                            if (!Files.exists(target)
                                    || parts.length == 2 && !anchors(target).contains(parts[1])) {
                                broken.add(link);
                            }
                        });
        assertEquals(List.of(), broken);
    }

    private static String withoutBlocks(Path page) {
        return Documents.read(page).replaceAll("(?ms)^ *```.*?^ *```$", "");
    }

    /** Returns the names that a page's headings have in addresses. */
    private static Set<String> anchors(Path page) {
        return HEADING.matcher(withoutBlocks(page))
                .results()
                .map(
                        heading ->
                                heading.group(1)
                                        .toLowerCase(Locale.ROOT)
                                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    @Test
    void eachStepAndVariableOfARouteIsInThePage() throws Exception {
        String page = Documents.read(Path.of("docs", "routes.md"));
        List<String> missing = new ArrayList<>();
        for (Path folder : List.of(Path.of("routes"), Path.of("routes", "examples"))) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    String route = Files.readString(file);
                    Stream.of(STEP, VARIABLE)
                            .flatMap(name -> name.matcher(route).results())
                            .map(found -> found.group(1))
                            .filter(name -> !page.contains("`" + name + "`"))
                            .filter(name -> !route.contains("name: " + name)) // set in the file
                            .forEach(name -> missing.add(file + ": " + name));
                }
            }
        }
        assertEquals(List.of(), missing);
    }

    /** The test that runs the block of commands with these words; another place to look at. */
    private static final Map<String, String> RUN_BY =
            Map.ofEntries(
                    Map.entry("mvn compile camel:run", ".ci/run"),
                    Map.entry("mvn -Pkaraf verify", ".ci/run"),
                    Map.entry("mvn -P", "pom.xml"),
                    Map.entry("mvn -DskipTests package", "pom.xml"),
                    Map.entry("io.pachube.sandbox.ClassDataArchive", "pom.xml"),
                    Map.entry("tar -xzf", "DistributionIT"),
                    Map.entry("systemctl enable", "DistributionIT"),
                    Map.entry("docker compose", "DeployFilesIT"),
                    Map.entry("kubectl create", "DeployFilesIT"),
                    Map.entry(
                            "mvn dependency:copy-dependencies -DoutputDirectory=extra", "ExtraIT"),
                    Map.entry("docker run", "src/test/java/io/pachube/bridge/DocumentsTest.java"),
                    Map.entry("-jar target/pachube-mqtt-bridge.jar", "DocumentCommandsIT"),
                    Map.entry("CALLBACK_HOST=", "DocumentCommandsIT"),
                    Map.entry("openssl pkcs12", "DocumentCommandsIT"),
                    Map.entry("zigbee2mqtt/kitchen", "DocumentCommandsIT"),
                    Map.entry("io.pachube.sandbox.Main", "JarContentsIT"),
                    Map.entry("/observe/health", "ObservabilityIT"),
                    Map.entry("house/hall/power", "DeliveryPageIT"),
                    Map.entry("temperature -m 21.5", "ReadmeBlocksIT"),
                    Map.entry("demo-key/hot -t", "ReadmeBlocksIT"),
                    Map.entry("temperature/trigger -m", "ReadmeBlocksIT"),
                    Map.entry("curl -X PUT", "ReadmeBlocksIT"),
                    Map.entry("examples/devices.camel.yaml routes/", "ReadmeBlocksIT"),
                    Map.entry("\"unit\":{\"symbol\":\"C\"", "ReadmeBlocksIT"),
                    Map.entry("1/attic -m", "ReadmeBlocksIT"),
                    Map.entry("'pb/demo-key/1/*/trigger'", "ReadmeBlocksIT"));

    @Test
    void eachBlockOfCommandsIsRunByATest() {
        List<String> notRun =
                Documents.blocks().stream()
                        .filter(block -> block.language().equals("sh"))
                        .map(Documents.Block::text)
                        .filter(text -> RUN_BY.keySet().stream().noneMatch(text::contains))
                        .toList();
        assertEquals(List.of(), notRun);
    }

    @Test
    void aTestThatRunsABlockHasItsWords() throws Exception {
        Path tests = Path.of("src", "it", "java", "io", "pachube", "bridge");
        for (var entry : RUN_BY.entrySet()) {
            String place = entry.getValue();
            Path file = place.matches("\\w+") ? tests.resolve(place + ".java") : Path.of(place);
            assertTrue(Files.exists(file) || Files.exists(Path.of(place)), place);
            if (place.equals("ReadmeBlocksIT") || place.equals(".ci/run")) {
                String words = entry.getKey().replace("mvn ", "").replace("\"", "\\\"");
                assertTrue(Files.readString(file).contains(words), place + ": " + words);
            }
        }
    }

    /** Commands are in blocks that are marked so. */
    @Test
    void aBlockWithoutALanguageHoldsNoCommands() {
        assertEquals(
                List.of(),
                Documents.blocks().stream()
                        .filter(block -> block.language().isEmpty())
                        .map(Documents.Block::text)
                        .filter(text -> COMMAND.matcher(text).find())
                        .toList());
    }

    @Test
    void aProfileOfACommandExists() throws Exception {
        String pom = Files.readString(Path.of("pom.xml"));
        Documents.commands()
                .flatMap(command -> Pattern.compile(" -P(\\w+)").matcher(command).results())
                .forEach(used -> assertTrue(pom.contains("<id>" + used.group(1) + "</id>")));
    }

    /** No container is started here: its ports, its folders and the settings are compared. */
    @Test
    void theCommandsOfTheContainerFitIt() throws Exception {
        String container = Files.readString(Path.of("Dockerfile"));
        String commands =
                Documents.commands()
                        .filter(command -> command.startsWith("docker run"))
                        .collect(Collectors.joining("\n"));
        List<String> variables = Settings.all().stream().map(Setting::variable).toList();
        Pattern.compile("-p \\d+:(\\d+)")
                .matcher(commands)
                .results()
                .forEach(
                        port ->
                                assertTrue(
                                        container.matches(
                                                "(?s).*EXPOSE[ \\d]* " + port.group(1) + "\\b.*")));
        Pattern.compile("-e (\\w+)=")
                .matcher(commands)
                .results()
                .forEach(name -> assertTrue(variables.contains(name.group(1)), name.group(1)));
        Pattern.compile(":/bridge/(\\w+)")
                .matcher(commands)
                .results()
                .forEach(to -> assertTrue(container.contains(to.group(1) + "/"), to.group(1)));
    }

    @Test
    void theArtifactsAreTheOnesOfThePom() throws Exception {
        String pom = Files.readString(Path.of("pom.xml")).replaceAll("\\s+", "");
        List<Documents.Block> artifacts =
                Documents.blocks().stream().filter(b -> b.language().equals("xml")).toList();
        assertEquals(2, artifacts.size());
        artifacts.forEach(
                block ->
                        assertTrue(
                                pom.contains(
                                        block.text()
                                                .replaceAll("\\s+", "")
                                                .replaceAll("</?dependency>|<classifier>.*", ""))));
    }

    @Test
    void theLinesForMosquittoAreThoseOfItsFile() throws Exception {
        List<String> file = Files.readAllLines(Path.of("src/main/deploy/mosquitto/mosquitto.conf"));
        Documents.block("", "persistence true")
                .text()
                .lines()
                .forEach(line -> assertTrue(file.contains(line), line));
    }

    /** The code of the README is that of the tests of hosts. */
    @Test
    void theCodeOfTheReadmeIsThatOfAHost() throws Exception {
        String bean = Documents.block("java", "@Bean").text().replaceAll("\\s+|public", "");
        Path test = Path.of("src/it/java/io/pachube/bridge/HostSpringBootIT.java");
        assertTrue(Files.readString(test).replaceAll("\\s+", "").contains(bean), bean);
    }

    @Test
    void aTestThatProvesAProtectionExists() throws Exception {
        List<String> missing = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of("src", "test", "java"))) {
            Set<String> tests =
                    files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
            Pattern.compile("`(\\w+Test)`")
                    .matcher(Documents.read(Path.of("docs", "SECURITY.md")))
                    .results()
                    .map(found -> found.group(1))
                    .filter(name -> !tests.contains(name + ".java"))
                    .forEach(missing::add);
        }
        assertEquals(List.of(), missing);
    }

    /** The table of the page, compared with the imports of the packages. */
    @Test
    void aPackageUsesOnlyThoseOfItsRow() throws Exception {
        Map<String, Set<String>> rows = new TreeMap<>();
        Documents.read(Path.of("docs", "architecture.md"))
                .replaceAll("(?s).*## The arrow rule", "")
                .replaceAll("(?s)## .*", "")
                .lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("\\|"))
                .forEach(cells -> rows.put(names(cells[1]).iterator().next(), names(cells[2])));
        Path bridge = Path.of("src/main/java/io/pachube/bridge");
        try (Stream<Path> files = Files.walk(bridge)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                String from = bridge.relativize(file).getName(0).toString();
                if (from.endsWith(".java") || from.equals("karaf")) {
                    continue; // on top of all
                }
                assertTrue(rows.containsKey(from), from + " has no row");
                IMPORT.matcher(Files.readString(file))
                        .results()
                        .map(found -> found.group(1))
                        .filter(to -> !to.equals(from) && !rows.get(from).contains(to))
                        .forEach(to -> fail(file + " uses " + to));
            }
        }
    }

    private static Set<String> names(String cell) {
        return Stream.of(cell.replaceAll("[`, ]+", " ").strip().split(" "))
                .collect(Collectors.toSet());
    }
}
