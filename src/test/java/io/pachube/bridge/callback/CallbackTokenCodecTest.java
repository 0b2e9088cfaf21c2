package io.pachube.bridge.callback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

class CallbackTokenCodecTest {

    private static final NotificationOptions PUBLIC =
            new NotificationOptions(true, false, false, false, 1);

    private static final String KEY = "Zu7x_Secret-Api-Key_0123456789abcdefghijklmn";
    private static final CallbackTarget CONTENT =
            new CallbackTarget(KEY, "lt15", NotificationOptions.DEFAULT);
    private static final String ALPHABET =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private final String secret = StateCipher.newSecret();
    private final CallbackTokenCodec tokens = new CallbackTokenCodec(new StateCipher(secret));

    @ParameterizedTest
    @CsvSource({
        "k, t, false",
        "k, t, true",
        "k, 温度 \uD83C\uDF21, false",
        "Zu7x_Secret-Api-Key_0123456789abcdefghijklmn, lt15, true"
    })
    void whatIsSealedIsOpenedAgain(String key, String topic, boolean isPublic) {
        CallbackTarget content =
                new CallbackTarget(
                        key, topic, new NotificationOptions(isPublic, false, false, false, 1));

        assertEquals(
                Optional.of(new CallbackTokenCodec.Decoded(content, true)),
                tokens.decode(tokens.encode(content)));
    }

    @Test
    void everyOptionComesBack() {
        for (int bits = 0; bits < 16; bits++) {
            for (int qos = 0; qos <= 2; qos++) {
                NotificationOptions options =
                        new NotificationOptions(
                                (bits & 1) != 0,
                                (bits & 2) != 0,
                                (bits & 4) != 0,
                                (bits & 8) != 0,
                                qos);
                CallbackTarget content = new CallbackTarget(KEY, "lt15", options);
                assertEquals(content, tokens.decode(tokens.encode(content)).orElseThrow().target());
            }
        }
    }

    /** Sealed before there were other options than public. */
    @ParameterizedTest
    @CsvSource({
        "AUc8ziN4qDh8eW5hbucqLIUz69NBlz_JtBswML57c0lb4-3HfU-_tbtz, false",
        "AZH1PlfOLXICs8zL0B-D7XOHeaiO4wV9sJjr4XV-MWCN_s8_L-qsL3TT, true"
    })
    void anOldTokenIsOpened(String token, boolean isPublic) {
        assertEquals(
                new CallbackTarget(
                        "demo-key", "hot", isPublic ? PUBLIC : NotificationOptions.DEFAULT),
                new CallbackTokenCodec(
                                new StateCipher("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="))
                        .decode(token)
                        .orElseThrow()
                        .target());
    }

    @Test
    void theLongestKeyAndTopicAreSealed() {
        CallbackTarget content = new CallbackTarget("k".repeat(128), "温".repeat(128), PUBLIC);

        assertEquals(content, tokens.decode(tokens.encode(content)).orElseThrow().target());
    }

    @Test
    void anyBridgeWithTheSecretOpensIt() {
        assertEquals(
                CONTENT,
                new CallbackTokenCodec(new StateCipher(secret))
                        .decode(tokens.encode(CONTENT))
                        .orElseThrow()
                        .target());
    }

    @Test
    void theSameContentIsSealedDifferentlyEachTime() {
        assertNotEquals(tokens.encode(CONTENT), tokens.encode(CONTENT));
    }

    @Test
    void aTokenIsOnePathSegmentThatNeedsNoEncoding() {
        String token = tokens.encode(CONTENT);

        assertTrue(token.matches("[A-Za-z0-9_-]+"), token);
    }

    @Test
    void aTokenOfAPachubeKeyLeavesRoomInTheAddress() {
        String token = tokens.encode(new CallbackTarget("k".repeat(64), "t".repeat(16), PUBLIC));

        assertTrue(token.length() <= 150, "It has " + token.length() + " characters");
    }

    @Test
    void theKeyAndTheTopicAreNotSeen() {
        String token = tokens.encode(CONTENT);
        String raw = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.ISO_8859_1);

        assertFalse(token.contains(KEY));
        assertFalse(raw.contains(KEY));
        assertFalse(raw.contains("lt15"));
        assertFalse(
                token.contains(
                        Base64.getUrlEncoder()
                                .withoutPadding()
                                .encodeToString(KEY.getBytes(StandardCharsets.US_ASCII))
                                .substring(2, 40)));
    }

    @Test
    void noTextOfAnOpenedTokenNamesTheKey() {
        CallbackTokenCodec.Decoded opened = tokens.decode(tokens.encode(CONTENT)).orElseThrow();

        assertEquals(
                "CallbackTarget[topic=lt15, " + NotificationOptions.DEFAULT + "]",
                opened.target().toString());
        assertFalse(opened.toString().contains(KEY));
    }

    @Test
    void everyFlippedBitIsRefused() {
        byte[] sealed = Base64.getUrlDecoder().decode(tokens.encode(CONTENT));

        for (int bit = 0; bit < sealed.length * 8; bit++) {
            byte[] flipped = sealed.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertEquals(Optional.empty(), tokens.decode(encoded(flipped)), "bit " + bit);
        }
    }

    // topics of three lengths in a row: the last character holds 6, 4 or 2 bits
    @ParameterizedTest
    @ValueSource(strings = {"t", "tt", "ttt"})
    void everyChangedCharacterIsRefused(String topic) {
        String token = tokens.encode(new CallbackTarget("k", topic, NotificationOptions.DEFAULT));

        for (int i = 0; i < token.length(); i++) {
            for (char c : ALPHABET.toCharArray()) {
                if (token.charAt(i) != c) {
                    String changed = token.substring(0, i) + c + token.substring(i + 1);
                    assertEquals(
                            Optional.empty(),
                            tokens.decode(changed),
                            "character " + i + " as " + c);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"t", "tt", "ttt"})
    void everyTruncationIsRefused(String topic) {
        String token = tokens.encode(new CallbackTarget("k", topic, NotificationOptions.DEFAULT));
        byte[] sealed = Base64.getUrlDecoder().decode(token);

        for (int i = 0; i < token.length(); i++) {
            assertEquals(Optional.empty(), tokens.decode(token.substring(0, i)));
            assertEquals(Optional.empty(), tokens.decode(token.substring(token.length() - i)));
        }
        for (int i = 0; i < sealed.length; i++) {
            assertEquals(Optional.empty(), tokens.decode(encoded(Arrays.copyOf(sealed, i))));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"t", "tt", "ttt"})
    void everyExtensionIsRefused(String topic) {
        String token = tokens.encode(new CallbackTarget("k", topic, NotificationOptions.DEFAULT));
        byte[] sealed = Base64.getUrlDecoder().decode(token);

        for (String more :
                new String[] {"A", "AA", "AAA", "AAAA", "=", "==", "/", "?", " ", "\n"}) {
            assertEquals(Optional.empty(), tokens.decode(token + more), "with '" + more + "'");
        }
        assertEquals(
                Optional.empty(), tokens.decode(encoded(Arrays.copyOf(sealed, sealed.length + 1))));
        assertEquals(Optional.empty(), tokens.decode(token + token));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "A",
                "AQ",
                "callback",
                "é",
                "a/b",
                "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            })
    void whatIsNoTokenIsRefused(String token) {
        assertEquals(Optional.empty(), tokens.decode(token));
    }

    @Test
    void whatAnotherSecretSealedIsRefused() {
        assertEquals(
                Optional.empty(),
                tokens.decode(
                        new CallbackTokenCodec(new StateCipher(StateCipher.newSecret()))
                                .encode(CONTENT)));
    }

    @Test
    void theFirstSecretSealsAndAllOpen() {
        String newer = StateCipher.newSecret();
        CallbackTokenCodec rotated =
                new CallbackTokenCodec(new StateCipher(newer + " , " + secret));

        assertEquals(
                Optional.of(new CallbackTokenCodec.Decoded(CONTENT, false)),
                rotated.decode(tokens.encode(CONTENT)));
        assertEquals(
                Optional.of(new CallbackTokenCodec.Decoded(CONTENT, true)),
                rotated.decode(rotated.encode(CONTENT)));
        assertEquals(
                Optional.of(new CallbackTokenCodec.Decoded(CONTENT, true)),
                new CallbackTokenCodec(new StateCipher(newer)).decode(rotated.encode(CONTENT)));
        assertEquals(Optional.empty(), tokens.decode(rotated.encode(CONTENT)));
    }

    @Test
    void aNewSecretIsBase64Of32BytesAndNewEachTime() {
        assertEquals(32, Base64.getDecoder().decode(StateCipher.newSecret()).length);
        assertNotEquals(StateCipher.newSecret(), StateCipher.newSecret());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "   ",
                "correct horse battery staple",
                "c2hvcnQ=",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;AAAA",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,c2hvcnQ=",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,,c2hvcnQ="
            })
    void aBadSecretIsRefusedWithoutNamingIt(String secrets) {
        IllegalArgumentException refusal =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> new CallbackTokenCodec(new StateCipher(secrets)));

        assertEquals(
                "callback.secret is not base64 of 32 bytes (openssl rand -base64 32), or several of"
                        + " them, comma separated",
                refusal.getMessage());
        assertNull(refusal.getCause());
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
