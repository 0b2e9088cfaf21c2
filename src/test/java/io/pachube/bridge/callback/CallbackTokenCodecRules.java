package io.pachube.bridge.callback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/** What holds for every token. */
final class CallbackTokenCodecRules {

    private static final CallbackTokenCodec TOKENS =
            new CallbackTokenCodec(new StateCipher(StateCipher.newSecret()));

    /** Seals nothing: a fuzzer that watches would otherwise send its tokens again. */
    private static final CallbackTokenCodec OTHERS =
            new CallbackTokenCodec(new StateCipher(StateCipher.newSecret()));

    private CallbackTokenCodecRules() {}

    static void comesBack(CallbackTarget content) {
        String token = TOKENS.encode(content);
        assertTrue(token.matches("[A-Za-z0-9_-]+"), token);
        assertEquals(
                Optional.of(new CallbackTokenCodec.Decoded(content, true)), TOKENS.decode(token));
        assertEquals(Optional.empty(), OTHERS.decode(token));
    }

    /** What nobody sealed, as it is and as the bytes of a token. */
    static void neverOpens(byte[] forged) {
        assertEquals(
                Optional.empty(), OTHERS.decode(new String(forged, StandardCharsets.ISO_8859_1)));
        assertEquals(Optional.empty(), OTHERS.decode(base64(forged)));
        byte[] versioned = forged.clone();
        if (versioned.length > 0) {
            versioned[0] = 1;
            assertEquals(Optional.empty(), OTHERS.decode(base64(versioned)));
        }
    }

    /** A token changed in its bytes, or cut, or with something behind. */
    static void neverOpensChanged(CallbackTarget content, byte[] change) {
        byte[] sealed = Base64.getUrlDecoder().decode(TOKENS.encode(content));
        byte[] changed = sealed.clone();
        for (int i = 0; i < change.length; i++) {
            changed[i % changed.length] ^= change[i];
        }
        if (!Arrays.equals(sealed, changed)) {
            assertEquals(Optional.empty(), TOKENS.decode(base64(changed)));
        }
        if (change.length > 0) {
            byte[] longer = Arrays.copyOf(sealed, sealed.length + change.length);
            System.arraycopy(change, 0, longer, sealed.length, change.length);
            assertEquals(Optional.empty(), TOKENS.decode(base64(longer)));
            byte[] shorter = Arrays.copyOf(sealed, Math.max(0, sealed.length - change.length));
            assertEquals(Optional.empty(), TOKENS.decode(base64(shorter)));
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
