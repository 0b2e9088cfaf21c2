package io.pachube.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Holds the API keys and their permissions (contract, section 5). All belong to one user. */
final class ApiKeys {
    static final String USER = "sandbox";

    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete");
    private static final int MAX_LENGTH = 4 * 1024;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Map<String, Key> keys = new ConcurrentHashMap<>();
    private final Clock clock;

    ApiKeys(Clock clock) {
        this.clock = clock;
    }

    /** A feed, or one datastream of it. */
    private record Resource(long feed, String stream) {}

    private record Permission(Set<String> methods, String sourceIp, List<Resource> resources) {
        boolean covers(Long feed, String stream) {
            return resources.isEmpty()
                    || resources.stream()
                            .filter(r -> feed != null && r.feed == feed)
                            .anyMatch(r -> r.stream == null || r.stream.equals(stream));
        }
    }

    /**
     * One key.
     *
     * @param document what its creator said of it, as it is shown
     */
    record Key(
            String text,
            ObjectNode document,
            boolean privateAccess,
            Instant expires,
            List<Permission> permissions) {

        /** The unrestricted one, which alone manages keys. */
        boolean isMaster() {
            return privateAccess
                    && permissions.stream()
                            .anyMatch(
                                    p ->
                                            p.resources.isEmpty()
                                                    && p.sourceIp == null
                                                    && p.methods.containsAll(METHODS));
        }

        /** A null feed stands for all of them, a null datastream for the whole feed. */
        boolean permits(String method, Long feed, String stream, String peer) {
            String access = method.toLowerCase(Locale.ROOT);
            return permissions.stream()
                    .filter(p -> p.methods.contains(access))
                    .filter(p -> p.sourceIp == null || p.sourceIp.equals(peer))
                    .anyMatch(p -> p.covers(feed, stream));
        }

        boolean refersTo(long feed) {
            return permissions.stream()
                    .anyMatch(p -> p.resources.stream().anyMatch(r -> r.feed == feed));
        }

        ObjectNode json() {
            return JsonFormat.object().put("api_key", text).setAll(document);
        }

        /** Records print themselves; a key must not. */
        @Override
        public String toString() {
            return "Key";
        }
    }

    void addMaster(String text) {
        ObjectNode document =
                JsonFormat.object().put("label", "master").put("private_access", true);
        ObjectNode permission = document.putArray("permissions").addObject();
        List.of("get", "put", "post", "delete").forEach(permission.putArray("access_methods")::add);
        keys.put(text, key(text, document));
    }

    Key authenticate(String text) {
        Key key = text == null ? null : keys.get(text);
        if (key == null || key.expires != null && !clock.instant().isBefore(key.expires)) {
            throw ApiException.unauthorized();
        }
        return key;
    }

    Collection<Key> all() {
        return keys.values();
    }

    Key get(String text) {
        Key key = keys.get(text);
        if (key == null) {
            throw ApiException.notFound();
        }
        return key;
    }

    Key create(JsonNode document) {
        ApiException.requireAtMost(keys.size() + 1, SandboxPachube.MAX_KEYS, "keys");
        Key key = key(random(), shown(document, JsonFormat.object()));
        keys.put(key.text, key);
        return key;
    }

    void update(Key key, JsonNode document) {
        keys.replace(key.text, key(key.text, shown(document, key.document)));
    }

    Key regenerate(Key key) {
        Key fresh = key(random(), key.document);
        keys.put(fresh.text, fresh);
        keys.remove(key.text);
        return fresh;
    }

    void delete(Key key) {
        keys.remove(key.text);
    }

    private static String random() {
        byte[] bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** The fields of a key that a document speaks of, over those it has already. */
    private static ObjectNode shown(JsonNode document, ObjectNode already) {
        JsonNode given = document.path("key");
        ObjectNode shown = JsonFormat.object();
        for (String name : List.of("expires_at", "label", "private_access", "permissions")) {
            JsonNode value = given.has(name) ? given.get(name) : already.get(name);
            if (value != null && !value.isNull()) {
                shown.set(name, value);
            }
        }
        ApiException.requireAtMost(shown.toString().length(), MAX_LENGTH, "characters a key");
        return shown;
    }

    private static Key key(String text, ObjectNode document) {
        if (JsonFormat.text(document, "label") == null) {
            throw ApiException.invalid("Label can't be blank");
        }
        List<Permission> permissions = new ArrayList<>();
        document.path("permissions").forEach(p -> permissions.add(permission(p)));
        if (permissions.isEmpty()) {
            throw ApiException.invalid("Permissions can't be blank");
        }
        boolean privateAccess = document.path("private_access").asBoolean();
        String expires = JsonFormat.text(document, "expires_at");
        document.put("private_access", privateAccess);
        return new Key(
                text,
                document,
                privateAccess,
                expires == null ? null : Timestamps.parse(expires),
                permissions);
    }

    private static Permission permission(JsonNode given) {
        Set<String> methods = new HashSet<>();
        given.path("access_methods").forEach(m -> methods.add(m.asText().toLowerCase(Locale.ROOT)));
        if (methods.isEmpty() || !METHODS.containsAll(methods)) {
            throw ApiException.invalid("Access methods is invalid");
        }
        List<Resource> resources = new ArrayList<>();
        for (JsonNode resource : given.path("resources")) {
            if (!resource.path("feed_id").asText().matches("\\d{1,18}")) {
                throw ApiException.invalid("Resources is invalid: feed_id can't be blank");
            }
            long feed = resource.get("feed_id").asLong();
            resources.add(new Resource(feed, JsonFormat.text(resource, "datastream_id")));
        }
        return new Permission(methods, JsonFormat.text(given, "source_ip"), resources);
    }
}
