package io.pachube.bridge.datapoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeedCsvConverterTest {

    private static String rows(String body) {
        byte[] rows = FeedCsvConverter.of("x", body.getBytes(UTF_8));
        return rows == null ? null : new String(rows, UTF_8);
    }

    @Test
    void eachRowBeginsWithTheId() {
        assertEquals("x,21.5", rows("21.5"));
        assertEquals("x,T,1", rows("T,1"));
        assertEquals("x,T,1\nx,T,2\nx,T,3", rows("T,1\nT,2\r\nT,3\r\n"));
        assertEquals("x,T,1\nx,T,2", rows("T,1\rT,2"));
    }

    @Test
    void theCellsStayAsTheyAre() {
        assertEquals("x,a b", rows(" \n a b \t\n"));
        assertEquals("x,T , 1 \nx, T,2", rows("T , 1 \n T,2 "));
        assertEquals("x,\"21,5\"", rows("\"21,5\""));
        assertEquals("x,\"a\"\"b\" ,\"c\nd\"", rows("\"a\"\"b\" ,\"c\nd\""));
        assertEquals("x,\"\"\"\"", rows("\"\"\"\""));
        assertEquals("x,größe\u0000", rows("größe\u0000"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "  \n ",
                ",1",
                "T,",
                "T, \n",
                "1,2,3",
                "1,2,",
                "1\n2",
                "1\nT,2",
                "T,1\n2",
                "T,1\n\nT,2",
                "T,1\n \nT,2",
                "T,1\n,2",
                "\"",
                "\"open",
                "\"open\nother,1",
                "\"\"",
                "\" \"",
                "T,\"\"",
                "\"a\"b",
                "a\"b\"",
                "\"a\" \"b\""
            })
    void whatIsNoValueAndNoRowsIsNothing(String body) {
        assertNull(rows(body));
    }
}
