package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** README.md and the pages of docs/: size, links, tables. */
class DocumentsTest {

    private static final int README_BYTES = 10_240;
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
    private static final Pattern STEP =
            Pattern.compile(
                    "\\b(?:ref|executorService|batchFormat|routeConfigurationId): (pachube\\w+)");
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{variable\\.(\\w+)}");

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
            try (var files = Files.list(folder)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    String route = Files.readString(file);
                    for (Pattern name : List.of(STEP, VARIABLE)) {
                        name.matcher(route)
                                .results()
                                .map(found -> found.group(1))
                                .filter(found -> !page.contains("`" + found + "`"))
                                .map(found -> file.getFileName() + ": " + found)
                                .forEach(missing::add);
                    }
                }
            }
        }
        assertEquals(List.of(), missing);
    }
}
