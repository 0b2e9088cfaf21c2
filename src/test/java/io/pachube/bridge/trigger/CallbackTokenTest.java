package io.pachube.bridge.trigger;

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

class CallbackTokenTest {

    private static final Options PUBLIC = new Options(true, false, false, false, 1);

    private static final String KEY = "Zu7x_Secret-Api-Key_0123456789abcdefghijklmn";
    private static final CallbackToken.Content CONTENT =
            new CallbackToken.Content(KEY, "lt15", Options.PLAIN);
    private static final String ALPHABET =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private final String secret = Seal.newSecret();
    private final CallbackToken tokens = new CallbackToken(new Seal(secret));

    @ParameterizedTest
    @CsvSource({
        "k, t, false",
        "k, t, true",
        "k, 温度 \uD83C\uDF21, false",
        "Zu7x_Secret-Api-Key_0123456789abcdefghijklmn, lt15, true"
    })
    void whatIsSealedIsOpenedAgain(String key, String topic, boolean isPublic) {
        CallbackToken.Content content =
                new CallbackToken.Content(
                        key, topic, new Options(isPublic, false, false, false, 1));

        assertEquals(
                Optional.of(new CallbackToken.Opened(content, true)),
                tokens.open(tokens.seal(content)));
    }

    @Test
    void everyOptionComesBack() {
        for (int bits = 0; bits < 16; bits++) {
            for (int qos = 0; qos <= 2; qos++) {
                Options options =
                        new Options(
                                (bits & 1) != 0,
                                (bits & 2) != 0,
                                (bits & 4) != 0,
                                (bits & 8) != 0,
                                qos);
                CallbackToken.Content content = new CallbackToken.Content(KEY, "lt15", options);
                assertEquals(content, tokens.open(tokens.seal(content)).orElseThrow().content());
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
                new CallbackToken.Content("demo-key", "hot", isPublic ? PUBLIC : Options.PLAIN),
                new CallbackToken(new Seal("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="))
                        .open(token)
                        .orElseThrow()
                        .content());
    }

    @Test
    void theLongestKeyAndTopicAreSealed() {
        CallbackToken.Content content =
                new CallbackToken.Content("k".repeat(128), "温".repeat(128), PUBLIC);

        assertEquals(content, tokens.open(tokens.seal(content)).orElseThrow().content());
    }

    @Test
    void anyBridgeWithTheSecretOpensIt() {
        assertEquals(
                CONTENT,
                new CallbackToken(new Seal(secret))
                        .open(tokens.seal(CONTENT))
                        .orElseThrow()
                        .content());
    }

    @Test
    void theSameContentIsSealedDifferentlyEachTime() {
        assertNotEquals(tokens.seal(CONTENT), tokens.seal(CONTENT));
    }

    @Test
    void aTokenIsOnePathSegmentThatNeedsNoEncoding() {
        String token = tokens.seal(CONTENT);

        assertTrue(token.matches("[A-Za-z0-9_-]+"), token);
    }

    @Test
    void aTokenOfAPachubeKeyLeavesRoomInTheAddress() {
        String token =
                tokens.seal(new CallbackToken.Content("k".repeat(64), "t".repeat(16), PUBLIC));

        assertTrue(token.length() <= 150, "It has " + token.length() + " characters");
    }

    @Test
    void theKeyAndTheTopicAreNotSeen() {
        String token = tokens.seal(CONTENT);
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
        CallbackToken.Opened opened = tokens.open(tokens.seal(CONTENT)).orElseThrow();

        assertEquals("Content[topic=lt15, " + Options.PLAIN + "]", opened.content().toString());
        assertFalse(opened.toString().contains(KEY));
    }

    @Test
    void everyFlippedBitIsRefused() {
        byte[] sealed = Base64.getUrlDecoder().decode(tokens.seal(CONTENT));

        for (int bit = 0; bit < sealed.length * 8; bit++) {
            byte[] flipped = sealed.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertEquals(Optional.empty(), tokens.open(encoded(flipped)), "bit " + bit);
        }
    }

    // topics of three lengths in a row: the last character holds 6, 4 or 2 bits
    @ParameterizedTest
    @ValueSource(strings = {"t", "tt", "ttt"})
    void everyChangedCharacterIsRefused(String topic) {
        String token = tokens.seal(new CallbackToken.Content("k", topic, Options.PLAIN));

        for (int i = 0; i < token.length(); i++) {
            for (char c : ALPHABET.toCharArray()) {
                if (token.charAt(i) != c) {
                    String changed = token.substring(0, i) + c + token.substring(i + 1);
                    assertEquals(
                            Optional.empty(), tokens.open(changed), "character " + i + " as " + c);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"t", "tt", "ttt"})
    void everyTruncationIsRefused(String topic) {
        String token = tokens.seal(new CallbackToken.Content("k", topic, Options.PLAIN));
        byte[] sealed = Base64.getUrlDecoder().decode(token);

        for (int i = 0; i < token.length(); i++) {
            assertEquals(Optional.empty(), tokens.open(token.substring(0, i)));
            assertEquals(Optional.empty(), tokens.open(token.substring(token.length() - i)));
        }
        for (int i = 0; i < sealed.length; i++) {
            assertEquals(Optional.empty(), tokens.open(encoded(Arrays.copyOf(sealed, i))));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"t", "tt", "ttt"})
    void everyExtensionIsRefused(String topic) {
        String token = tokens.seal(new CallbackToken.Content("k", topic, Options.PLAIN));
        byte[] sealed = Base64.getUrlDecoder().decode(token);

        for (String more :
                new String[] {"A", "AA", "AAA", "AAAA", "=", "==", "/", "?", " ", "\n"}) {
            assertEquals(Optional.empty(), tokens.open(token + more), "with '" + more + "'");
        }
        assertEquals(
                Optional.empty(), tokens.open(encoded(Arrays.copyOf(sealed, sealed.length + 1))));
        assertEquals(Optional.empty(), tokens.open(token + token));
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
        assertEquals(Optional.empty(), tokens.open(token));
    }

    @Test
    void whatAnotherSecretSealedIsRefused() {
        assertEquals(
                Optional.empty(),
                tokens.open(new CallbackToken(new Seal(Seal.newSecret())).seal(CONTENT)));
    }

    @Test
    void theFirstSecretSealsAndAllOpen() {
        String newer = Seal.newSecret();
        CallbackToken rotated = new CallbackToken(new Seal(newer + " , " + secret));

        assertEquals(
                Optional.of(new CallbackToken.Opened(CONTENT, false)),
                rotated.open(tokens.seal(CONTENT)));
        assertEquals(
                Optional.of(new CallbackToken.Opened(CONTENT, true)),
                rotated.open(rotated.seal(CONTENT)));
        assertEquals(
                Optional.of(new CallbackToken.Opened(CONTENT, true)),
                new CallbackToken(new Seal(newer)).open(rotated.seal(CONTENT)));
        assertEquals(Optional.empty(), tokens.open(rotated.seal(CONTENT)));
    }

    @Test
    void aNewSecretIsBase64Of32BytesAndNewEachTime() {
        assertEquals(32, Base64.getDecoder().decode(Seal.newSecret()).length);
        assertNotEquals(Seal.newSecret(), Seal.newSecret());
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
                        IllegalArgumentException.class, () -> new CallbackToken(new Seal(secrets)));

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
