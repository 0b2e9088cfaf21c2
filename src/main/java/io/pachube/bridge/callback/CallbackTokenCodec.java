package io.pachube.bridge.callback;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * Encodes the target of a trigger's callbacks as a token, {@link StateCipher encrypted}: the last
 * segment of the callback address. The bridge keeps no state, and any bridge with the same secret
 * takes any callback.
 *
 * <p>A token is base64url of: options (1 byte), length of the key (1), key, topic (UTF-8).
 *
 * <p>Thread safe.
 */
public final class CallbackTokenCodec {

    private static final byte VERSION = 1;

    private final StateCipher cipher;

    /**
     * A decoded token.
     *
     * @param usesCurrentKey encrypted with the first secret; otherwise it is time to encode it anew
     */
    public record Decoded(CallbackTarget target, boolean usesCurrentKey) {}

    public CallbackTokenCodec(StateCipher cipher) {
        this.cipher = cipher;
    }

    /** Returns a token; each call returns another one. */
    public String encode(CallbackTarget target) {
        byte[] key = target.key().getBytes(StandardCharsets.US_ASCII);
        byte[] topic = target.topic().getBytes(StandardCharsets.UTF_8);
        byte[] plain =
                ByteBuffer.allocate(2 + key.length + topic.length)
                        .put(target.options().toByte())
                        .put((byte) key.length)
                        .put(key)
                        .put(topic)
                        .array();
        return base64(cipher.encrypt(VERSION, plain));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Returns the decoded token; empty if none of the secrets has encrypted it. */
    public Optional<Decoded> decode(String token) {
        byte[] encrypted;
        try {
            encrypted = Base64.getUrlDecoder().decode(token);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        if (!base64(encrypted).equals(token)) {
            return Optional.empty(); // a token has one spelling
        }
        return cipher.decrypt(VERSION, encrypted)
                .map(state -> new Decoded(target(state.content()), state.usesCurrentKey()));
    }

    private static CallbackTarget target(byte[] plain) {
        int keyLength = plain[1] & 0xff;
        int topicFrom = 2 + keyLength;
        return new CallbackTarget(
                new String(plain, 2, keyLength, StandardCharsets.US_ASCII),
                new String(plain, topicFrom, plain.length - topicFrom, StandardCharsets.UTF_8),
                NotificationOptions.fromByte(plain[0]));
    }
}
