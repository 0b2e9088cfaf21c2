package io.pachube.bridge.trigger;

import com.fasterxml.jackson.databind.JsonNode;

import io.pachube.bridge.callback.NotificationDocument;
import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.NotificationTopic;
import io.pachube.bridge.config.Address;
import io.pachube.bridge.delivery.InvalidMessageException;
import io.pachube.bridge.json.StrictJson;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A command on a datastream's {@code /trigger} topic: creates, updates or deletes one trigger.
 *
 * @param delete true: deletes the trigger; false: creates or updates it
 * @param topic the level under which notifications are published; null, with {@code delete} only:
 *     all triggers of the bridge on this datastream but its mirror, whose topic is {@value
 *     NotificationTopic#MIRROR}
 * @param type {@code gt gte lt lte eq change frozen live} (contract, 4.2); null with {@code delete}
 * @param threshold a number, as it was written; null if the type has none
 * @param options how notifications are published
 * @param url the address of this bridge's callbacks for Pachube; null: {@code callback.url}
 */
public record TriggerCommand(
        boolean delete,
        String topic,
        String type,
        String threshold,
        NotificationOptions options,
        String url) {

    private static final Set<String> WITH_THRESHOLD = Set.of("gt", "gte", "lt", "lte", "eq");
    private static final Set<String> WITHOUT_THRESHOLD = Set.of("change", "frozen", "live");
    private static final Set<String> FIELDS =
            Set.of(
                    "command",
                    "topic",
                    "trigger_type",
                    "threshold_value",
                    "public",
                    "format",
                    "retain",
                    "qos",
                    "history",
                    "mirror",
                    "url");

    private static final Set<String> WITH_MIRROR = Set.of("mirror", "format", "qos", "url");

    /**
     * Parses the commands of a message.
     *
     * @param payload JSON, UTF-8: one command, or an array of them
     * @return at least one; no two for one topic
     * @throws InvalidMessageException if one is incomplete or invalid
     */
    public static List<TriggerCommand> parse(byte[] payload) throws InvalidMessageException {
        JsonNode root = StrictJson.read(payload, "trigger command");
        if (root.isObject()) {
            return List.of(command(root));
        }
        if (!root.isArray() || root.isEmpty()) {
            throw new InvalidMessageException(
                    "A trigger command is a JSON object, or an array of them, such as"
                            + " {\"topic\":\"hot\",\"trigger_type\":\"gt\",\"threshold_value\":\"30\"}");
        }
        List<TriggerCommand> commands = new ArrayList<>();
        Set<String> topics = new HashSet<>();
        for (JsonNode item : root) {
            try {
                commands.add(command(item));
            } catch (InvalidMessageException e) {
                throw new InvalidMessageException(
                        "Command "
                                + (commands.size() + 1)
                                + " of "
                                + root.size()
                                + ": "
                                + e.getMessage());
            }
            String topic = commands.get(commands.size() - 1).topic();
            // one without a topic is for all
            if (!topics.add(topic) || topics.size() > 1 && topics.contains(null)) {
                throw new InvalidMessageException(
                        "Command "
                                + commands.size()
                                + " of "
                                + root.size()
                                + ": an earlier command is for the same topic");
            }
        }
        return commands;
    }

    private static TriggerCommand command(JsonNode json) throws InvalidMessageException {
        if (!json.isObject()) {
            throw new InvalidMessageException("it is no JSON object");
        }
        StrictJson.requireOnlyFields(json, FIELDS, "");
        if (json.has("mirror")) {
            return mirror(json);
        }
        String command = text(json, "command");
        if (command != null && !command.equals("delete")) {
            throw new InvalidMessageException(
                    "the only command is 'delete'; without one the trigger is created or updated");
        }
        String topic = text(json, "topic");
        if (topic != null) {
            checkTopic(topic);
        }
        if (command != null && topic == null && json.has("topic")) {
            throw new InvalidMessageException(
                    "'topic' is null: leave it out to delete all, or name the one to delete");
        }
        if (command != null) {
            return new TriggerCommand(true, topic, null, null, NotificationOptions.DEFAULT, null);
        }
        if (topic == null) {
            throw new InvalidMessageException(
                    "'topic' is missing: the last level of the topic that notifications go to");
        }
        String type = text(json, "trigger_type");
        return new TriggerCommand(
                false, topic, type, threshold(json, type), options(json, type), url(json));
    }

    /** A trigger whose topic is below the datastream's, retained, with its history. */
    private static TriggerCommand mirror(JsonNode json) throws InvalidMessageException {
        if (!json.get("mirror").isBoolean()) {
            throw new InvalidMessageException("'mirror' is true or false");
        }
        boolean wanted = json.get("mirror").booleanValue();
        for (var names = json.fieldNames(); names.hasNext(); ) {
            if (!WITH_MIRROR.contains(names.next()) || !wanted && json.size() > 1) {
                throw new InvalidMessageException(
                        "with \"mirror\":true there may be 'format', 'qos' and 'url', with"
                                + " \"mirror\":false nothing else");
            }
        }
        return wanted
                ? new TriggerCommand(
                        false,
                        NotificationTopic.MIRROR,
                        "change",
                        null,
                        new NotificationOptions(false, isJson(json), true, true, qos(json)),
                        url(json))
                : new TriggerCommand(
                        true,
                        NotificationTopic.MIRROR,
                        null,
                        null,
                        NotificationOptions.DEFAULT,
                        null);
    }

    /** Returns true if the trigger is that of a mirror. */
    public boolean isMirror() {
        return NotificationTopic.MIRROR.equals(topic);
    }

    private static void checkTopic(String topic) throws InvalidMessageException {
        boolean allowed =
                !topic.isEmpty()
                        && topic.length() <= 128
                        && topic.chars().noneMatch(c -> "/+#".indexOf(c) >= 0)
                        && topic.chars().noneMatch(Character::isISOControl)
                        && topic.codePoints()
                                .allMatch(c -> c < NotificationTopic.FIRST_REJECTED_BY_PAHO)
                        && StandardCharsets.UTF_8.newEncoder().canEncode(topic);
        if (!allowed) {
            throw new InvalidMessageException(
                    "'topic' is one level of 1 to 128 characters up to U+FDCF, without / + # and"
                            + " control characters");
        }
    }

    private static NotificationOptions options(JsonNode json, String type)
            throws InvalidMessageException {
        boolean history = flag(json, "history");
        if (history && !type.equals("change")) {
            throw new InvalidMessageException("'history' is for trigger_type 'change'");
        }
        return new NotificationOptions(
                flag(json, "public"), isJson(json), flag(json, "retain"), history, qos(json));
    }

    private static boolean isJson(JsonNode json) throws InvalidMessageException {
        String format = text(json, "format");
        if (format != null && !format.equals("json") && !format.equals("value")) {
            throw new InvalidMessageException("'format' is \"value\" or \"json\"");
        }
        return "json".equals(format);
    }

    private static int qos(JsonNode json) throws InvalidMessageException {
        JsonNode qos = json.get("qos");
        if (qos == null || qos.isNull()) {
            return 1;
        }
        if (!qos.isInt() || qos.intValue() < 0 || qos.intValue() > 2) {
            throw new InvalidMessageException("'qos' is 0, 1 or 2");
        }
        return qos.intValue();
    }

    private static String threshold(JsonNode json, String type) throws InvalidMessageException {
        if (type == null || !(WITH_THRESHOLD.contains(type) || WITHOUT_THRESHOLD.contains(type))) {
            throw new InvalidMessageException(
                    "'trigger_type' is "
                            + (type == null ? "missing" : "'" + StrictJson.abbreviate(type) + "'")
                            + "; it is one of gt, gte, lt, lte, eq, change, frozen, live");
        }
        JsonNode value = json.get("threshold_value");
        if (WITHOUT_THRESHOLD.contains(type)) {
            return null; // Pachube sends "" for it (contract, 4.5), and so may a client
        }
        if (value == null || value.isNull()) {
            throw new InvalidMessageException(
                    "'threshold_value' is missing: trigger_type '" + type + "' needs a number");
        }
        String number = value.isValueNode() ? value.asText().strip() : "";
        if (!NotificationDocument.NUMBER.matcher(number).matches()
                || !Double.isFinite(Double.parseDouble(number))) {
            throw new InvalidMessageException(
                    "'threshold_value' is no number, such as 15.0 or \"15.0\"");
        }
        return number;
    }

    private static String url(JsonNode json) throws InvalidMessageException {
        String url = text(json, "url");
        if (url != null) {
            validateCallbackUrl(url);
        }
        return url;
    }

    private static void validateCallbackUrl(String url) throws InvalidMessageException {
        if (url.matches("[^/]*//([^/]*@.*|.*[?#].*)")) {
            throw new InvalidMessageException(
                    "'url' may hold no user, query or fragment: a token is put behind it");
        }
        try {
            Address.parse(url, List.of("http", "https"), "");
        } catch (IllegalArgumentException e) {
            throw new InvalidMessageException(
                    "'url' is no address such as http://bridge.example.org:8080/callback");
        }
    }

    private static boolean flag(JsonNode json, String name) throws InvalidMessageException {
        JsonNode value = json.get(name);
        if (value == null || value.isNull()) {
            return false;
        }
        if (!value.isBoolean()) {
            throw new InvalidMessageException("'" + name + "' is true or false");
        }
        return value.booleanValue();
    }

    private static String text(JsonNode json, String name) throws InvalidMessageException {
        JsonNode value = json.get(name);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            throw new InvalidMessageException("'" + name + "' is a string");
        }
        return value.textValue();
    }
}
