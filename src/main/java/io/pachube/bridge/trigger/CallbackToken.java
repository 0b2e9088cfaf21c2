package io.pachube.bridge.trigger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals what a trigger's notification is to become into the last segment of its callback address,
 * and opens it again: AES-256-GCM, so that the key is not seen and nothing can be forged. The
 * bridge keeps no state, and any bridge with the same secret takes any callback.
 *
 * <p>Base64url of: version (1 byte), nonce (12), and encrypted: options (1), length of the key (1),
 * key, topic (UTF-8); then the tag (16).
 *
 * <p>Thread safe.
 */
public final class CallbackToken {

    /** The length of a secret, in bytes. */
    public static final int SECRET_BYTES = 32;

    private static final byte VERSION = 1;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final List<SecretKeySpec> secrets;

    /**
     * What a token holds.
     *
     * @param key the API key of the trigger's owner
     * @param topic the level under which the notification is published; with a slash before it,
     *     below the datastream's own topic
     * @param options how it is published
     */
    public record Content(String key, String topic, Options options) {

        /** Names no key. */
        @Override
        public String toString() {
            return "Content[topic=" + topic + ", " + options + "]";
        }
    }

    /**
     * An opened token.
     *
     * @param current sealed with the first secret; otherwise it is time to seal it anew
     */
    public record Opened(Content content, boolean current) {}

    /**
     * @param secrets base64 of {@value #SECRET_BYTES} bytes each, comma separated: the first seals,
     *     all open
     * @throws IllegalArgumentException if one is not that
     */
    public CallbackToken(String secrets) {
        this.secrets =
                Arrays.stream(secrets.split(","))
                        .map(String::strip)
                        .map(CallbackToken::secret)
                        .toList();
    }

    private static SecretKeySpec secret(String text) {
        try {
            byte[] secret = Base64.getDecoder().decode(text);
            if (secret.length == SECRET_BYTES) {
                return new SecretKeySpec(secret, "AES");
            }
        } catch (IllegalArgumentException e) {
            // said below, without the secret
        }
        throw new IllegalArgumentException(
                "callback.secret is not base64 of 32 bytes (openssl rand -base64 32), or several of"
                        + " them, comma separated");
    }

    /** A new secret, as {@link #CallbackToken} takes it. */
    public static String newSecret() {
        byte[] secret = new byte[SECRET_BYTES];
        RANDOM.nextBytes(secret);
        return Base64.getEncoder().encodeToString(secret);
    }

    /** Each call gives another token. */
    public String seal(Content content) {
        byte[] key = content.key().getBytes(StandardCharsets.US_ASCII);
        byte[] topic = content.topic().getBytes(StandardCharsets.UTF_8);
        byte[] plain =
                ByteBuffer.allocate(2 + key.length + topic.length)
                        .put(content.options().toByte())
                        .put((byte) key.length)
                        .put(key)
                        .put(topic)
                        .array();
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, secrets.get(0), nonce).doFinal(plain);
            return base64(
                    ByteBuffer.allocate(1 + nonce.length + sealed.length)
                            .put(VERSION)
                            .put(nonce)
                            .put(sealed)
                            .array());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // AES-GCM is in every Java
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Empty for whatever none of the secrets has sealed. */
    public Optional<Opened> open(String token) {
        ByteBuffer sealed;
        try {
            byte[] decoded = Base64.getUrlDecoder().decode(token);
            if (!base64(decoded).equals(token)) {
                return Optional.empty(); // a token has one spelling
            }
            sealed = ByteBuffer.wrap(decoded);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        if (sealed.remaining() < 1 + NONCE_BYTES + TAG_BITS / 8 || sealed.get() != VERSION) {
            return Optional.empty();
        }
        byte[] nonce = new byte[NONCE_BYTES];
        sealed.get(nonce);
        byte[] rest = new byte[sealed.remaining()];
        sealed.get(rest);
        for (SecretKeySpec secret : secrets) {
            try {
                byte[] plain = cipher(Cipher.DECRYPT_MODE, secret, nonce).doFinal(rest);
                return Optional.of(new Opened(content(plain), secret == secrets.get(0)));
            } catch (GeneralSecurityException e) {
                // another secret's, or nobody's
            }
        }
        return Optional.empty();
    }

    private static Content content(byte[] plain) {
        int keyLength = plain[1] & 0xff;
        int topicFrom = 2 + keyLength;
        return new Content(
                new String(plain, 2, keyLength, StandardCharsets.US_ASCII),
                new String(plain, topicFrom, plain.length - topicFrom, StandardCharsets.UTF_8),
                Options.of(plain[0]));
    }

    private static Cipher cipher(int mode, SecretKeySpec secret, byte[] nonce)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, secret, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(new byte[] {VERSION});
        return cipher;
    }
}
