package io.pachube.bridge.pachube;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.function.IntPredicate;

/** Percent-encodes text as UTF-8, in paths and in the levels of topics. */
public final class PercentEncoding {

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private PercentEncoding() {}

    /** Returns the text with each code point encoded that is not kept. */
    public static String encode(String text, IntPredicate isKept) {
        int i = 0;
        while (i < text.length() && isKept.test(text.codePointAt(i))) {
            i += Character.charCount(text.codePointAt(i));
        }
        if (i == text.length()) {
            return text; // as nearly always
        }
        StringBuilder encoded = new StringBuilder(text.length() + 8).append(text, 0, i);
        text.substring(i)
                .codePoints()
                .forEach(
                        c -> {
                            if (isKept.test(c)) {
                                encoded.appendCodePoint(c);
                            } else {
                                append(encoded, c);
                            }
                        });
        return encoded.toString();
    }

    private static void append(StringBuilder encoded, int codePoint) {
        for (byte b : Character.toString(codePoint).getBytes(StandardCharsets.UTF_8)) {
            encoded.append('%').append(HEX.toHexDigits(b));
        }
    }

    /**
     * Decodes a text once, strictly.
     *
     * @throws IllegalArgumentException if it is not percent-encoded UTF-8
     */
    public static String decode(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        byte[] raw = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer decoded = ByteBuffer.allocate(raw.length);
        try {
            for (int i = 0; i < raw.length; i++) {
                if (raw[i] != '%') {
                    decoded.put(raw[i]);
                } else {
                    int high = HexFormat.fromHexDigit(raw[++i]);
                    decoded.put((byte) (high << 4 | HexFormat.fromHexDigit(raw[++i])));
                }
            }
            return StandardCharsets.UTF_8.newDecoder().decode(decoded.flip()).toString();
        } catch (IndexOutOfBoundsException | CharacterCodingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
