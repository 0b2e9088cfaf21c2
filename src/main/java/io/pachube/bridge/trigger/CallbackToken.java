package io.pachube.bridge.trigger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * What a trigger's notification is to become, {@link Seal sealed} into the last segment of its
 * callback address: the bridge keeps no state, and any bridge with the same secret takes any
 * callback.
 *
 * <p>Base64url of what is sealed: options (1 byte), length of the key (1), key, topic (UTF-8).
 *
 * <p>Thread safe.
 */
public final class CallbackToken {

    private static final byte VERSION = 1;

    private final Seal seal;

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

    public CallbackToken(Seal seal) {
        this.seal = seal;
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
        return base64(seal.seal(VERSION, plain));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Empty for whatever none of the secrets has sealed. */
    public Optional<Opened> open(String token) {
        byte[] sealed;
        try {
            sealed = Base64.getUrlDecoder().decode(token);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        if (!base64(sealed).equals(token)) {
            return Optional.empty(); // a token has one spelling
        }
        return seal.open(VERSION, sealed)
                .map(opened -> new Opened(content(opened.content()), opened.current()));
    }

    private static Content content(byte[] plain) {
        int keyLength = plain[1] & 0xff;
        int topicFrom = 2 + keyLength;
        return new Content(
                new String(plain, 2, keyLength, StandardCharsets.US_ASCII),
                new String(plain, topicFrom, plain.length - topicFrom, StandardCharsets.UTF_8),
                Options.of(plain[0]));
    }
}
