package io.pachube.bridge.callback;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts and authenticates, with the callback secrets, the state of the bridge that others keep:
 * AES-256-GCM. The first secret encrypts, all decrypt.
 *
 * <p>An encrypted state is: its purpose (1 byte), nonce (12), ciphertext, and tag (16). Thread
 * safe.
 */
public final class StateCipher {

    /** The length of a secret, in bytes. */
    public static final int SECRET_BYTES = 32;

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int PSEUDONYM_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final List<SecretKeySpec> secrets;

    /**
     * A decrypted state.
     *
     * @param usesCurrentKey encrypted with the first secret; otherwise it is time to encrypt it
     *     anew
     */
    public record Decrypted(byte[] content, boolean usesCurrentKey) {}

    /**
     * @param secrets base64 of {@value #SECRET_BYTES} bytes each, comma separated
     * @throws IllegalArgumentException if one is not that
     */
    public StateCipher(String secrets) {
        this.secrets =
                Arrays.stream(secrets.split(","))
                        .map(String::strip)
                        .map(StateCipher::secret)
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

    /** Returns a new secret, as the constructor takes it. */
    public static String newSecret() {
        byte[] secret = new byte[SECRET_BYTES];
        RANDOM.nextBytes(secret);
        return Base64.getEncoder().encodeToString(secret);
    }

    /**
     * Encrypts a state; each call returns another result.
     *
     * @param purpose what the state is: it can be decrypted as nothing else
     */
    public byte[] encrypt(byte purpose, byte[] content) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        try {
            byte[] encrypted =
                    cipher(Cipher.ENCRYPT_MODE, secrets.get(0), purpose, nonce).doFinal(content);
            return ByteBuffer.allocate(1 + nonce.length + encrypted.length)
                    .put(purpose)
                    .put(nonce)
                    .put(encrypted)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // AES-GCM is in every Java
        }
    }

    /** Returns the state; empty if none of the secrets has encrypted it for that purpose. */
    public Optional<Decrypted> decrypt(byte purpose, byte[] encrypted) {
        if (encrypted.length < 1 + NONCE_BYTES + TAG_BITS / 8 || encrypted[0] != purpose) {
            return Optional.empty();
        }
        byte[] nonce = Arrays.copyOfRange(encrypted, 1, 1 + NONCE_BYTES);
        for (SecretKeySpec secret : secrets) {
            try {
                byte[] content =
                        cipher(Cipher.DECRYPT_MODE, secret, purpose, nonce)
                                .doFinal(
                                        encrypted,
                                        1 + NONCE_BYTES,
                                        encrypted.length - 1 - NONCE_BYTES);
                return Optional.of(new Decrypted(content, secret == secrets.get(0)));
            } catch (GeneralSecurityException e) {
                // another secret's, or nobody's
            }
        }
        return Optional.empty();
    }

    /**
     * Returns a name that reveals nothing of the thing; always the same for the same thing, as long
     * as the first secret is the same.
     */
    public String pseudonym(String thing) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secrets.get(0).getEncoded(), "HmacSHA256"));
            byte[] pseudonym = mac.doFinal(thing.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(pseudonym, 0, PSEUDONYM_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // it is in every Java
        }
    }

    private static Cipher cipher(int mode, SecretKeySpec secret, byte purpose, byte[] nonce)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, secret, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(new byte[] {purpose});
        return cipher;
    }
}
