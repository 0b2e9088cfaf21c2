package io.pachube.bridge.trigger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/** What holds for every token. */
final class CallbackTokenRules {

    private static final CallbackToken TOKENS = new CallbackToken(new Seal(Seal.newSecret()));

    /** Seals nothing: a fuzzer that watches would otherwise send its tokens again. */
    private static final CallbackToken OTHERS = new CallbackToken(new Seal(Seal.newSecret()));

    private CallbackTokenRules() {}

    static void comesBack(CallbackToken.Content content) {
        String token = TOKENS.seal(content);
        assertTrue(token.matches("[A-Za-z0-9_-]+"), token);
        assertEquals(Optional.of(new CallbackToken.Opened(content, true)), TOKENS.open(token));
        assertEquals(Optional.empty(), OTHERS.open(token));
    }

    /** What nobody sealed, as it is and as the bytes of a token. */
    static void neverOpens(byte[] forged) {
        assertEquals(
                Optional.empty(), OTHERS.open(new String(forged, StandardCharsets.ISO_8859_1)));
        assertEquals(Optional.empty(), OTHERS.open(base64(forged)));
        byte[] versioned = forged.clone();
        if (versioned.length > 0) {
            versioned[0] = 1;
            assertEquals(Optional.empty(), OTHERS.open(base64(versioned)));
        }
    }

    /** A token changed in its bytes, or cut, or with something behind. */
    static void neverOpensChanged(CallbackToken.Content content, byte[] change) {
        byte[] sealed = Base64.getUrlDecoder().decode(TOKENS.seal(content));
        byte[] changed = sealed.clone();
        for (int i = 0; i < change.length; i++) {
            changed[i % changed.length] ^= change[i];
        }
        if (!Arrays.equals(sealed, changed)) {
            assertEquals(Optional.empty(), TOKENS.open(base64(changed)));
        }
        if (change.length > 0) {
            byte[] longer = Arrays.copyOf(sealed, sealed.length + change.length);
            System.arraycopy(change, 0, longer, sealed.length, change.length);
            assertEquals(Optional.empty(), TOKENS.open(base64(longer)));
            byte[] shorter = Arrays.copyOf(sealed, Math.max(0, sealed.length - change.length));
            assertEquals(Optional.empty(), TOKENS.open(base64(shorter)));
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
