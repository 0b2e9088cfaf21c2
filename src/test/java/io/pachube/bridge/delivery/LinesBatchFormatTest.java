package io.pachube.bridge.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

class LinesBatchFormatTest {

    private final BatchFormat format = new LinesBatchFormat();

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private String join(String... bodies) {
        List<byte[]> rows = Stream.of(bodies).map(body -> format.toRow(null, bytes(body))).toList();
        return new String(format.join(rows), StandardCharsets.UTF_8);
    }

    @Test
    void joinsLinesWithNewlines() {
        assertEquals("a=1", join("a=1"));
        assertEquals("a=1\nb=2\nö=3", join("a=1", "b=2", "ö=3"));
        assertEquals(" \n\t\n{\"a\": 1}", join(" ", "\t", "{\"a\": 1}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "a\n", "\na", "a\nb", "a\r\nb", "a\rb"})
    void aBodyThatIsNotOneLineGoesAlone(String body) {
        assertNull(format.toRow(null, bytes(body)));
    }
}
