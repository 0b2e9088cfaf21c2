package io.pachube.bridge.pachube;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PercentEncodingTest {

    @ParameterizedTest
    @CsvSource({"a.b, a.b", "a+b, a%2Bb", "+, %2B", "a%2Bb, a%252Bb", "é😀z, %C3%A9%F0%9F%98%80z"})
    void isEncodedAndDecodedBack(String text, String encoded) {
        assertEquals(encoded, PercentEncoding.encode(text, c -> c < 0x80 && c != '+' && c != '%'));
        assertEquals(text, PercentEncoding.decode(encoded));
    }

    @Test
    void aTextWithNothingToEncodeIsNotCopied() {
        String text = "temperature";
        assertSame(text, PercentEncoding.encode(text, Character::isLetter));
        assertSame(text, PercentEncoding.decode(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "%2", "%2x", "a%+1", "%FF", "%C3"})
    void anotherTextIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> PercentEncoding.decode(text));
    }
}
