package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The names of test classes say which plug-in runs them, so each is in its folder. */
class TestFoldersTest {

    private static final Pattern TEST =
            Pattern.compile("(?m)^    @(Test|ParameterizedTest|TestFactory|Property|FuzzTest)\\b");
    private static final Pattern TEXT = Pattern.compile("\"(?:[^\"\\\\\\n]|\\\\.)*\"");
    private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|//[^\\n]*");
    private static final Pattern TYPE = Pattern.compile("\\b[A-Z]\\w+");

    private static List<Path> files(String folder) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src", folder, "java"))) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        }
    }

    private static String name(Path file) {
        return file.getFileName().toString().replace(".java", "");
    }

    @ParameterizedTest
    @CsvSource({"test, Test", "it, IT", "chaos, IT", "bench, Benchmark"})
    void aClassWithTestsHasTheNameOfItsFolder(String folder, String suffix) throws Exception {
        for (Path file : files(folder)) {
            if (TEST.matcher(Files.readString(file)).find()) {
                assertTrue(name(file).endsWith(suffix), file + " does not end in " + suffix);
            }
        }
    }

    /** With a broker or a bridge of src/it they would take long. */
    @Test
    void unitTestsUseNoSupportOfIntegrationTests() throws Exception {
        Set<String> support =
                files("it").stream().map(TestFoldersTest::name).collect(Collectors.toSet());
        for (Path file : files("test")) {
            String code = COMMENT.matcher(Files.readString(file)).replaceAll("");
            assertEquals(
                    List.of(),
                    TYPE.matcher(TEXT.matcher(code).replaceAll(""))
                            .results()
                            .map(MatchResult::group)
                            .filter(support::contains)
                            .filter(type -> !code.contains("class " + type + " ")) // its own
                            .distinct()
                            .toList(),
                    file.toString());
        }
    }
}
