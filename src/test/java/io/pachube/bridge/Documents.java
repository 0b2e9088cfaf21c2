package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** README.md and the pages of docs/. */
final class Documents {

    private static final Pattern BLOCK =
            Pattern.compile("^( *)```(\\w*)\\n(.*?)^ *```$", Pattern.DOTALL | Pattern.MULTILINE);

    /** A fenced block; the language is empty if the page names none. */
    record Block(Path page, String language, String text) {}

    private Documents() {}

    static List<Path> pages() {
        try (Stream<Path> docs = Files.list(Path.of("docs"))) {
            return Stream.concat(
                            Stream.of(Path.of("README.md")),
                            docs.filter(file -> file.toString().endsWith(".md")).sorted())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String read(Path page) {
        try {
            return Files.readString(page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the blocks of all pages, in order. */
    static List<Block> blocks() {
        return pages().stream().flatMap(Documents::blocks).toList();
    }

    private static Stream<Block> blocks(Path page) {
        return BLOCK.matcher(read(page)).results().map(found -> block(page, found));
    }

    private static Block block(Path page, MatchResult found) {
        String indent = found.group(1);
        return new Block(page, found.group(2), found.group(3).replaceAll("(?m)^" + indent, ""));
    }

    /** Returns the commands of all pages, each on one line. */
    static Stream<String> commands() {
        return blocks().stream()
                .filter(block -> block.language().equals("sh"))
                .flatMap(block -> block.text().replaceAll("\\\\\n *", "").lines());
    }

    /** Returns the one block of this language that has these words. */
    static Block block(String language, String words) {
        List<Block> found =
                blocks().stream()
                        .filter(block -> block.language().equals(language))
                        .filter(block -> block.text().contains(words))
                        .toList();
        assertEquals(1, found.size(), "blocks with " + words);
        return found.get(0);
    }

    /** Returns the output of a block of commands: the block behind it. */
    static String output(Block commands) {
        List<Block> blocks = blocks();
        Block next = blocks.get(blocks.indexOf(commands) + 1);
        assertEquals(commands.page(), next.page());
        assertEquals("", next.language(), "the output of " + commands.text());
        return next.text();
    }
}
