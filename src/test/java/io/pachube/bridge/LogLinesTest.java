package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Each line that the code logs at INFO or above has its row in docs/operations.md. */
class LogLinesTest {

    private static final Path CODE = Path.of("src", "main", "java");
    private static final Path SANDBOX = Path.of("io", "pachube", "sandbox");

    /** A call of a logger, up to its text; or a reference to one of its methods. */
    private static final Pattern CALL =
            Pattern.compile(
                    "\\b(?i:log)\\s*(?:\\.(info|warn|error)\\(|::(info|warn|error)\\b"
                            + "|\\.atLevel\\([^;]*?(INFO|WARN|ERROR)\\)[^;]*?\\.log\\()");

    private static final String STRING = "\"(?:[^\"\\\\]|\\\\.)*\"";
    private static final Pattern TEXT_BLOCK = Pattern.compile("\\s*\"\"\"\\s*([^\\n]*)");
    private static final Pattern TEXT = Pattern.compile(STRING + "(?:\\s*\\+\\s*" + STRING + ")*");

    /** As one argument: one text, or one of two. */
    private static final Pattern TEXTS =
            Pattern.compile(
                    "\\s*(?:[^\",;]*\\?\\s*("
                            + TEXT
                            + ")\\s*:\\s*)?("
                            + TEXT
                            + ")\\s*(?:[,)]|\\.formatted\\()");

    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| (ERROR|WARN|INFO) \\| `([^`]+)` \\| ([^|]*) \\|([^|]*)\\|$");

    /** How much of a line a row has at least, with its level. */
    private static final int MIN_START = 15;

    private static Stream<Path> files() throws IOException {
        return Files.walk(CODE).filter(file -> file.toString().endsWith(".java"));
    }

    private static boolean isSandbox(Path file) {
        return CODE.relativize(file).startsWith(SANDBOX);
    }

    /** Returns level and text of each line, with … where a value stands. */
    private static List<String> lines(String code) {
        List<String> lines = new ArrayList<>();
        Matcher call = CALL.matcher(code);
        while (call.find()) {
            String level = call.group(1);
            for (int i = 2; level == null; i++) {
                level = call.group(i);
            }
            for (String text : texts(code, call)) {
                lines.add(level.toUpperCase(Locale.ROOT) + " " + text);
            }
        }
        return lines;
    }

    private static List<String> texts(String code, Matcher call) {
        if (call.group(2) != null) {
            return List.of("…"); // a text that was made elsewhere
        }
        Matcher block = TEXT_BLOCK.matcher(code).region(call.end(), code.length());
        if (block.lookingAt()) {
            return List.of(shown(block.group(1)));
        }
        Matcher texts = TEXTS.matcher(code).region(call.end(), code.length());
        if (!texts.lookingAt()) {
            String argument = code.substring(call.end(), code.indexOf(';', call.end()));
            assertFalse(argument.contains("\""), argument); // a form that is not known here
            return List.of("…");
        }
        return Stream.of(texts.group(1), texts.group(2))
                .filter(text -> text != null)
                .map(text -> text.replaceAll("\"\\s*\\+\\s*\"", ""))
                .map(text -> shown(text.substring(1, text.length() - 1)))
                .toList();
    }

    private static String shown(String text) {
        return text.replace("{}", "…").replaceAll("%[sd]", "…").strip();
    }

    private static List<String> rows(boolean ofSandbox) throws IOException {
        String page = Documents.read(Path.of("docs", "operations.md"));
        int sandbox = page.indexOf("\n### Log of the sandbox\n");
        return ROW.matcher(ofSandbox ? page.substring(sandbox) : page.substring(0, sandbox))
                .results()
                .map(row -> row.group(1) + " " + row.group(2))
                .toList();
    }

    private static List<String> logged(boolean bySandbox) throws IOException {
        TreeSet<String> lines = new TreeSet<>();
        try (Stream<Path> files = files()) {
            for (Path file : files.filter(each -> isSandbox(each) == bySandbox).toList()) {
                lines.addAll(lines(Files.readString(file)));
            }
        }
        return List.copyOf(lines);
    }

    /** A row has a line, or the beginning of one. */
    private static boolean covers(String row, String line) {
        String start = row.replaceAll("…$", "");
        return row.equals(line) || start.length() > MIN_START && line.startsWith(start);
    }

    /** Returns the row of each line: the longest that covers it. */
    private static Map<String, String> rowOfLine(List<String> lines, List<String> rows) {
        Map<String, String> found = new TreeMap<>();
        for (String line : lines) {
            rows.stream()
                    .filter(row -> covers(row, line))
                    .max(Comparator.comparingInt(String::length))
                    .ifPresent(row -> found.put(line, row));
        }
        return found;
    }

    private static void assertIsOneToOne(List<String> lines, List<String> rows) {
        Map<String, String> found = rowOfLine(lines, rows);
        List<String> linesWithoutARow = new ArrayList<>(lines);
        linesWithoutARow.removeAll(found.keySet());
        assertEquals(List.of(), linesWithoutARow, "lines that have no row");
        List<String> rowsWithoutALine = new ArrayList<>(rows);
        found.values().forEach(rowsWithoutALine::remove);
        assertEquals(
                List.of(), rowsWithoutALine, "rows that have no line, or that are there twice");
        assertEquals(
                lines.size(), Set.copyOf(found.values()).size(), "one row for two lines: " + found);
    }

    @Test
    void eachLineHasItsRowAndEachRowItsLine() throws Exception {
        assertIsOneToOne(logged(false), rows(false));
    }

    @Test
    void eachLineOfTheSandboxHasItsRowAndEachRowItsLine() throws Exception {
        assertIsOneToOne(logged(true), rows(true));
    }

    @Test
    void aLineWithoutARowAndARowWithoutALineAreFound() {
        List<String> lines = List.of("WARN the broker is away", "INFO …");
        assertIsOneToOne(lines, List.of("INFO …", "WARN the broker is …"));
        for (List<String> rows :
                List.of(
                        List.of("INFO …"),
                        List.of("INFO …", "ERROR the broker is …"),
                        List.of("INFO …", "WARN …"),
                        List.of("INFO …", "WARN the broker is …", "WARN the broker was …"))) {
            assertThrows(AssertionError.class, () -> assertIsOneToOne(lines, rows));
        }
    }

    @Test
    void eachRowOfAWarningOrAnErrorSaysWhatToDo() throws Exception {
        ROW.matcher(Documents.read(Path.of("docs", "operations.md")))
                .results()
                .forEach(
                        row -> {
                            assertFalse(row.group(3).isBlank(), row.group());
                            assertFalse(
                                    !row.group(1).equals("INFO") && row.group(4).isBlank(),
                                    row.group());
                        });
    }

    @Test
    void theTextOfACallIsRead() {
        assertEquals(List.of("INFO a … b"), lines("LOG.info(\"a {} b\", x);"));
        assertEquals(
                List.of("WARN a b, \\\"c\\\""),
                lines("LOG.warn(\n  \"a\"\n + \" b, \\\"c\\\"\", e);"));
        assertEquals(
                List.of("ERROR a …", "ERROR b"),
                lines("log.error(\n  x == null ? \"a {}\" : \"b\", f(x));"));
        assertEquals(List.of("ERROR …"), lines("log.error(mask(problem));"));
        assertEquals(List.of("WARN …"), lines("problems.forEach(LOG::warn);"));
        assertEquals(
                List.of("WARN a …"),
                lines("LOG.atLevel(r ? Level.DEBUG : Level.WARN).setCause(e).log(\"a {}\", x);"));
        assertEquals(
                List.of("INFO first"), lines("LOG.info(\n\"\"\"\n  first\n  second\"\"\", x);"));
        assertEquals(List.of(), lines("LOG.debug(\"a\"); response.error(\"b\"); f(\"LOG\");"));
    }
}
