package io.pachube.bridge.trigger;

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
 * Seals, with the callback secrets, what others keep for the bridge: AES-256-GCM, so that nothing
 * of it is seen and nothing can be forged. The first secret seals, all open.
 *
 * <p>What is sealed is: its kind (1 byte), nonce (12), the encrypted content, and the tag (16).
 * Thread safe.
 */
public final class Seal {

    /** The length of a secret, in bytes. */
    public static final int SECRET_BYTES = 32;

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int NAME_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final List<SecretKeySpec> secrets;

    /**
     * What was opened.
     *
     * @param current sealed with the first secret; otherwise it is time to seal it anew
     */
    public record Opened(byte[] content, boolean current) {}

    /**
     * @param secrets base64 of {@value #SECRET_BYTES} bytes each, comma separated
     * @throws IllegalArgumentException if one is not that
     */
    public Seal(String secrets) {
        this.secrets =
                Arrays.stream(secrets.split(",")).map(String::strip).map(Seal::secret).toList();
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

    /** A new secret, as {@link #Seal} takes it. */
    public static String newSecret() {
        byte[] secret = new byte[SECRET_BYTES];
        RANDOM.nextBytes(secret);
        return Base64.getEncoder().encodeToString(secret);
    }

    /**
     * Each call gives another result.
     *
     * @param kind what it is: it opens as nothing else
     */
    public byte[] seal(byte kind, byte[] content) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        try {
            byte[] sealed =
                    cipher(Cipher.ENCRYPT_MODE, secrets.get(0), kind, nonce).doFinal(content);
            return ByteBuffer.allocate(1 + nonce.length + sealed.length)
                    .put(kind)
                    .put(nonce)
                    .put(sealed)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // AES-GCM is in every Java
        }
    }

    /** Empty for whatever none of the secrets has sealed as that. */
    public Optional<Opened> open(byte kind, byte[] sealed) {
        if (sealed.length < 1 + NONCE_BYTES + TAG_BITS / 8 || sealed[0] != kind) {
            return Optional.empty();
        }
        byte[] nonce = Arrays.copyOfRange(sealed, 1, 1 + NONCE_BYTES);
        for (SecretKeySpec secret : secrets) {
            try {
                byte[] content =
                        cipher(Cipher.DECRYPT_MODE, secret, kind, nonce)
                                .doFinal(sealed, 1 + NONCE_BYTES, sealed.length - 1 - NONCE_BYTES);
                return Optional.of(new Opened(content, secret == secrets.get(0)));
            } catch (GeneralSecurityException e) {
                // another secret's, or nobody's
            }
        }
        return Optional.empty();
    }

    /**
     * A name that tells nothing of what it stands for: of the same thing always the same, as long
     * as the first secret is.
     */
    public String name(String thing) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secrets.get(0).getEncoded(), "HmacSHA256"));
            byte[] name = mac.doFinal(thing.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(name, 0, NAME_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // it is in every Java
        }
    }

    private static Cipher cipher(int mode, SecretKeySpec secret, byte kind, byte[] nonce)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, secret, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(new byte[] {kind});
        return cipher;
    }
}
